/* SPDX-License-Identifier: MIT */
/*
 * The contract between a port and the rest, and the one place that picks the
 * port. A port is arch/NAME.h and defines:
 *
 *   ARCH_STUB          assembly of arch_syscall6, one system-call instruction,
 *                      and behind it the label arch_syscall_return
 *   ARCH_ENTRY         assembly of _start: call start_program(stack) with the
 *                      stack pointer as the kernel set it
 *   ARCH_AUDIT         the machine as seccomp filters see it (AUDIT_ARCH_*)
 *   ARCH_R_RELATIVE    the number of its R_*_RELATIVE relocation
 *   ARCH_EPOLL_PACKED  the attribute of struct epoll_event
 *   O_DIRECTORY, O_NOFOLLOW, NR_*
 *
 * and, where its kernel differs from the others, what has a default below.
 *
 * arch/nolibc.h alone brings functions instead of the first two; what differs
 * on machines that have no other port is in arch/nolibc.
 */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

/**
 * arch_syscall6() - make a system call
 * @a: first argument, and so on to @f; zero where the call takes fewer
 * @nr: the call's number
 *
 * The number comes last so that the arguments already lie in the registers
 * that the kernel wants. The program's only system-call instruction is here.
 *
 * Return: what the kernel returned; -4095 to -1 is a negative errno.
 */
long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr);

/** start_program() - C's first function; @stack is argc's place (start.c) */
void start_program(long *stack) __attribute__((noreturn));

#if defined(ARCH_USE_NOLIBC)
#include "../../arch/nolibc.h"
#elif defined(__x86_64__)
#include "../../arch/x86_64.h"
#elif defined(__aarch64__)
#include "../../arch/aarch64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "../../arch/riscv64.h"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#include "../../arch/ppc64le.h"
#elif defined(__s390x__)
#include "../../arch/s390x.h"
#elif defined(__i386__)
#include "../../arch/i386.h"
#elif defined(__arm__) && defined(__ARM_EABI__) && defined(__ARMEL__)
#include "../../arch/arm.h"
#else
#error "no port for this machine: see arch/README.md"
#endif

/* Which of clone's arguments has the flags; the other one has the stack. */
#ifndef ARCH_CLONE_FLAGS
#define ARCH_CLONE_FLAGS 0
#endif

/* Of 32 bits: whether an argument of 64 begins in an even register. */
#ifndef ARCH_EVEN_PAIRS
#define ARCH_EVEN_PAIRS 0
#endif

/* Of 32 bits: the flag that lets open take files of more than 2 GiB. */
#ifndef ARCH_LARGEFILE
#define ARCH_LARGEFILE 0
#endif

/* mmap's offset is in bytes, or in units of 4096 of them (mmap2). */
#define ARCH_MMAP_SHIFT (sizeof(long) == 4 ? 12 : 0)

/* Whether mmap takes a pointer to its arguments. */
#ifndef ARCH_MMAP_BLOCK
#define ARCH_MMAP_BLOCK 0
#endif

/*
 * The address that a seccomp filter sees of each call; 0 where the port has
 * more than one place to call from.
 */
#ifndef ARCH_SYSCALL_RETURN
extern const char arch_syscall_return[] __attribute__((visibility("hidden")));
#define ARCH_SYSCALL_RETURN ((unsigned long)arch_syscall_return)
#endif

#endif
