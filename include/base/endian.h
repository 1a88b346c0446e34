/* SPDX-License-Identifier: MIT */
/*
 * Numbers whose bytes lie in memory in a given order, whatever the machine's
 * is. They have types of their own, so that none is read or written as it
 * lies there.
 */
#ifndef BASE_ENDIAN_H
#define BASE_ENDIAN_H

#include "base/types.h"

#define IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* Little-endian: the lowest byte first. */
struct le32 {
	u32 raw;
};

/* Aligned to its size on every machine: i386 would have it at multiples of 4.
 */
struct le64 {
	_Alignas(8) u64 raw;
};

static inline u32 le32_get(struct le32 v)
{
	return IS_BIG_ENDIAN ? __builtin_bswap32(v.raw) : v.raw;
}

static inline struct le32 le32_of(u32 v)
{
	return (struct le32){ le32_get((struct le32){ v }) };
}

static inline u64 le64_get(struct le64 v)
{
	return IS_BIG_ENDIAN ? __builtin_bswap64(v.raw) : v.raw;
}

static inline struct le64 le64_of(u64 v)
{
	return (struct le64){ le64_get((struct le64){ v }) };
}

#endif
