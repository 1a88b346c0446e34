/* SPDX-License-Identifier: MIT */
/*
 * base/mem.h: the four functions against a model that moves single bytes, for
 * each size, alignment and overlap up to some words. Called through pointers
 * that the compiler cannot see through, so that none is expanded in place.
 */
#include "base/mem.h"
#include "tap.h"

#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#define SIZE_MAX_TESTED 72 /* nine words: loop, tail and their border */
#define ROOM 256

static void *(*volatile copy)(void *restrict, const void *restrict,
			      size_t) = memcpy;
static void *(*volatile move)(void *, const void *, size_t) = memmove;
static void *(*volatile set)(void *, int, size_t) = memset;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;

static u8 got[ROOM], want[ROOM], source[ROOM];

/* Bytes that differ from their neighbours and from those of other arrays. */
static void fill(u8 *to, unsigned salt)
{
	for (unsigned i = 0; i < ROOM; i++)
		to[i] = (u8)(i * 7 + salt);
}

static bool same(void)
{
	for (unsigned i = 0; i < ROOM; i++)
		if (got[i] != want[i])
			return false;
	return true;
}

static void test_memcpy(void)
{
	fill(source, 100);
	for (size_t n = 0; n <= SIZE_MAX_TESTED; n++)
		for (size_t to = 16; to < 24; to++)
			for (size_t from = 0; from < 8; from++) {
				fill(got, 0);
				fill(want, 0);
				for (size_t i = 0; i < n; i++)
					want[to + i] = source[from + i];
				tap_note("size", (long long)n);
				CHECK(copy(got + to, source + from, n) ==
				      got + to);
				CHECK(same());
			}
}

/* Within one array, from 80 bytes below to 80 above. */
static void test_memmove(void)
{
	for (size_t n = 0; n <= SIZE_MAX_TESTED; n++)
		for (size_t from = 80; from < 88; from++)
			for (size_t to = from - 80; to <= from + 80; to++) {
				fill(got, 0);
				fill(want, 0);
				for (size_t i = 0; i < n; i++)
					want[to + i] = (u8)((from + i) * 7);
				tap_note("size", (long long)n);
				CHECK(move(got + to, got + from, n) ==
				      got + to);
				CHECK(same());
			}
}

static void test_memset(void)
{
	static const int bytes[] = { 0, 1, 0x80, 0xff, -1, 0x1234 };

	for (size_t n = 0; n <= SIZE_MAX_TESTED; n++)
		for (size_t to = 16; to < 24; to++)
			for (size_t b = 0; b < ARRAY_SIZE(bytes); b++) {
				fill(got, 0);
				fill(want, 0);
				for (size_t i = 0; i < n; i++)
					want[to + i] = (u8)bytes[b];
				tap_note("size", (long long)n);
				CHECK(set(got + to, bytes[b], n) == got + to);
				CHECK(same());
			}
}

/* -1, 0 or 1: the result's sign is all that the standard promises. */
static int sign(int v)
{
	return (v > 0) - (v < 0);
}

/* Equal but for one byte, at each place; what lies behind does not matter. */
static void test_memcmp(void)
{
	for (size_t at = 0; at <= SIZE_MAX_TESTED; at++)
		for (int delta = -255; delta < 256; delta += 51) {
			fill(got, 0);
			fill(want, 0);
			got[at] = (u8)(delta > 0 ? delta : 0);
			want[at] = (u8)(delta < 0 ? -delta : 0);
			got[at + 1] ^= 0x80;
			tap_note("size", (long long)at + 1);
			CHECK_EQ(sign(compare(got, want, at + 1)), sign(delta));
			CHECK_EQ(compare(got, want, at), 0);
		}
}

static void test_memcmp_is_unsigned(void)
{
	CHECK(compare("\x80", "\x7f", 1) > 0);
	CHECK(compare("\x01", "\xff", 1) < 0);
	CHECK_EQ(compare("a", "b", 0), 0);
}

/* None touches a byte behind the last: it lies on a page without access. */
static void test_no_byte_beyond(void)
{
	struct span a = tap_guarded((struct span){ (char *)source, ROOM });
	struct span b = tap_guarded((struct span){ (char *)source, ROOM });
	char *to = (char *)b.ptr + ROOM;

	for (size_t n = 0; n <= SIZE_MAX_TESTED; n++) {
		set(to - n, 'x', n);
		CHECK(copy(to - n, a.ptr + ROOM - n, n) == to - n);
		CHECK_EQ(compare(to - n, a.ptr + ROOM - n, n), 0);
		if (n) {
			move(to - n, to - n + 1, n - 1);
			move(to - n + 1, to - n, n - 1);
		}
	}
	tap_unguard(a);
	tap_unguard(b);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_memcpy);
	RUN(test_memmove);
	RUN(test_memset);
	RUN(test_memcmp);
	RUN(test_memcmp_is_unsigned);
	RUN(test_no_byte_beyond);
	return tap_end();
}
