/* SPDX-License-Identifier: MIT */
/* XXH64: see base/hash.h. The steps are numbered as in the specification. */
#include "base/hash.h"
#include "base/endian.h"
#include "base/mem.h"

#define PRIME1 0x9E3779B185EBCA87ULL
#define PRIME2 0xC2B2AE3D27D4EB4FULL
#define PRIME3 0x165667B19E3779F9ULL
#define PRIME4 0x85EBCA77C2B2AE63ULL
#define PRIME5 0x27D4EB2F165667C5ULL

static u64 rotate(u64 v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static u64 load64(const char *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return IS_BIG_ENDIAN ? __builtin_bswap64(v) : v;
}

static u64 load32(const char *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return IS_BIG_ENDIAN ? __builtin_bswap32(v) : v;
}

static u64 round64(u64 acc, u64 lane)
{
	return rotate(acc + lane * PRIME2, 31) * PRIME1;
}

static u64 merge(u64 acc, u64 lane)
{
	return (acc ^ round64(0, lane)) * PRIME1 + PRIME4;
}

/* Steps 1 to 3: stripes of 32 bytes in four accumulators, then one. */
static u64 fold_stripes(struct span *s, u64 seed)
{
	u64 a = seed + PRIME1 + PRIME2;
	u64 b = seed + PRIME2;
	u64 c = seed;
	u64 d = seed - PRIME1;

	for (; s->len >= 32; *s = span_skip(*s, 32)) {
		a = round64(a, load64(s->ptr));
		b = round64(b, load64(s->ptr + 8));
		c = round64(c, load64(s->ptr + 16));
		d = round64(d, load64(s->ptr + 24));
	}
	u64 acc = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);

	return merge(merge(merge(merge(acc, a), b), c), d);
}

u64 hash_xxh64(struct span s, u64 seed)
{
	u64 length = s.len;
	u64 acc = s.len >= 32 ? fold_stripes(&s, seed) : seed + PRIME5;

	acc += length;				/* step 4 */
	for (; s.len >= 8; s = span_skip(s, 8)) /* step 5 */
		acc = rotate(acc ^ round64(0, load64(s.ptr)), 27) * PRIME1 +
		      PRIME4;
	for (; s.len >= 4; s = span_skip(s, 4))
		acc = rotate(acc ^ load32(s.ptr) * PRIME1, 23) * PRIME2 +
		      PRIME3;
	for (; s.len; s = span_skip(s, 1))
		acc = rotate(acc ^ (u8)s.ptr[0] * PRIME5, 11) * PRIME1;
	acc = (acc ^ acc >> 33) * PRIME2; /* step 6 */
	acc = (acc ^ acc >> 29) * PRIME3;
	return acc ^ acc >> 32;
}
