/* SPDX-License-Identifier: MIT */
/*
 * i386: how a program calls Linux and how Linux starts it, on a processor from
 * the Pentium Pro on, or on x86_64 in its 32-bit mode.
 *
 * compiler: i686-linux-gnu
 * kernel: x86
 *
 * instruction: int $0x80
 * number: eax
 * arguments: ebx ecx edx esi edi ebp
 * function: 4(esp) 8(esp) 12(esp) 16(esp) 20(esp) 24(esp) 28(esp)
 * result: eax
 * errors: -4095 to -1
 * lost: none
 * stack: esp 16
 * pages: 4
 * bytes: little
 *
 * A system call (kernel: arch/x86/entry/entry_32.S, entry_INT80_32, and the
 * table of conventions in the syscall(2) manual page):
 *   - the number goes into eax, the arguments into ebx, ecx, edx, esi, edi and
 *     ebp;
 *   - the instruction is `int $0x80`, the one that every processor has; the
 *     faster ones are behind the vDSO, which has system-call instructions of
 *     its own;
 *   - the result comes back in eax, all other registers are preserved;
 *   - an argument of 64 bits takes the next two registers, lower half first.
 *
 * A C function (System V ABI, Intel386 supplement, section 2.2.2) finds its
 * arguments on the stack, the first at 4(%esp), just above its return address.
 * ebx, esi, edi and ebp have to be as they were when it returns.
 */
#ifndef ARCH_I386_H
#define ARCH_I386_H

/*
 * long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
 *
 *   push ...             the four that belong to the caller: 16 bytes, so the
 *   mov 20(%esp), %ebx   first argument is at 20, and so on
 *   mov 44(%esp), %eax   the number: the seventh argument
 *   int $0x80            the only one in the program; a filter sees the address
 *                        behind it, which is what the processor pushed
 *   pop ...              the caller's again; the result is in eax, where C
 *   ret                  wants it
 *
 * There is no red zone here that a push could destroy. Behind it stands what
 * position independent code calls in place of __stack_chk_fail (gcc manual,
 * "Stack Smashing Protection"; libssp).
 */
#define ARCH_STUB                                                              \
	"arch_syscall6:\n"                                                     \
	"	push %ebp\n"                                                         \
	"	push %edi\n"                                                         \
	"	push %esi\n"                                                         \
	"	push %ebx\n"                                                         \
	"	mov 20(%esp), %ebx\n"                                                \
	"	mov 24(%esp), %ecx\n"                                                \
	"	mov 28(%esp), %edx\n"                                                \
	"	mov 32(%esp), %esi\n"                                                \
	"	mov 36(%esp), %edi\n"                                                \
	"	mov 40(%esp), %ebp\n"                                                \
	"	mov 44(%esp), %eax\n"                                                \
	"	int $0x80\n"                                                         \
	"arch_syscall_return:\n"                                               \
	"	pop %ebx\n"                                                          \
	"	pop %esi\n"                                                          \
	"	pop %edi\n"                                                          \
	"	pop %ebp\n"                                                          \
	"	ret\n"                                                               \
	".hidden __stack_chk_fail_local\n"                                     \
	".globl __stack_chk_fail_local\n"                                      \
	"__stack_chk_fail_local:\n"                                            \
	"	ud2\n"

/*
 * At entry (Intel386 supplement, section 2.3.1) esp points at argc, with argv,
 * the environment and the auxiliary vector above it; the other registers hold
 * nothing that may be relied on.
 *
 *   .cfi_undefined eip   a debugger's backtrace ends here
 *   xor %ebp, %ebp       the ABI asks for it: the outermost frame has no caller
 *   mov %esp, %eax       the stack as the kernel left it
 *   and $-16, %esp       16-byte alignment before a call, with
 *   sub $12, %esp        the argument pushed; the kernel gives
 *   push %eax            the first of it
 *   call start_program   does not return
 *   ud2                  and if it did, stop here
 */
#define ARCH_ENTRY                                                             \
	"_start:\n"                                                            \
	"	.cfi_startproc\n"                                                    \
	"	.cfi_undefined eip\n"                                                \
	"	xor %ebp, %ebp\n"                                                    \
	"	mov %esp, %eax\n"                                                    \
	"	and $-16, %esp\n"                                                    \
	"	sub $12, %esp\n"                                                     \
	"	push %eax\n"                                                         \
	"	call start_program\n"                                                \
	"	ud2\n"                                                               \
	"	.cfi_endproc\n"

/* What a filter of calls knows this machine by: linux/audit.h, i386. */
#define ARCH_AUDIT 0x40000003U

/* R_386_RELATIVE: add the load address (Intel386 supplement, table 4.9). */
#define ARCH_R_RELATIVE 8

/* struct epoll_event has its natural layout, 12 bytes: u64 is aligned to 4. */
#define ARCH_EPOLL_PACKED

/* Flags that differ between architectures (asm-generic/fcntl.h here). */
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define ARCH_LARGEFILE 0100000

/*
 * arch/x86/entry/syscalls/syscall_32.tbl. A comment has the kernel's name
 * where the call of the plain name has 32-bit times, offsets or 16-bit users.
 */
#define NR_read 3
#define NR_write 4
#define NR_close 6
#define NR_getpid 20
#define NR_kill 37
#define NR_ioctl 54
#define NR_getppid 64
#define NR_fchmod 94
#define NR_wait4 114
#define NR_clone 120
#define NR_mprotect 125
#define NR_prctl 172
#define NR_rt_sigaction 174
#define NR_rt_sigprocmask 175
#define NR_pread64 180
#define NR_pwrite64 181
#define NR_mmap 192	 /* mmap2 */
#define NR_setgroups 206 /* setgroups32 */
#define NR_setresuid 208 /* setresuid32 */
#define NR_setresgid 210 /* setresgid32 */
#define NR_getdents64 220
#define NR_sendfile 239 /* sendfile64 */
#define NR_sched_getaffinity 242
#define NR_exit_group 252
#define NR_epoll_ctl 255
#define NR_openat 295
#define NR_mkdirat 296
#define NR_unlinkat 301
#define NR_readlinkat 305
#define NR_splice 313
#define NR_epoll_pwait 319
#define NR_signalfd4 327
#define NR_epoll_create1 329
#define NR_pipe2 331
#define NR_prlimit64 340
#define NR_renameat2 353
#define NR_seccomp 354
#define NR_memfd_create 356
#define NR_socket 359
#define NR_bind 361
#define NR_connect 362
#define NR_listen 363
#define NR_accept4 364
#define NR_setsockopt 366
#define NR_getsockname 367
#define NR_sendto 369
#define NR_sendmsg 370
#define NR_recvfrom 371
#define NR_shutdown 373
#define NR_pwritev2 379
#define NR_statx 383
#define NR_clock_gettime 403 /* clock_gettime64 */
#define NR_ppoll 414	     /* ppoll_time64 */
#define NR_openat2 437
#define NR_landlock_create_ruleset 444
#define NR_landlock_add_rule 445
#define NR_landlock_restrict_self 446

#endif
