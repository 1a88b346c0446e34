/* SPDX-License-Identifier: MIT */
/*
 * serve/filter.h: programs that judge calls, run by an interpreter of the few
 * instructions that they are made of, and by the kernel where it does that.
 */
#include "kernel/calls.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/filter.h"
#include "tap.h"

#define CALLS 1024 /* numbers that are tried */
#define FROM 0x7f1234567890ULL

static const struct {
	const char *letters;
	u16 roles;
} processes[] = {
	{ "MwWFL", KERNEL_ROLES("MwWFL") },
	{ "WF", KERNEL_ROLES("WF") },
	{ "WFL", KERNEL_ROLES("WFL") },
	{ "W", KERNEL_ROLES("W") },
};

static const struct row {
	u16 nr;
	char roles[8];
} rows[] = {
#define CALL(name, arguments, roles, purpose) { NR_##name, roles },
#include "../../src/kernel/calls.def"
#undef CALL
};

/* Arguments as the program has them, for calls that others could misuse. */
static const struct sample {
	u16 nr;
	u64 args[6];
} good[] = {
	{ NR_clone, { [ARCH_CLONE_FLAGS] = SIGCHLD } },
	{ NR_ioctl, { 7, SIOCOUTQ } },
	{ NR_kill, { 4000000, SIGTERM } },
	{ NR_memfd_create, { 1, MFD_CLOEXEC | MFD_NOEXEC_SEAL } },
	{ NR_memfd_create, { 1, MFD_CLOEXEC } },
	{ NR_mmap,
	  { 0, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, (u64)-1 } },
	{ NR_openat, { 5, 1, O_RDONLY | O_NOFOLLOW | O_CLOEXEC } },
	{ NR_openat, { 5, 1, O_PATH | O_NOFOLLOW | O_CLOEXEC } },
	{ NR_openat, { 5, 1, O_NONBLOCK | O_NOCTTY | O_DIRECTORY } },
	{ NR_openat2, { 5, 1, 1, sizeof(struct open_how) } },
	{ NR_prctl, { PR_SET_PDEATHSIG, SIGTERM } },
	{ NR_pwritev2, { 1, 1, 1, (u64)-1, (u64)-1, RWF_NOWAIT } },
	{ NR_seccomp, { SECCOMP_SET_MODE_FILTER, 0, 1 } },
	{ NR_unlinkat, { (u64)AT_FDCWD, 1, 0 } },
};

/* One argument that makes it something else. */
static const struct misuse {
	u16 nr;
	u8 index;
	u64 value;
} bad[] = {
	{ NR_clone, ARCH_CLONE_FLAGS, 0x100 | SIGCHLD }, /* CLONE_VM */
	/* CLONE_NEWUSER */
	{ NR_clone, ARCH_CLONE_FLAGS, 0x10000000 | SIGCHLD },
	{ NR_clone, !ARCH_CLONE_FLAGS, 0x1000 }, /* a stack */
	{ NR_ioctl, 1, FIONBIO },
	{ NR_ioctl, 1, 0x5412 }, /* TIOCSTI */
	{ NR_kill, 0, (u64)-1 },
	{ NR_kill, 0, 0xfffffff0 },
	{ NR_memfd_create, 1, 0 },
	{ NR_memfd_create, 1, MFD_CLOEXEC | 0x10 }, /* MFD_EXEC */
	{ NR_mmap, 2, 7 },
	{ NR_mmap, 2, 5 },
	{ NR_mmap, 3, MAP_SHARED | MAP_ANONYMOUS },
	{ NR_mmap, 4, 3 },
	{ NR_openat, 2, 1 }, /* O_WRONLY */
	{ NR_openat, 2, O_RDWR },
	{ NR_openat, 2, 0100 },	 /* O_CREAT */
	{ NR_openat, 2, 01000 }, /* O_TRUNC */
	{ NR_openat2, 3, sizeof(struct open_how) + 8 },
	{ NR_prctl, 0, 4 }, /* PR_SET_DUMPABLE */
	{ NR_pwritev2, 5, 0 },
	{ NR_seccomp, 0, 0 },
	{ NR_seccomp, 1, 8 }, /* SECCOMP_FILTER_FLAG_NEW_LISTENER */
	{ NR_unlinkat, 2, 0x200 },
};

static bool has_role(const struct row *row, const char *letters)
{
	for (const char *a = row->roles; *a; a++)
		for (const char *b = letters; *b; b++)
			if (*a == *b)
				return true;
	return false;
}

static bool is_in_list(u32 nr, const char *letters)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].nr == nr)
			return has_role(&rows[i], letters);
	return false;
}

static const struct sample *find_good(u32 nr)
{
	for (unsigned i = 0; i < ARRAY_SIZE(good); i++)
		if (good[i].nr == nr)
			return &good[i];
	return NULL;
}

/* seccomp(2), for load, and, jump if equal, and return. */
static u32 judge(const struct serve_filter *f, const struct seccomp_data *data)
{
	u32 a = 0;

	for (u32 at = 0; at < f->length; at++) {
		const struct sock_filter *op = &f->op[at];

		switch (op->code) {
		case BPF_LD + BPF_W + BPF_ABS:
			if (op->k % 4 || op->k >= sizeof(*data))
				return 1;
			a = *(const u32 *)(const void *)((const char *)data +
							 op->k);
			break;
		case BPF_ALU + BPF_AND + BPF_K:
			a &= op->k;
			break;
		case BPF_JMP + BPF_JEQ + BPF_K:
			at += a == op->k ? op->jt : op->jf;
			break;
		case BPF_RET + BPF_K:
			return op->k;
		default:
			return 2;
		}
	}
	return 3; /* over the end */
}

static struct seccomp_data call_of(u32 nr, const struct sample *sample)
{
	struct seccomp_data data = { .nr = (s32)nr,
				     .arch = ARCH_AUDIT,
				     .instruction_pointer = FROM };

	for (unsigned i = 0; sample && i < 6; i++)
		data.args[i] = sample->args[i];
	return data;
}

/* A verdict that is neither is a program that is broken. */
static bool allows(const struct serve_filter *f, struct seccomp_data data)
{
	u32 verdict = judge(f, &data);

	CHECK(verdict == SECCOMP_RET_ALLOW ||
	      verdict == SECCOMP_RET_KILL_PROCESS);
	return verdict == SECCOMP_RET_ALLOW;
}

static void test_each_role_has_its_rows(void)
{
	struct serve_filter f;

	for (unsigned r = 0; r < ARRAY_SIZE(processes); r++) {
		serve_filter_build(&f, processes[r].roles, FROM);
		for (u32 nr = 0; nr < CALLS; nr++) {
			tap_note(processes[r].letters, nr);
			CHECK_EQ(allows(&f, call_of(nr, find_good(nr))),
				 is_in_list(nr, processes[r].letters));
		}
		/* Of x32, which has the same architecture. */
		CHECK(!allows(&f, call_of(0x40000000U | NR_read, NULL)));
		CHECK(!allows(&f, call_of(0xffffffffU, NULL)));
	}
	tap_note(NULL, 0);
}

/* Whatever calls.def says. */
static void test_workers_never(void)
{
	static const u16 never[] = { NR_socket,	  NR_connect, NR_bind,
				     NR_clone,	  NR_kill,    NR_mmap,
				     NR_mprotect, NR_prctl,   NR_seccomp,
				     NR_unlinkat, NR_fchmod,  NR_setresuid };
	struct serve_filter f;

	serve_filter_build(&f, processes[2].roles, FROM);
	for (unsigned i = 0; i < ARRAY_SIZE(never); i++)
		CHECK(!allows(&f, call_of(never[i], find_good(never[i]))));
}

static void test_arguments(void)
{
	struct serve_filter f;

	serve_filter_build(&f, processes[0].roles, FROM);
	for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
		tap_note("good", i);
		CHECK(allows(&f, call_of(good[i].nr, &good[i])));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct seccomp_data data =
			call_of(bad[i].nr, find_good(bad[i].nr));

		data.args[bad[i].index] = bad[i].value;
		tap_note("bad", i);
		/* What lies behind a pointer is out of sight. */
		CHECK_EQ(allows(&f, data),
			 ARCH_MMAP_BLOCK && bad[i].nr == NR_mmap);
	}
	tap_note(NULL, 0);
}

/* Only from the stub, unless it does not matter. */
static void test_place(void)
{
	static const u64 elsewhere[] = { 0, FROM - 2, FROM + 1,
					 FROM ^ 1ULL << 32, FROM << 32 };
	struct serve_filter f;
	struct serve_filter anywhere;

	serve_filter_build(&f, processes[0].roles, FROM);
	serve_filter_build(&anywhere, processes[0].roles, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(good) * 5; i++) {
		struct seccomp_data data =
			call_of(good[i / 5].nr, &good[i / 5]);

		data.instruction_pointer = elsewhere[i % 5];
		CHECK(!allows(&f, data));
		CHECK(allows(&anywhere, data));
	}
	struct seccomp_data data = call_of(NR_recvfrom, NULL);

	data.instruction_pointer = 1;
	CHECK(allows(&f, data));
}

static void test_other_architectures(void)
{
	/* none, s390, i386, arm, x86_64, aarch64 */
	static const u32 arches[] = { 0,	  0x16,	      0x40000003,
				      0x40000028, 0xc000003e, 0xc00000b7 };
	struct serve_filter f;

	serve_filter_build(&f, processes[0].roles, FROM);
	for (unsigned i = 0; i < ARRAY_SIZE(arches) * CALLS; i++) {
		u32 nr = i / (u32)ARRAY_SIZE(arches);
		struct seccomp_data data = call_of(nr, find_good(nr));

		data.arch = arches[i % ARRAY_SIZE(arches)];
		if (data.arch != ARCH_AUDIT)
			CHECK(!allows(&f, data));
	}
}

/*
 * Installs the filter of a worker, or for capital letters of a master, and
 * makes the call that is asked for.
 */
static int confined(void *argument)
{
	struct serve_filter f;
	struct sock_fprog program = { .filter = f.op };
	char what = *(const char *)argument;
	int nobody = 1 << 30;
	int bytes;

	serve_filter_build(&f, processes[what >= 'a'].roles,
			   ARCH_SYSCALL_RETURN);
	program.len = (u16)f.length;
	if (sys_prctl(PR_SET_NO_NEW_PRIVS, 1) < 0)
		return 2;
	long r = sys_seccomp(SECCOMP_SET_MODE_FILTER, &program);

	if (r < 0)
		return r == -ENOSYS || r == -EINVAL ? 77 : 3;
	switch (what) {
	case 'i': /* as the server does */
		r = sys_ioctl(-1, SIOCOUTQ, &bytes);
		break;
	case 'K': /* as the master does */
		r = sys_kill(nobody, 0) < 0 ? -EBADF : 0;
		break;
	case 'P': /* what it did before it had a filter */
		r = sys_setgroups();
		break;
	case 'S':
		r = tap_syscall6(NR_kill, nobody, 0, 0, 0, 0, 0);
		break;
	case 's': /* the same from another place */
		r = tap_syscall6(NR_ioctl, -1, SIOCOUTQ, (long)&bytes, 0, 0, 0);
		break;
	default:
		r = sys_getppid();
		break;
	}
	/* The tests' exit would be one more call, and may not be in the list.
	 */
	sys_exit_group(r == -EBADF ? 0 : 4);
}

static void test_by_the_kernel(void)
{
	CHECK_EQ(tap_child(confined, "i"), 0);
	CHECK_EQ(tap_crash(confined, "p"), -SIGSYS);
	if (ARCH_SYSCALL_RETURN)
		CHECK_EQ(tap_crash(confined, "s"), -SIGSYS);
	CHECK_EQ(tap_child(confined, "K"), 0);
	CHECK_EQ(tap_crash(confined, "P"), -SIGSYS);
	if (ARCH_SYSCALL_RETURN)
		CHECK_EQ(tap_crash(confined, "S"), -SIGSYS);
}

static void nothing(void)
{
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_each_role_has_its_rows);
	RUN(test_workers_never);
	RUN(test_arguments);
	RUN(test_place);
	RUN(test_other_architectures);
	if (tap_child(confined, "i") == 77)
		tap_run("test_by_the_kernel # SKIP no seccomp here", nothing);
	else
		RUN(test_by_the_kernel);
	return tap_end();
}
