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
#elif defined(__aarch64__)
#define ARCH_AUDIT 0xc00000b7U
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_AUDIT 0xc00000f3U
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH_AUDIT 0xc0000015U
#elif defined(__s390x__)
#define ARCH_AUDIT 0x80000016U
#elif defined(__i386__)
#define ARCH_AUDIT 0x40000003U
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

/* The calls whose plain names have 32-bit times, offsets or 16-bit users. */
#if __SIZEOF_LONG__ == 4
#define NR_clock_gettime __NR_clock_gettime64
#define NR_mmap __NR_mmap2
#define NR_ppoll __NR_ppoll_time64
#define NR_sendfile __NR_sendfile64
#define NR_setgroups __NR_setgroups32
#define NR_setresgid __NR_setresgid32
#define NR_setresuid __NR_setresuid32
#else
#define NR_clock_gettime __NR_clock_gettime
#define NR_mmap __NR_mmap
#define NR_ppoll __NR_ppoll
#define NR_sendfile __NR_sendfile
#define NR_setgroups __NR_setgroups
#define NR_setresgid __NR_setresgid
#define NR_setresuid __NR_setresuid
#endif

#define NR_accept4 __NR_accept4
#define NR_bind __NR_bind
#define NR_clone __NR_clone
#define NR_close __NR_close
#define NR_connect __NR_connect
#define NR_epoll_create1 __NR_epoll_create1
#define NR_epoll_ctl __NR_epoll_ctl
#define NR_epoll_pwait __NR_epoll_pwait
#define NR_exit_group __NR_exit_group
#define NR_fchmod __NR_fchmod
#define NR_getdents64 __NR_getdents64
#define NR_getpid __NR_getpid
#define NR_getppid __NR_getppid
#define NR_getsockname __NR_getsockname
#define NR_ioctl __NR_ioctl
#define NR_kill __NR_kill
#define NR_landlock_add_rule __NR_landlock_add_rule
#define NR_landlock_create_ruleset __NR_landlock_create_ruleset
#define NR_landlock_restrict_self __NR_landlock_restrict_self
#define NR_listen __NR_listen
#define NR_memfd_create __NR_memfd_create
#define NR_mkdirat __NR_mkdirat
#define NR_mprotect __NR_mprotect
#define NR_openat __NR_openat
#define NR_openat2 __NR_openat2
#define NR_pipe2 __NR_pipe2
#define NR_prctl __NR_prctl
#define NR_pread64 __NR_pread64
#define NR_prlimit64 __NR_prlimit64
#define NR_pwrite64 __NR_pwrite64
#define NR_pwritev2 __NR_pwritev2
#define NR_read __NR_read
#define NR_readlinkat __NR_readlinkat
#define NR_recvfrom __NR_recvfrom
#define NR_renameat2 __NR_renameat2
#define NR_rt_sigaction __NR_rt_sigaction
#define NR_rt_sigprocmask __NR_rt_sigprocmask
#define NR_sched_getaffinity __NR_sched_getaffinity
#define NR_seccomp __NR_seccomp
#define NR_sendmsg __NR_sendmsg
#define NR_setsockopt __NR_setsockopt
#define NR_shutdown __NR_shutdown
#define NR_signalfd4 __NR_signalfd4
#define NR_socket __NR_socket
#define NR_splice __NR_splice
#define NR_statx __NR_statx
#define NR_unlinkat __NR_unlinkat
#define NR_wait4 __NR_wait4
#define NR_write __NR_write

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

long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
{
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
