/* SPDX-License-Identifier: MIT */
/*
 * ppc64le: how a program calls Linux and how Linux starts it.
 *
 * compiler: powerpc64le-linux-gnu
 * kernel: powerpc
 * flags: -msoft-float -mno-altivec -mno-vsx
 *
 * instruction: sc
 * number: r0
 * arguments: r3 r4 r5 r6 r7 r8
 * function: r3 r4 r5 r6 r7 r8 r9
 * result: r3
 * errors: summary overflow in cr0; the result is the errno, positive
 * lost: r0 r4 r5 r6 r7 r8 r9 r10 r11 r12 ctr xer cr0
 * stack: r1 16
 * pages: 4 64
 * bytes: little
 *
 * A system call (kernel: Documentation/arch/powerpc/syscall64-abi.rst):
 *   - the number goes into r0, the arguments into r3 to r8;
 *   - the instruction is `sc`;
 *   - the result comes back in r3. It has failed if the summary overflow bit
 *     of cr0 is set, and then r3 is the errno, positive;
 *   - lost are what a C function may overwrite as well: r0, r4 to r12, ctr, xer
 *     and field 0 of cr; the link register and cr's other fields are preserved.
 *
 * A C function (64-bit ELF V2 ABI, section 2.2.3) receives r3 to r10. With the
 * number last, all six arguments already lie in place and only r9 has to move.
 * r2 points at the table of contents, from which code and data of the program
 * are reached: `.TOC.`, which linker.ld places with the global offset table.
 */
#ifndef ARCH_PPC64LE_H
#define ARCH_PPC64LE_H

/*
 * long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
 *
 *   mr 0, 9   the number: the seventh argument
 *   sc        the only one in the program; a filter sees the address behind it,
 *             to which the processor would return
 *   bnslr     no summary overflow: the result is in r3, where C wants it
 *   neg 3, 3  else it is an errno, which the other architectures have negative
 *   blr       return
 *
 * It does not use r2, so the two entries that a function has here are one.
 */
#define ARCH_STUB                                                              \
	"arch_syscall6:\n"                                                     \
	"	mr 0, 9\n"                                                           \
	"	sc\n"                                                                \
	"arch_syscall_return:\n"                                               \
	"	bnslr\n"                                                             \
	"	neg 3, 3\n"                                                          \
	"	blr\n"

/*
 * At entry (kernel: arch/powerpc/kernel/process.c, start_thread; ABI, section
 * 4.1.2.1) r1 points at argc, with argv, the environment and the auxiliary
 * vector above it; r12 has the address of _start, but a loader may differ.
 *
 *   .cfi_undefined lr   a debugger's backtrace ends here
 *   bcl 20, 31, 1f      the form of `branch and link` that leaves the
 *   1: mflr 12          processor's stack of returns alone: where this is
 *   addis, addi         r2, relative to that; two halves, the second is signed
 *   mr 3, 1             first argument: the stack as the kernel left it
 *   clrrdi 1, 1, 4      16-byte alignment; the kernel gives it
 *   li 0, 0             the first frame: the least that a function may expect
 *   stdu 0, -32(1)      of its caller's, and a back chain of zero, which ends
 *                       the chain of frames
 *   mtlr 0              no return address
 *   bl start_program    does not return
 *   trap                and if it did, stop here
 */
#define ARCH_ENTRY                                                             \
	"_start:\n"                                                            \
	"	.cfi_startproc\n"                                                    \
	"	.cfi_undefined 65\n"                                                 \
	"	bcl 20, 31, 1f\n"                                                    \
	"1:	mflr 12\n"                                                         \
	"	addis 2, 12, (.TOC. - 1b)@ha\n"                                      \
	"	addi 2, 2, (.TOC. - 1b)@l\n"                                         \
	"	mr 3, 1\n"                                                           \
	"	clrrdi 1, 1, 4\n"                                                    \
	"	li 0, 0\n"                                                           \
	"	stdu 0, -32(1)\n"                                                    \
	"	mtlr 0\n"                                                            \
	"	bl start_program\n"                                                  \
	"	trap\n"                                                              \
	"	.cfi_endproc\n"

/* What a filter of calls knows this machine by: linux/audit.h, ppc64le. */
#define ARCH_AUDIT 0xc0000015U

/* R_PPC64_RELATIVE: add the load address (ABI, section 3.5.3). */
#define ARCH_R_RELATIVE 22

/* struct epoll_event has its natural layout, 16 bytes. */
#define ARCH_EPOLL_PACKED

/*
 * What differs between architectures: arch/powerpc/include/uapi/asm/fcntl.h,
 * ioctls.h and mman.h.
 */
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000
#define FIONBIO 0x8004667e
#define TIOCGPGRP 0x40047477
#define SIOCOUTQ 0x40047473 /* TIOCOUTQ */
#define MAP_NORESERVE 0x40

/* arch/powerpc/kernel/syscalls/syscall.tbl: older than the shared table. */
#define NR_read 3
#define NR_write 4
#define NR_close 6
#define NR_getpid 20
#define NR_kill 37
#define NR_ioctl 54
#define NR_getppid 64
#define NR_setgroups 81
#define NR_mmap 90
#define NR_fchmod 94
#define NR_wait4 114
#define NR_clone 120
#define NR_mprotect 125
#define NR_setresuid 164
#define NR_setresgid 169
#define NR_prctl 171
#define NR_rt_sigaction 173
#define NR_rt_sigprocmask 174
#define NR_pread64 179
#define NR_pwrite64 180
#define NR_sendfile 186
#define NR_getdents64 202
#define NR_sched_getaffinity 223
#define NR_exit_group 234
#define NR_epoll_ctl 237
#define NR_clock_gettime 246
#define NR_ppoll 281
#define NR_splice 283
#define NR_openat 286
#define NR_mkdirat 287
#define NR_unlinkat 292
#define NR_readlinkat 296
#define NR_epoll_pwait 303
#define NR_signalfd4 313
#define NR_epoll_create1 315
#define NR_pipe2 317
#define NR_prlimit64 325
#define NR_socket 326
#define NR_bind 327
#define NR_connect 328
#define NR_listen 329
#define NR_getsockname 331
#define NR_sendto 335
#define NR_recvfrom 337
#define NR_shutdown 338
#define NR_setsockopt 339
#define NR_sendmsg 341
#define NR_accept4 344
#define NR_renameat2 357
#define NR_seccomp 358
#define NR_memfd_create 360
#define NR_pwritev2 381
#define NR_statx 383
#define NR_openat2 437
#define NR_landlock_create_ruleset 444
#define NR_landlock_add_rule 445
#define NR_landlock_restrict_self 446

#endif
