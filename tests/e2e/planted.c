/* SPDX-License-Identifier: MIT */
/*
 * What somebody who commands a worker might try: GET /NAME makes a system
 * call that serving files does not need, and says what the kernel returned; or
 * does what should have ended the worker before.
 */
#include "kernel/start.h"
#include "kernel/sys.h"
#include "serve/app.h"

#define PROT_EXEC 4

#if defined(ARCH_USE_NOLIBC)
#define NR_execve __NR_execve
#elif defined(__x86_64__)
#define NR_execve 59
#elif defined(__aarch64__) || defined(__riscv)
#define NR_execve 221
#else
#define NR_execve 11
#endif

static char page[8192] __attribute__((aligned(4096)));

/* The call number @nr, from an instruction that is not the stub's. */
static long call_from_here(long nr, long a, long b, long c)
{
#if defined(ARCH_USE_NOLIBC)
	return arch_syscall6(a, b, c, 0, 0, 0, nr);
#elif defined(__x86_64__)
	__asm__ volatile("syscall"
			 : "+a"(nr)
			 : "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return nr;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2)
			 : "memory");
	return x0;
#elif defined(__i386__)
	__asm__ volatile("int $0x80"
			 : "+a"(nr)
			 : "b"(a), "c"(b), "d"(c)
			 : "memory");
	return nr;
#elif defined(__arm__)
	register long r7 __asm__("r7") = nr;
	register long r0 __asm__("r0") = a;
	register long r1 __asm__("r1") = b;
	register long r2 __asm__("r2") = c;

	__asm__ volatile("svc #0"
			 : "+r"(r0)
			 : "r"(r7), "r"(r1), "r"(r2)
			 : "memory");
	return r0;
#elif defined(__s390x__)
	register long r1 __asm__("r1") = nr;
	register long r2 __asm__("r2") = a;
	register long r3 __asm__("r3") = b;
	register long r4 __asm__("r4") = c;

	__asm__ volatile("svc 0"
			 : "+d"(r2)
			 : "d"(r1), "d"(r3), "d"(r4)
			 : "memory");
	return r2;
#elif defined(__powerpc64__)
	register long r0 __asm__("r0") = nr;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;

	/* Whether it failed is not asked: it is to end the process. */
	__asm__ volatile("sc"
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
			 :
			 : "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cr0",
			   "ctr", "xer", "memory");
	return r3;
#else
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2)
			 : "memory");
	return a0;
#endif
}

static void reply(struct serve_call *c, long r)
{
	char text[32];
	struct buf out = BUF(text);

	if (r < 0)
		buf_put_char(&out, '-');
	buf_put_u64(&out, (u64)(r < 0 ? -r : r), 1);
	serve_reply(c, 200, SPAN("text/plain"), buf_span(&out));
}

static void reply_opened(struct serve_call *c, long fd)
{
	reply(c, fd < 0 ? fd : 0);
	if (fd >= 0)
		sys_close((int)fd);
}

static void open_outside(struct serve_call *c)
{
	reply_opened(c, sys_openat(AT_FDCWD, "/etc/passwd", O_RDONLY));
}

/* What it is asked for lies behind a pointer, which no filter can follow. */
static long open2(const char *path, u64 flags)
{
	struct open_how how = { .flags = flags,
				.mode = flags & O_CREAT ? 0600 : 0 };

	return sys_openat2(AT_FDCWD, path, &how);
}

static void open2_outside(struct serve_call *c)
{
	reply_opened(c, open2("/etc/passwd", O_RDONLY));
}

/* Both below the working directory, which the test makes ROOT. */
static void open2_inside(struct serve_call *c)
{
	reply_opened(c, open2("inside", O_RDONLY));
}

static void open2_new(struct serve_call *c)
{
	reply_opened(c, open2("new", O_WRONLY | O_CREAT));
}

static void execute(struct serve_call *c)
{
	static const char *const argv[] = { "/bin/true", NULL };

	reply(c,
	      arch_syscall6((long)argv[0], (long)argv, 0, 0, 0, 0, NR_execve));
}

static void make_socket(struct serve_call *c)
{
	reply_opened(c, sys_socket(AF_INET, SOCK_STREAM, 0));
}

/* Port 1: that nobody listens there would be another answer. */
static void connect(struct serve_call *c)
{
	union sockaddr a = { .in = { .sin_family = AF_INET,
				     .sin_port = { 0, 1 },
				     .sin_addr = { 127, 0, 0, 1 } } };
	long fd = sys_socket(AF_INET, SOCK_STREAM, 0);

	reply(c, sys_connect((int)fd, &a, sizeof(a.in)));
	sys_close((int)fd);
}

static void make_executable(struct serve_call *c)
{
	reply(c, sys_mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static void map(struct serve_call *c)
{
	void *at;

	reply(c, sys_mmap(&at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void fork(struct serve_call *c)
{
	long pid = sys_clone(SIGCHLD);

	if (!pid)
		sys_exit_group(0);
	reply(c, pid < 0 ? pid : 0);
}

static void kill_parent(struct serve_call *c)
{
	reply(c, sys_kill((int)sys_getppid(), 0));
}

static void become_root(struct serve_call *c)
{
	reply(c, sys_setresuid(0));
}

static void ask_terminal(struct serve_call *c)
{
	int zero = 0;

	reply(c, sys_ioctl(0, FIONBIO, &zero));
}

/* The server's own call, but from another place. */
static void stray(struct serve_call *c)
{
	int bytes;

	reply(c, call_from_here(NR_ioctl, -1, SIOCOUTQ, (long)&bytes));
}

#if defined(__x86_64__)
/* A call of i386: number 3 is its read, and here close, which may be called. */
static void foreign(struct serve_call *c)
{
	int nr = 3;

	__asm__ volatile("int $0x80"
			 : "+a"(nr)
			 : "b"(-1), "c"(0), "d"(0)
			 : "r8", "r9", "r10", "r11", "memory");
	reply(c, nr);
}
#endif

/* One element more than there is: not a call, but how one gets to make some. */
static void write_beyond(struct serve_call *c)
{
	static volatile unsigned words[4];
	volatile unsigned index = ARRAY_SIZE(words);

	words[index] = 1;
	reply(c, 0);
}

/* Over the end of the frame, by an address that is not seen to be wrong. */
static void write_over_frame(struct serve_call *c)
{
	char text[16];
	char *volatile at = text;

	for (unsigned i = 0; i < 4 * sizeof(text); i++)
		at[i] = 1;
	reply(c, 0);
}

#define GET(where, function)                                                   \
	{                                                                      \
		.method = "GET", .path = where, .start = function              \
	}

static const struct serve_route routes[] = {
	GET("/open", open_outside),
	GET("/open2", open2_outside),
	GET("/open2-inside", open2_inside),
	GET("/open2-new", open2_new),
	GET("/execve", execute),
	GET("/socket", make_socket),
	GET("/connect", connect),
	GET("/mprotect", make_executable),
	GET("/mmap", map),
	GET("/fork", fork),
	GET("/kill", kill_parent),
	GET("/setresuid", become_root),
	GET("/ioctl", ask_terminal),
	GET("/stray", stray),
#if defined(__x86_64__)
	GET("/foreign", foreign),
#endif
	GET("/beyond", write_beyond),
	GET("/frame", write_over_frame),
};

int program_main(int argc, char **argv, char **envp)
{
	static const struct serve_app app = { routes, ARRAY_SIZE(routes), 0 };

	return serve_app_run(&app, argc, argv, envp);
}
