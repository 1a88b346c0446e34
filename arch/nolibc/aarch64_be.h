/* SPDX-License-Identifier: MIT */
/*
 * aarch64_be, which is aarch64 with the bytes in the other order, by nolibc
 * alone.
 *
 * compiler: aarch64-linux-gnu
 * cc: aarch64-linux-gnu-gcc -mbig-endian
 * kernel: arm64
 */
#ifndef ARCH_NOLIBC_AARCH64_BE_H
#define ARCH_NOLIBC_AARCH64_BE_H

/* linux/audit.h: EM_AARCH64 with the mark of 64 bits. */
#define ARCH_AUDIT 0x800000b7U

#endif
