/* SPDX-License-Identifier: MIT */
/*
 * The four functions that a C compiler may call on its own, whatever the
 * flags (GCC manual, "Standards"; clang says the same), with the meaning of
 * C17 section 7.24. Code calls them through the macros, so that a small
 * constant size is still expanded in place.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define memcpy(to, from, n) __builtin_memcpy(to, from, n)
#define memmove(to, from, n) __builtin_memmove(to, from, n)
#define memset(to, byte, n) __builtin_memset(to, byte, n)
#define memcmp(a, b, n) __builtin_memcmp(a, b, n)

/**
 * mem_at() - @p, of which the compiler is not to know what it is
 *
 * It would put a variable's address into each instruction that uses it, where
 * a register does it in half the bytes; and take a constant for what it was
 * when the program was compiled.
 */
static inline void *mem_at(const void *p)
{
	__asm__("" : "+r"(p));
	return (void *)p;
}

#endif
