/* SPDX-License-Identifier: MIT */
/*
 * mipsel, which is mips with the bytes in the other order: all is in mips.h.
 *
 * compiler: mipsel-linux-gnu
 * kernel: mips
 * flags: -fno-pie -mno-abicalls -G0 -msoft-float
 */
#ifndef ARCH_NOLIBC_MIPSEL_H
#define ARCH_NOLIBC_MIPSEL_H

#include "mips.h"

#endif
