/* SPDX-License-Identifier: MIT */
/*
 * ppc64, which is ppc64le with the bytes in the other order, by nolibc alone.
 *
 * compiler: powerpc64-linux-gnu
 * kernel: powerpc
 * flags: -mabi=elfv2 -msoft-float -mno-altivec -mno-vsx
 *
 * The kernel starts programs of either ABI, by what their header says. In the
 * first one _start would be a pair of addresses, which nolibc does not make.
 */
#ifndef ARCH_NOLIBC_PPC64_H
#define ARCH_NOLIBC_PPC64_H

/* linux/audit.h: EM_PPC64 with the mark of 64 bits. */
#define ARCH_AUDIT 0x80000015U

#endif
