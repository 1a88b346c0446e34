/* SPDX-License-Identifier: MIT */
/*
 * riscv64: how a program calls Linux and how Linux starts it.
 *
 * compiler: riscv64-linux-gnu
 * kernel: riscv
 *
 * instruction: ecall
 * number: a7
 * arguments: a0 a1 a2 a3 a4 a5
 * function: a0 a1 a2 a3 a4 a5 a6
 * result: a0
 * errors: -4095 to -1
 * lost: none
 * stack: sp 16
 * pages: 4
 * bytes: little
 *
 * A system call (kernel: arch/riscv/kernel/traps.c, do_trap_ecall_u, and the
 * table of conventions in the syscall(2) manual page):
 *   - the number goes into a7, the arguments into a0 to a5;
 *   - the instruction is `ecall`;
 *   - the result comes back in a0, all other registers are preserved (the
 *     vector registers are not; this program uses none).
 *
 * A C function (RISC-V psABI, integer calling convention) receives a0 to a7.
 * With the number last, all six arguments already lie in place and only a6
 * has to move.
 */
#ifndef ARCH_RISCV64_H
#define ARCH_RISCV64_H

/*
 * long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
 *
 *   mv a7, a6   the number: the seventh argument
 *   ecall       the only one in the program; a filter sees the address behind
 *               it, since the kernel steps over the instruction first
 *               (arch/riscv/kernel/traps.c, do_trap_ecall_u)
 *   ret         the result is in a0, where C wants it
 */
#define ARCH_STUB                                                              \
	"arch_syscall6:\n"                                                     \
	"	mv a7, a6\n"                                                         \
	"	ecall\n"                                                             \
	"arch_syscall_return:\n"                                               \
	"	ret\n"

/*
 * At entry (kernel: arch/riscv/kernel/process.c, start_thread) sp points at
 * argc, with argv, the environment and the auxiliary vector above it.
 *
 *   .cfi_undefined ra    a debugger's backtrace ends here
 *   .option norelax      the linker rewrites `la` into gp-relative form where
 *   lla gp, ...          it can; the one that loads gp itself must stay as it
 *                        is (psABI, "Global pointer relaxation")
 *   mv fp, zero          the outermost frame has no caller
 *   mv a0, sp            first argument: the stack as the kernel left it
 *   andi sp, sp, -16     the psABI's stack alignment; the kernel gives it
 *   call start_program   does not return
 *   ebreak               and if it did, stop here
 */
#define ARCH_ENTRY                                                             \
	"_start:\n"                                                            \
	"	.cfi_startproc\n"                                                    \
	"	.cfi_undefined ra\n"                                                 \
	"	.option push\n"                                                      \
	"	.option norelax\n"                                                   \
	"	lla gp, __global_pointer$\n"                                         \
	"	.option pop\n"                                                       \
	"	mv fp, zero\n"                                                       \
	"	mv a0, sp\n"                                                         \
	"	andi sp, sp, -16\n"                                                  \
	"	call start_program\n"                                                \
	"	ebreak\n"                                                            \
	"	.cfi_endproc\n"

/* What a filter of calls knows this machine by: linux/audit.h, riscv64. */
#define ARCH_AUDIT 0xc00000f3U

/* R_RISCV_RELATIVE: add the load address (RISC-V psABI, relocations). */
#define ARCH_R_RELATIVE 3

/* Flags that differ between architectures (asm-generic/fcntl.h here). */
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000

#include "generic.h"

#endif
