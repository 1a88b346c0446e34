/* SPDX-License-Identifier: MIT */
/*
 * s390x: how a program calls Linux and how Linux starts it. The one port whose
 * bytes are in the other order (big-endian).
 *
 * compiler: s390x-linux-gnu
 * kernel: s390
 * flags: -msoft-float
 *
 * instruction: svc 0
 * number: r1
 * arguments: r2 r3 r4 r5 r6 r7
 * function: r2 r3 r4 r5 r6 160(r15) 168(r15)
 * result: r2
 * errors: -4095 to -1
 * lost: none
 * stack: r15 8
 * pages: 4
 * bytes: big
 *
 * A system call (kernel: Documentation/arch/s390/debugging390.rst, "Register
 * usage", arch/s390/kernel/syscall.c):
 *   - the number goes into r1, the arguments into r2 to r7;
 *   - the instruction is `svc 0`; its operand may be the number, if that is
 *     less than 256, so zero says that it is in r1;
 *   - the result comes back in r2, all other registers are preserved.
 *
 * A C function (zSeries ELF ABI supplement, "Parameter passing") receives r2 to
 * r6, and what comes then at 160(%r15), 168(%r15) and so on: below that are
 * 160 bytes of its caller's frame for it to save registers in. r6 to r13 and
 * r15 have to be as they were when it returns.
 */
#ifndef ARCH_S390X_H
#define ARCH_S390X_H

/*
 * long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
 *
 *   stg %r7, 56(%r15)    r7 belongs to the caller: to its place in the area
 *   lg %r7, 160(%r15)    the sixth argument
 *   lg %r1, 168(%r15)    the number: the seventh argument
 *   svc 0                the only one in the program; a filter sees the address
 *                        behind it, which is what the processor keeps
 *   lg %r7, 56(%r15)     the caller's r7
 *   br %r14              the result is in r2, where C wants it
 */
#define ARCH_STUB                                                              \
	"arch_syscall6:\n"                                                     \
	"	stg %r7, 56(%r15)\n"                                                 \
	"	lg %r7, 160(%r15)\n"                                                 \
	"	lg %r1, 168(%r15)\n"                                                 \
	"	svc 0\n"                                                             \
	"arch_syscall_return:\n"                                               \
	"	lg %r7, 56(%r15)\n"                                                  \
	"	br %r14\n"

/*
 * At entry (kernel: arch/s390/include/asm/processor.h, start_thread) r15
 * points at argc, with argv, the environment and the auxiliary vector above
 * it.
 *
 *   .cfi_undefined r14       a debugger's backtrace ends here
 *   lgr %r2, %r15            first argument: the stack as the kernel left it
 *   lghi %r0, -8             the ABI's alignment of the stack; the kernel
 *   ngr %r15, %r0            gives it
 *   aghi %r15, -160          the area in which start_program saves registers,
 *   xc 0(8, %r15), 0(%r15)   with a back chain of zero, which ends the chain
 *                            of frames
 *   brasl %r14, ...          does not return
 *   j .+2                    and if it did, stop here: what is at .+2 is zero,
 *                            no instruction
 */
#define ARCH_ENTRY                                                             \
	"_start:\n"                                                            \
	"	.cfi_startproc\n"                                                    \
	"	.cfi_undefined %r14\n"                                               \
	"	lgr %r2, %r15\n"                                                     \
	"	lghi %r0, -8\n"                                                      \
	"	ngr %r15, %r0\n"                                                     \
	"	aghi %r15, -160\n"                                                   \
	"	xc 0(8, %r15), 0(%r15)\n"                                            \
	"	brasl %r14, start_program\n"                                         \
	"	j .+2\n"                                                             \
	"	.cfi_endproc\n"

/* What a filter of calls knows this machine by: linux/audit.h, s390x. */
#define ARCH_AUDIT 0x80000016U

/* R_390_RELATIVE: add the load address (ABI, "Relocation types"). */
#define ARCH_R_RELATIVE 12

/* struct epoll_event has its natural layout, 16 bytes. */
#define ARCH_EPOLL_PACKED

/* clone takes the stack first, then the flags (CONFIG_CLONE_BACKWARDS2). */
#define ARCH_CLONE_FLAGS 1

/* mmap takes one argument, a pointer to the six: arch/s390/kernel/syscall.c. */
#define ARCH_MMAP_BLOCK 1

/* Flags that differ between architectures (asm-generic/fcntl.h here). */
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000

/* arch/s390/kernel/syscalls/syscall.tbl: older than the shared table. */
#define NR_read 3
#define NR_write 4
#define NR_close 6
#define NR_getpid 20
#define NR_kill 37
#define NR_ioctl 54
#define NR_getppid 64
#define NR_mmap 90
#define NR_fchmod 94
#define NR_wait4 114
#define NR_clone 120
#define NR_mprotect 125
#define NR_prctl 172
#define NR_rt_sigaction 174
#define NR_rt_sigprocmask 175
#define NR_pread64 180
#define NR_pwrite64 181
#define NR_sendfile 187
#define NR_setgroups 206
#define NR_setresuid 208
#define NR_setresgid 210
#define NR_getdents64 220
#define NR_sched_getaffinity 240
#define NR_exit_group 248
#define NR_epoll_ctl 250
#define NR_clock_gettime 260
#define NR_openat 288
#define NR_mkdirat 289
#define NR_unlinkat 294
#define NR_readlinkat 298
#define NR_ppoll 302
#define NR_splice 306
#define NR_epoll_pwait 312
#define NR_signalfd4 322
#define NR_pipe2 325
#define NR_epoll_create1 327
#define NR_prlimit64 334
#define NR_renameat2 347
#define NR_seccomp 348
#define NR_memfd_create 350
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
#define NR_pwritev2 377
#define NR_statx 379
#define NR_openat2 437
#define NR_landlock_create_ruleset 444
#define NR_landlock_add_rule 445
#define NR_landlock_restrict_self 446

#endif
