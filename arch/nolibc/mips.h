/* SPDX-License-Identifier: MIT */
/*
 * mips, MIPS of 32 bits, big-endian, with the calling convention o32, by
 * nolibc alone. Its numbers are older than Linux: they are those of IRIX.
 *
 * compiler: mips-linux-gnu
 * kernel: mips
 * flags: -fno-pie -mno-abicalls -G0 -msoft-float
 */
#ifndef ARCH_NOLIBC_MIPS_H
#define ARCH_NOLIBC_MIPS_H

/* Those above 34 are others. */
#include <asm/errno.h>

/* linux/audit.h: EM_MIPS, and the mark of little-endian. */
#ifdef __MIPSEL__
#define ARCH_AUDIT 0x40000008U
#else
#define ARCH_AUDIT 8U
#endif

/*
 * nolibc's start, which is __start here, joins the halves of an address by
 * lui %hi and ori %lo: that is another one where the lower half is negative.
 * So this one calls _start_c, with room for its argument on the stack.
 */
#define ARCH_HELPERS                                                           \
	__asm__(".section .text._start,\"ax\",@progbits\n.globl _start\n"      \
		"_start: move $a0, $sp\n"                                      \
		"addiu $sp, $sp, -16\n"                                        \
		"la $t9, _start_c\n"                                           \
		"jr $t9\n.text\n")

/* Arguments of 64 bits begin in an even register: a0 is the first. */
#define ARCH_EVEN_PAIRS 1
#define ARCH_LARGEFILE 0x2000

/* arch/mips/include/uapi/asm/fcntl.h */
#define O_CREAT 0x0100
#define O_EXCL 0x0400
#define O_NOCTTY 0x0800
#define O_NONBLOCK 0x0080

/* mman.h there, */
#define MAP_ANONYMOUS 0x0800
#define MAP_NORESERVE 0x0400

/* socket.h there, and asm/socket.h, which the kernel has for itself, */
#define SOCK_STREAM 2
#define SOL_SOCKET 0xffff
#define SO_REUSEADDR 0x0004

/* ioctls.h, */
#define FIONBIO 0x667e
#define SIOCOUTQ 0x7472 /* TIOCOUTQ */
#define TIOCGPGRP 0x40047477

/* signal.h: of 128 signals, */
#define SIGCHLD 18
#define SIGSYS 12
#define SIG_BLOCK 1
#define SIG_SETMASK 3
#define SIGSET_SIZE 16

/* and resource.h. */
#define RLIMIT_NOFILE 5

#endif
