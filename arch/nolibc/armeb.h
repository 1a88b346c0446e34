/* SPDX-License-Identifier: MIT */
/*
 * armeb, which is arm with the bytes in the other order, by nolibc alone.
 *
 * compiler: arm-linux-gnueabihf
 * cc: arm-linux-gnueabihf-gcc -mbig-endian
 * kernel: arm
 * flags: -mfpu=none
 */
#ifndef ARCH_NOLIBC_ARMEB_H
#define ARCH_NOLIBC_ARMEB_H

/* linux/audit.h: EM_ARM. */
#define ARCH_AUDIT 40U

#endif
