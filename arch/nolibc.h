/* SPDX-License-Identifier: MIT */
/*
 * The port on the kernel tree's nolibc (tools/include/nolibc): the stub is
 * nolibc's my_syscall6, the start is nolibc's _start. It is the second opinion
 * on the hand-written ports, and it runs wherever nolibc does.
 *
 * Only arch.h and crt.h are taken, and only by the one file that defines
 * ARCH_EMIT before it asks for the port: the whole nolibc.h defines some fifty
 * sys_* functions of its own. The call numbers come from the kernel's own
 * <asm/unistd.h>. The program is not position independent (nolibc's _start
 * does not relocate), so there are no relocations to apply.
 */
#ifndef ARCH_NOLIBC_H
#define ARCH_NOLIBC_H

#include <asm/unistd.h>

#define ARCH_R_RELATIVE 0

/* Where my_syscall6 is expanded is the compiler's business: nothing to pin. */
#define ARCH_SYSCALL_RETURN 0UL

/* linux/audit.h: EM_* with the marks of 64 bits and of little-endian. */
#if defined(__x86_64__)
#define ARCH_AUDIT 0xc000003eU
#elif defined(__AARCH64EB__)
#include "nolibc/aarch64_be.h"
#elif defined(__aarch64__)
#define ARCH_AUDIT 0xc00000b7U
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_AUDIT 0xc00000f3U
#elif defined(__riscv)
#include "nolibc/riscv32.h"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH_AUDIT 0xc0000015U
#elif defined(__powerpc64__)
#include "nolibc/ppc64.h"
#elif defined(__powerpc__)
#include "nolibc/ppc.h"
#elif defined(__loongarch__)
#include "nolibc/loongarch64.h"
#elif defined(__mips__)
#include "nolibc/mips.h"
#elif defined(__s390x__)
#define ARCH_AUDIT 0x80000016U
#elif defined(__i386__)
#define ARCH_AUDIT 0x40000003U
#elif defined(__ARMEB__)
#include "nolibc/armeb.h"
#elif defined(__arm__)
#define ARCH_AUDIT 0x40000028U
#endif

#ifdef __x86_64__
#define ARCH_EPOLL_PACKED __attribute__((packed))
#else
#define ARCH_EPOLL_PACKED
#endif

#ifdef __s390x__
#define ARCH_CLONE_FLAGS 1
#define ARCH_MMAP_BLOCK 1
#endif

#if defined(__arm__)
#define ARCH_EVEN_PAIRS 1
#define ARCH_LARGEFILE 0400000
#elif defined(__i386__)
#define ARCH_LARGEFILE 0100000
#endif

#ifdef __powerpc__
#define FIONBIO 0x8004667e
#define TIOCGPGRP 0x40047477
#define SIOCOUTQ 0x40047473
#define MAP_NORESERVE 0x40
#endif

#if defined(__aarch64__) || defined(__arm__) || defined(__powerpc__)
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000
#else
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#endif

/*
 * The calls of these names have 32-bit times, offsets or 16-bit users where
 * there are such: it is the others that are made.
 */
#if __SIZEOF_LONG__ == 4
#undef __NR_clock_gettime
#define __NR_clock_gettime __NR_clock_gettime64
#undef __NR_mmap
#define __NR_mmap __NR_mmap2
#undef __NR_ppoll
#define __NR_ppoll __NR_ppoll_time64
#undef __NR_sendfile
#define __NR_sendfile __NR_sendfile64
#endif
#ifdef __NR_setgroups32
#undef __NR_setgroups
#define __NR_setgroups __NR_setgroups32
#undef __NR_setresgid
#define __NR_setresgid __NR_setresgid32
#undef __NR_setresuid
#define __NR_setresuid __NR_setresuid32
#endif

#ifndef ARCH_EMIT /* or there they are already */
enum {
#define CALL(name, arguments, roles, purpose) NR_##name = __NR_##name,
#include "../src/kernel/calls.def"
#undef CALL
};
#endif

#ifdef ARCH_EMIT
/* crt.h declares these two and leaves them to the rest of nolibc. */
static void __stack_chk_init(void)
{
}

static void __attribute__((noreturn)) exit(int status)
{
	(void)status;
	__builtin_trap();
}

/* s390's has a function of that name; in kernel/sys.h stands ours. */
#define sys_mmap nolibc_mmap
#include <arch.h>
#undef sys_mmap

#ifdef ARCH_WAITID
#include <asm/siginfo.h>
#include <linux/wait.h>

/* wait4 of any child, by waitid. That a core was dumped is not said. */
static long wait_for_any(int *status, long options)
{
	/* QEMU leaves it alone when none has ended. */
	siginfo_t how = { .si_pid = 0 };
	long r = my_syscall5(__NR_waitid, P_ALL, 0, &how, options | WEXITED, 0);

	if (r < 0)
		return r;
	*status = how.si_status << (how.si_code == CLD_EXITED ? 8 : 0);
	return how.si_pid; /* 0: none has ended */
}
#endif

long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
{
#ifdef ARCH_WAITID
	if (nr == __NR_waitid)
		return wait_for_any((int *)b, c);
#endif
	return my_syscall6(nr, a, b, c, d, e, f);
}

#ifdef __arm__
/* Quotient and remainder come back in r0 to r3: see arm.h. */
#define DIVIDE(name, by)                                                       \
	__asm__(".syntax unified\n.arm\n.balign 4\n.globl " name               \
		"\n.hidden " name "\n.type " name ", %function\n" name         \
		": push {r4, lr}\n"                                            \
		"sub sp, sp, #16\nadd r4, sp, #8\nstr r4, [sp]\nbl " by        \
		"\nldrd r2, r3, [sp, #8]\nadd sp, sp, #16\npop {r4, pc}\n")
DIVIDE("__aeabi_uldivmod", "__udivmoddi4");
DIVIDE("__aeabi_ldivmod", "__divmoddi4");
#endif

#ifdef ARCH_HELPERS
ARCH_HELPERS;
#endif

int main(int argc, char **argv, char **envp);

/* argc lies right below argv on the stack (crt.h draws it). */
int main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)envp;
	start_program((long *)(void *)(argv - 1));
}
#endif

#endif
