/* SPDX-License-Identifier: MIT */
/*
 * x86_64: how a program calls Linux and how Linux starts it.
 *
 * compiler: x86_64-linux-gnu
 * kernel: x86
 *
 * instruction: syscall
 * number: rax
 * arguments: rdi rsi rdx r10 r8 r9
 * function: rdi rsi rdx rcx r8 r9 8(rsp)
 * result: rax
 * errors: -4095 to -1
 * lost: rcx r11
 * stack: rsp 16
 * pages: 4
 * bytes: little
 *
 * A system call (kernel: Documentation/arch/x86/entry_64.rst and the comment
 * above entry_SYSCALL_64 in arch/x86/entry/entry_64.S):
 *   - the number goes into rax, the arguments into rdi, rsi, rdx, r10, r8, r9;
 *   - the instruction is `syscall`; it keeps the return address in rcx and the
 *     flags in r11, so both are lost (which is why the fourth argument of a C
 *     function, rcx, has to move to r10);
 *   - the result comes back in rax, all other registers are preserved.
 *
 * A C function (System V ABI, AMD64 supplement, section 3.2.3) receives rdi,
 * rsi, rdx, rcx, r8, r9, and the seventh argument at 8(%rsp), just above its
 * return address. With the number last, five arguments already lie in place.
 */
#ifndef ARCH_X86_64_H
#define ARCH_X86_64_H

/*
 * long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
 *
 *   mov %rcx, %r10       the fourth argument, out of the way of `syscall`
 *   mov 8(%rsp), %rax    the number: the seventh argument
 *   syscall              the only one in the program; a filter sees the address
 *                        behind it, which is what rcx got (ptrace(2) as well)
 *   ret                  the result is in rax, where C wants it
 */
#define ARCH_STUB                                                              \
	"arch_syscall6:\n"                                                     \
	"	mov %rcx, %r10\n"                                                    \
	"	mov 8(%rsp), %rax\n"                                                 \
	"	syscall\n"                                                           \
	"arch_syscall_return:\n"                                               \
	"	ret\n"

/*
 * At entry (AMD64 supplement, section 3.4.1) rsp points at argc, with argv,
 * the environment and the auxiliary vector above it; the other registers
 * hold nothing that may be relied on.
 *
 *   .cfi_undefined rip   a debugger's backtrace ends here
 *   xor %ebp, %ebp       the ABI asks for it: the outermost frame has no caller
 *   mov %rsp, %rdi       first argument: the stack as the kernel left it
 *   and $-16, %rsp       16-byte alignment before a call; the kernel gives it,
 *                        other loaders might not
 *   call start_program   does not return
 *   ud2                  and if it did, stop here
 */
#define ARCH_ENTRY                                                             \
	"_start:\n"                                                            \
	"	.cfi_startproc\n"                                                    \
	"	.cfi_undefined rip\n"                                                \
	"	xor %ebp, %ebp\n"                                                    \
	"	mov %rsp, %rdi\n"                                                    \
	"	and $-16, %rsp\n"                                                    \
	"	call start_program\n"                                                \
	"	ud2\n"                                                               \
	"	.cfi_endproc\n"

/* What a filter of calls knows this machine by: linux/audit.h, x86_64. */
#define ARCH_AUDIT 0xc000003eU

/* R_X86_64_RELATIVE: add the load address (AMD64 supplement, table 4.10). */
#define ARCH_R_RELATIVE 8

/*
 * struct epoll_event is packed to 12 bytes here alone, so that a 32-bit
 * process sees the same layout (include/uapi/linux/eventpoll.h).
 */
#define ARCH_EPOLL_PACKED __attribute__((packed))

/* Flags that differ between architectures (asm-generic/fcntl.h here). */
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000

/* arch/x86/entry/syscalls/syscall_64.tbl: older than the shared table. */
#define NR_read 0
#define NR_write 1
#define NR_close 3
#define NR_mmap 9
#define NR_mprotect 10
#define NR_rt_sigaction 13
#define NR_rt_sigprocmask 14
#define NR_ioctl 16
#define NR_pread64 17
#define NR_pwrite64 18
#define NR_getpid 39
#define NR_sendfile 40
#define NR_socket 41
#define NR_connect 42
#define NR_sendto 44
#define NR_recvfrom 45
#define NR_sendmsg 46
#define NR_shutdown 48
#define NR_bind 49
#define NR_listen 50
#define NR_getsockname 51
#define NR_setsockopt 54
#define NR_clone 56
#define NR_wait4 61
#define NR_kill 62
#define NR_fchmod 91
#define NR_getppid 110
#define NR_setgroups 116
#define NR_setresuid 117
#define NR_setresgid 119
#define NR_prctl 157
#define NR_sched_getaffinity 204
#define NR_getdents64 217
#define NR_clock_gettime 228
#define NR_exit_group 231
#define NR_epoll_ctl 233
#define NR_openat 257
#define NR_mkdirat 258
#define NR_unlinkat 263
#define NR_readlinkat 267
#define NR_ppoll 271
#define NR_splice 275
#define NR_epoll_pwait 281
#define NR_accept4 288
#define NR_signalfd4 289
#define NR_epoll_create1 291
#define NR_pipe2 293
#define NR_prlimit64 302
#define NR_renameat2 316
#define NR_seccomp 317
#define NR_memfd_create 319
#define NR_pwritev2 328
#define NR_statx 332
#define NR_openat2 437
#define NR_landlock_create_ruleset 444
#define NR_landlock_add_rule 445
#define NR_landlock_restrict_self 446

#endif
