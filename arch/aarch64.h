/* SPDX-License-Identifier: MIT */
/*
 * aarch64: how a program calls Linux and how Linux starts it.
 *
 * compiler: aarch64-linux-gnu
 * kernel: arm64
 *
 * instruction: svc #0
 * number: x8
 * arguments: x0 x1 x2 x3 x4 x5
 * function: x0 x1 x2 x3 x4 x5 x6
 * result: x0
 * errors: -4095 to -1
 * lost: none
 * stack: sp 16
 * pages: 4 16 64
 * bytes: little
 *
 * A system call (kernel: arch/arm64/kernel/syscall.c, el0_svc_common, and the
 * table of conventions in the syscall(2) manual page):
 *   - the number goes into x8, the arguments into x0 to x5;
 *   - the instruction is `svc #0`;
 *   - the result comes back in x0, all other general registers are preserved.
 *
 * A C function (AAPCS64, section 6.8.2) receives x0 to x7. With the number
 * last, all six arguments already lie in place and only x6 has to move.
 */
#ifndef ARCH_AARCH64_H
#define ARCH_AARCH64_H

/*
 * long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
 *
 *   hint #34    `bti c`: a place that may be called, where branch targets are
 *               checked; an older processor takes it for a no-op
 *   mov x8, x6  the number: the seventh argument
 *   svc #0      the only one in the program; a filter sees the address behind
 *               it, to which the processor would return
 *   ret         the result is in x0, where C wants it
 */
#define ARCH_STUB                                                              \
	"arch_syscall6:\n"                                                     \
	"	hint #34\n"                                                          \
	"	mov x8, x6\n"                                                        \
	"	svc #0\n"                                                            \
	"arch_syscall_return:\n"                                               \
	"	ret\n"

/*
 * At entry (kernel: arch/arm64/include/asm/processor.h, start_thread) sp
 * points at argc, with argv, the environment and the auxiliary vector above
 * it; the other registers are zero.
 *
 *   hint #34           `bti c`, as above: a loader may jump here indirectly
 *   .cfi_undefined     a debugger's backtrace ends here
 *   mov x29, #0        AAPCS64 section 6.4.6: a frame record of zero
 *   mov x30, #0        ends the chain of frames, and no return address
 *   mov x0, sp         first argument: the stack as the kernel left it
 *   and x1, x0, #-16   sp must be a multiple of 16 whenever it is used to
 *   mov sp, x1         reach memory, or the processor faults; `and` cannot
 *                      read sp, so it goes through x1
 *   bl start_program   does not return
 *   brk #1             and if it did, stop here
 */
#define ARCH_ENTRY                                                             \
	"_start:\n"                                                            \
	"	.cfi_startproc\n"                                                    \
	"	.cfi_undefined x30\n"                                                \
	"	hint #34\n"                                                          \
	"	mov x29, #0\n"                                                       \
	"	mov x30, #0\n"                                                       \
	"	mov x0, sp\n"                                                        \
	"	and x1, x0, #-16\n"                                                  \
	"	mov sp, x1\n"                                                        \
	"	bl start_program\n"                                                  \
	"	brk #1\n"                                                            \
	"	.cfi_endproc\n"

/* What a filter of calls knows this machine by: linux/audit.h, aarch64. */
#define ARCH_AUDIT 0xc00000b7U

/* R_AARCH64_RELATIVE: add the load address (AAELF64, dynamic relocations). */
#define ARCH_R_RELATIVE 1027

/*
 * Flags that differ between architectures (arch/arm64/include/uapi/asm/fcntl.h,
 * inherited from 32-bit arm). The generic values mean other flags here:
 * 0200000 is O_DIRECT, and 0400000 is O_LARGEFILE, so a copied O_NOFOLLOW
 * would silently follow links.
 */
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000

#include "generic.h"

#endif
