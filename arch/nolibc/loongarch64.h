/* SPDX-License-Identifier: MIT */
/*
 * loongarch64, without floating point (that is the "sf"), by nolibc alone.
 *
 * compiler: loongarch64-linux-gnusf
 * cc: clang-19
 * kernel: loongarch
 * flags: -mno-lsx
 */
#ifndef ARCH_NOLIBC_LOONGARCH64_H
#define ARCH_NOLIBC_LOONGARCH64_H

/* linux/audit.h: EM_LOONGARCH with the marks of 64 bits and little-endian. */
#define ARCH_AUDIT 0xc0000102U

#endif
