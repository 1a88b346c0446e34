/* SPDX-License-Identifier: MIT */
/*
 * XXH64, a fast hash of good quality that is not cryptographic. It names the
 * content of small files in their ETag: the same bytes give the same value on
 * every machine. Specification: xxHash's doc/xxhash_spec.md, "XXH64 Algorithm
 * Description". Whoever can write the files can make two of them collide,
 * and gains a stale cache of his own site by it.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"

/** hash_xxh64() - XXH64 of the bytes of @s with @seed */
u64 hash_xxh64(struct span s, u64 seed);

#endif
