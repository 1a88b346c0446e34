/* SPDX-License-Identifier: MIT */
/*
 * arm: how a program calls Linux and how Linux starts it, on ARMv7 with the
 * EABI. The first port of 32 bits.
 *
 * compiler: arm-linux-gnueabihf
 * kernel: arm
 * flags: -mfpu=none
 *
 * instruction: svc #0
 * number: r7
 * arguments: r0 r1 r2 r3 r4 r5
 * function: r0 r1 r2 r3 0(sp) 4(sp) 8(sp)
 * result: r0
 * errors: -4095 to -1
 * lost: none
 * stack: sp 8
 * pages: 4
 * bytes: little
 *
 * A system call (kernel: arch/arm/kernel/entry-common.S, vector_swi, and the
 * table of conventions in the syscall(2) manual page):
 *   - the number goes into r7, the arguments into r0 to r5;
 *   - the instruction is `svc #0`;
 *   - the result comes back in r0, all other registers are preserved;
 *   - an argument of 64 bits takes an even register and the one after it.
 *
 * A C function (AAPCS32, section 6.4) receives r0 to r3, and what comes then
 * on the stack. r4 to r11 have to be as they were when it returns. Compilers
 * here make Thumb code; this is ARM code, and who calls across switches.
 */
#ifndef ARCH_ARM_H
#define ARCH_ARM_H

/*
 * long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
 *
 *   push {r4, r5, r7, lr}   the caller's, 16 bytes; so the fifth argument is
 *   ldr r4, [sp, #16]       at 16, the sixth
 *   ldr r5, [sp, #20]       at 20, and the number,
 *   ldr r7, [sp, #24]       the seventh, at 24
 *   svc #0                  the only one in the program; a filter sees the
 *                           address behind it, which is what lr got
 *   pop {r4, r5, r7, pc}    the caller's again, and return: the result is in
 *                           r0, where C wants it
 *
 * Behind it stands what compilers call to divide 64 bits: the run-time ABI
 * (RTABI32, section 4.3.1) has quotient and remainder in r0 to r3, which no C
 * function can say. The arguments pass on to one (base/divide.h) whose fifth
 * is where the remainder goes.
 */
#define ARCH_STUB                                                              \
	".syntax unified\n"                                                    \
	".arm\n"                                                               \
	"arch_syscall6:\n"                                                     \
	"	push {r4, r5, r7, lr}\n"                                             \
	"	ldr r4, [sp, #16]\n"                                                 \
	"	ldr r5, [sp, #20]\n"                                                 \
	"	ldr r7, [sp, #24]\n"                                                 \
	"	svc #0\n"                                                            \
	"arch_syscall_return:\n"                                               \
	"	pop {r4, r5, r7, pc}\n" ARCH_DIVIDE("__aeabi_uldivmod",        \
						    "__udivmoddi4")            \
		ARCH_DIVIDE("__aeabi_ldivmod", "__divmoddi4")

#define ARCH_DIVIDE(name, by)                                                  \
	".hidden " name "\n.globl " name "\n.type " name ", %function\n" name  \
	":\n"                                                                  \
	"	push {r4, lr}\n"                                                     \
	"	sub sp, sp, #16\n"                                                   \
	"	add r4, sp, #8\n"                                                    \
	"	str r4, [sp]\n"                                                      \
	"	bl " by "\n"                                                   \
	"	ldrd r2, r3, [sp, #8]\n"                                             \
	"	add sp, sp, #16\n"                                                   \
	"	pop {r4, pc}\n"

/*
 * At entry (kernel: arch/arm/include/asm/processor.h, start_thread) sp points
 * at argc, with argv, the environment and the auxiliary vector above it; the
 * other registers are zero.
 *
 *   .cfi_undefined     a debugger's backtrace ends here
 *   mov fp, #0         the outermost frame has no caller,
 *   mov lr, #0         and no return address
 *   mov r0, sp         first argument: the stack as the kernel left it
 *   bic sp, sp, #7     8-byte alignment (AAPCS32, section 6.2.1.2); the kernel
 *                      gives it
 *   bl start_program   does not return; the linker makes it `blx`
 *   udf #0             and if it did, stop here
 */
#define ARCH_ENTRY                                                             \
	"_start:\n"                                                            \
	"	.cfi_startproc\n"                                                    \
	"	.cfi_undefined lr\n"                                                 \
	"	mov fp, #0\n"                                                        \
	"	mov lr, #0\n"                                                        \
	"	mov r0, sp\n"                                                        \
	"	bic sp, sp, #7\n"                                                    \
	"	bl start_program\n"                                                  \
	"	udf #0\n"                                                            \
	"	.cfi_endproc\n"

/* What a filter of calls knows this machine by: linux/audit.h, arm. */
#define ARCH_AUDIT 0x40000028U

/* R_ARM_RELATIVE: add the load address (AAELF32, dynamic relocations). */
#define ARCH_R_RELATIVE 23

/* struct epoll_event has its natural layout, 16 bytes. */
#define ARCH_EPOLL_PACKED

/* Arguments of 64 bits begin in an even register. */
#define ARCH_EVEN_PAIRS 1

/* Flags that differ between architectures (arch/arm/include/uapi/asm/fcntl.h)
 */
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000
#define ARCH_LARGEFILE 0400000

/*
 * arch/arm/tools/syscall.tbl. A comment has the kernel's name where the call
 * of the plain name has 32-bit times, offsets or 16-bit users.
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
#define NR_getdents64 217
#define NR_sendfile 239 /* sendfile64 */
#define NR_sched_getaffinity 242
#define NR_exit_group 248
#define NR_epoll_ctl 251
#define NR_socket 281
#define NR_bind 282
#define NR_connect 283
#define NR_listen 284
#define NR_getsockname 286
#define NR_sendto 290
#define NR_recvfrom 292
#define NR_shutdown 293
#define NR_setsockopt 294
#define NR_sendmsg 296
#define NR_openat 322
#define NR_mkdirat 323
#define NR_unlinkat 328
#define NR_readlinkat 332
#define NR_splice 340
#define NR_epoll_pwait 346
#define NR_signalfd4 355
#define NR_epoll_create1 357
#define NR_pipe2 359
#define NR_accept4 366
#define NR_prlimit64 369
#define NR_renameat2 382
#define NR_seccomp 383
#define NR_memfd_create 385
#define NR_pwritev2 393
#define NR_statx 397
#define NR_clock_gettime 403 /* clock_gettime64 */
#define NR_ppoll 414	     /* ppoll_time64 */
#define NR_openat2 437
#define NR_landlock_create_ruleset 444
#define NR_landlock_add_rule 445
#define NR_landlock_restrict_self 446

#endif
