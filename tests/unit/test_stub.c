/* SPDX-License-Identifier: MIT */
/*
 * The port's stub against nolibc's: the same call with all six arguments has
 * the same effect, and every argument arrives.
 */
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "tap.h"

#define SIGSEGV 11
#define MAP_FIXED 0x10
#define PAGES 3
#define PAGE 65536L /* the largest page size in use */

typedef long stub(long a, long b, long c, long d, long e, long f, long nr);

static long nolibc_stub(long a, long b, long c, long d, long e, long f, long nr)
{
	return tap_syscall6(nr, a, b, c, d, e, f);
}

static char content[PAGES * PAGE];
static int file;

/* The first page's bytes are A, the second's B, the third's C. */
static void make_file(void)
{
	for (long i = 0; i < PAGES * PAGE; i++)
		content[i] = (char)('A' + i / PAGE);
	file = tap_memory_file((struct span){ content, sizeof(content) });
}

static int store(void *at)
{
	*(volatile char *)at = 1;
	return 0;
}

/* mmap takes six arguments, and each shows in what is mapped. */
static void check_mmap(stub *call)
{
	void *room = NULL;
	long r = sys_mmap(&room, PAGES * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK_EQ(r, 0);
	if (!room)
		return;
	char *base = room;

	const long a[] = {
		(long)(base + PAGE),	 PAGE, PROT_READ,
		MAP_FIXED | MAP_PRIVATE, file, PAGE >> ARCH_MMAP_SHIFT
	};

	if (ARCH_MMAP_BLOCK)
		r = call((long)a, 0, 0, 0, 0, 0, NR_mmap);
	else
		r = call(a[0], a[1], a[2], a[3], a[4], a[5], NR_mmap);
	CHECK_EQ(r, (long)(base + PAGE));    /* address, and MAP_FIXED */
	CHECK_EQ(base[PAGE], 'B');	     /* descriptor and offset */
	CHECK_EQ(base[2 * PAGE - 1], 'B');   /* length: all of it, */
	CHECK_EQ(base[0], 0);		     /* and nothing before */
	CHECK_EQ(base[2 * PAGE], 0);	     /* or behind it */
	CHECK_EQ(tap_crash(store, base), 0); /* protection: here none, */
	CHECK(tap_crash(store, base + PAGE) == -SIGSEGV); /* there read-only */
}

static void test_mmap_by_our_stub(void)
{
	check_mmap(arch_syscall6);
}

static void test_mmap_by_nolibc(void)
{
	check_mmap(nolibc_stub);
}

/* splice moves bytes from and to places given by its six arguments. */
static long splice_some(stub *call, struct span want)
{
	int ends[2];
	u64 from = PAGE - 2;
	char got[8];
	long moved;

	CHECK_EQ(call((long)ends, O_CLOEXEC, 0, 0, 0, 0, NR_pipe2), 0);
	moved = call(file, (long)&from, ends[1], 0, 5, SPLICE_F_MOVE,
		     NR_splice);
	CHECK_EQ(moved, 5);
	CHECK_EQ(from, PAGE + 3);
	CHECK_EQ(sys_read(ends[0], got, sizeof(got)), 5);
	CHECK(span_equal((struct span){ got, 5 }, want));
	sys_close(ends[0]);
	sys_close(ends[1]);
	return moved;
}

static void test_splice(void)
{
	CHECK_EQ(splice_some(arch_syscall6, SPAN("AABBB")),
		 splice_some(nolibc_stub, SPAN("AABBB")));
}

/* The fifth and the sixth argument: a set of signals, and its size. */
static void check_epoll(stub *call)
{
	unsigned long none[SIGSET_LONGS] = { 0 };
	struct epoll_event event;
	long fd = sys_epoll_create1(EPOLL_CLOEXEC);
	long at = (long)&event;
	long set = (long)none;

	CHECK_EQ(call(fd, at, 1, 0, set, SIGSET_SIZE, NR_epoll_pwait), 0);
	CHECK_EQ(call(fd, at, 1, 0, set, SIGSET_SIZE + 1, NR_epoll_pwait),
		 -EINVAL);
	CHECK_EQ(call(fd, at, 1, 0, 1, SIGSET_SIZE, NR_epoll_pwait), -EFAULT);
	sys_close((int)fd);
}

static void test_epoll(void)
{
	check_epoll(arch_syscall6);
	check_epoll(nolibc_stub);
}

static void test_errors_come_back_negative(void)
{
	CHECK_EQ(arch_syscall6(-1, 0, 0, 0, 0, 0, NR_close), -EBADF);
	CHECK_EQ(arch_syscall6(0, 0, 0, 0, 0, 0, 99999), -ENOSYS);
	CHECK_EQ(nolibc_stub(0, 0, 0, 0, 0, 0, 99999), -ENOSYS);
	CHECK_EQ(sys_openat(AT_FDCWD, "/no such file", O_RDONLY), -ENOENT);
	CHECK_EQ(sys_pread64(file, (void *)1, 1, 0), -EFAULT);
}

/* A result may look negative and be no error: the range decides. */
static void test_mmap_wrapper(void)
{
	void *at = content;

	CHECK_EQ(sys_mmap(&at, 0, PROT_READ, MAP_PRIVATE, file, 0), -EINVAL);
	CHECK(at == content);
	CHECK_EQ(sys_mmap(&at, PAGE, PROT_READ, MAP_PRIVATE, file, 2 * PAGE),
		 0);
	CHECK_EQ(*(char *)at, 'C');
}

/* An offset may take two arguments, of which neither is lost. */
static void test_offsets(void)
{
	const u64 far = (5ULL << 32) + PAGE;
	char got[4];

	CHECK_EQ(sys_pread64(file, got, 1, PAGE), 1);
	CHECK_EQ(got[0], 'B');
	CHECK_EQ(sys_pwrite64(file, "xyz", 3, far), 3);
	CHECK_EQ(sys_pread64(file, got, sizeof(got), far + 1), 2);
	CHECK(span_equal((struct span){ got, 2 }, SPAN("yz")));
	CHECK_EQ(sys_pread64(file, got, 1, PAGE), 1);
	CHECK_EQ(got[0], 'B');
}

static long no_call(long a, long b, long c, long d, long e, long f, long nr)
{
	return a + b + c + d + e + f + nr;
}

/* More values than a machine has registers to keep over a call. */
static unsigned long mix(stub *call, unsigned long seed)
{
	unsigned long a = seed, b = a * 31, c = b * 31, d = c * 31;
	unsigned long e = d * 31, f = e * 31, g = f * 31, h = g * 31;
	unsigned long i = h * 31, j = i * 31, k = j * 31, l = k * 31;

	for (unsigned round = 0; round < 1000; round++) {
		call(-1, 2, 3, 4, 5, 6, NR_close);
		a += b * 3;
		b += c * 5;
		c += d * 7;
		d += e * 9;
		e += f * 11;
		f += g * 13;
		g += h * 15;
		h += i * 17;
		i += j * 19;
		j += k * 21;
		k += l * 23;
		l += a * 25;
	}
	return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ k ^ l;
}

static void test_registers_survive(void)
{
	/* The compiler must not make a copy of mix() for each. */
	stub *volatile by_c = no_call;
	stub *volatile by_stub = arch_syscall6;

	for (unsigned long seed = 1; seed < 10; seed++)
		CHECK_EQ(mix(by_stub, seed), mix(by_c, seed));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	make_file();
	RUN(test_mmap_by_our_stub);
	RUN(test_mmap_by_nolibc);
	RUN(test_splice);
	RUN(test_epoll);
	RUN(test_errors_come_back_negative);
	RUN(test_mmap_wrapper);
	RUN(test_offsets);
	RUN(test_registers_survive);
	return tap_end();
}
