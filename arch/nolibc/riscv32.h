/* SPDX-License-Identifier: MIT */
/*
 * riscv32, without floating point, by nolibc alone. Its Linux is younger than
 * the calls with 64-bit times, and has no others.
 *
 * compiler: riscv64-linux-gnu
 * cc: riscv64-linux-gnu-gcc -march=rv32imac -mabi=ilp32
 * kernel: riscv
 * flags: -mpreferred-stack-boundary=3
 *
 * The flag is one of hello's, which the linker wants all objects to have.
 */
#ifndef ARCH_NOLIBC_RISCV32_H
#define ARCH_NOLIBC_RISCV32_H

/* linux/audit.h: EM_RISCV with the mark of little-endian. */
#define ARCH_AUDIT 0x400000f3U

/* There is no wait4: nolibc.h makes it of the call that there is. */
#define ARCH_WAITID 1
#define __NR_wait4 __NR_waitid

#define ARCH_LARGEFILE 0100000

#endif
