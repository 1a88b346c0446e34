/* SPDX-License-Identifier: MIT */
/*
 * The integer types, named as the kernel names them. <stdint.h> is not used:
 * it may come from a libc, and nolibc's disagrees with the compiler's about
 * which 64-bit type uint64_t is.
 */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

_Static_assert(sizeof(u16) == 2 && sizeof(u32) == 4 && sizeof(u64) == 8,
	       "every Linux ABI has these sizes");

/* The caller has to look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Elements of an array, not of a pointer. */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * A broken invariant ends the process, in every build: going on with a state
 * that cannot be is worse than a worker that restarts.
 */
static inline void BUG_ON(bool broken)
{
	if (__builtin_expect(broken, 0))
		__builtin_trap();
}

#endif
