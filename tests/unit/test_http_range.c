/* SPDX-License-Identifier: MIT */
/*
 * http/range.h: RFC 9110 sections 14.1 and 14.2, and every range of small
 * numbers against the bytes that it names.
 */
#include "tap.h"
#include "base/buf.h"
#include "http/range.h"

#define NONE HTTP_RANGE_NONE
#define ONE HTTP_RANGE_ONE
#define UNSATISFIABLE HTTP_RANGE_UNSATISFIABLE
#define LARGEST (~0ULL)

static const struct {
	const char *value;
	u64 size;
	enum http_range want;
	u64 first, last;
} ranges[] = {
	/* The examples of section 14.1.2. */
	{ "bytes=0-499", 10000, ONE, 0, 499 },
	{ "bytes=500-999", 10000, ONE, 500, 999 },
	{ "bytes=-500", 10000, ONE, 9500, 9999 },
	{ "bytes=9500-", 10000, ONE, 9500, 9999 },
	{ "bytes=0-0", 10000, ONE, 0, 0 },
	{ "bytes=0-", 10000, ONE, 0, 9999 },
	/* Edges of the representation. */
	{ "bytes=0-9999", 10000, ONE, 0, 9999 },
	{ "bytes=0-10000", 10000, ONE, 0, 9999 },
	{ "bytes=9999-9999", 10000, ONE, 9999, 9999 },
	{ "bytes=9999-", 10000, ONE, 9999, 9999 },
	{ "bytes=10000-", 10000, UNSATISFIABLE, 0, 0 },
	{ "bytes=10000-10000", 10000, UNSATISFIABLE, 0, 0 },
	{ "bytes=-1", 10000, ONE, 9999, 9999 },
	{ "bytes=-10000", 10000, ONE, 0, 9999 },
	{ "bytes=-10001", 10000, ONE, 0, 9999 },
	{ "bytes=-0", 10000, UNSATISFIABLE, 0, 0 },
	{ "bytes=-00", 10000, UNSATISFIABLE, 0, 0 },
	{ "bytes=0-", 1, ONE, 0, 0 },
	/* Nothing of nothing. */
	{ "bytes=0-", 0, UNSATISFIABLE, 0, 0 },
	{ "bytes=0-0", 0, UNSATISFIABLE, 0, 0 },
	{ "bytes=-0", 0, UNSATISFIABLE, 0, 0 },
	/*
	 * A suffix that is not empty can be satisfied (section 14.1.2), but no
	 * 206 can say so: there is no last byte.
	 */
	{ "bytes=-1", 0, NONE, 0, 0 },
	/* The unit is case-insensitive, zeros in front change nothing. */
	{ "BYTES=1-2", 10, ONE, 1, 2 },
	{ "Bytes=001-0002", 10, ONE, 1, 2 },
	{ "bytes= 1-2 ", 10, ONE, 1, 2 },
	/* Numbers of any length. */
	{ "bytes=0-18446744073709551615", 10, ONE, 0, 9 },
	{ "bytes=0-18446744073709551616", 10, ONE, 0, 9 },
	{ "bytes=0-99999999999999999999999999", 10, ONE, 0, 9 },
	{ "bytes=18446744073709551615-", 10, UNSATISFIABLE, 0, 0 },
	{ "bytes=18446744073709551616-", 10, UNSATISFIABLE, 0, 0 },
	{ "bytes=99999999999999999999999999-", 10, UNSATISFIABLE, 0, 0 },
	{ "bytes=-18446744073709551616", 10, ONE, 0, 9 },
	{ "bytes=18446744073709551614-", LARGEST, ONE, LARGEST - 1,
	  LARGEST - 1 },
	{ "bytes=-1", LARGEST, ONE, LARGEST - 1, LARGEST - 1 },
	/* Malformed, another unit, several: section 14.2 lets them be. */
	{ "", 10, NONE, 0, 0 },
	{ "bytes", 10, NONE, 0, 0 },
	{ "bytes=", 10, NONE, 0, 0 },
	{ "bytes=-", 10, NONE, 0, 0 },
	{ "bytes=1", 10, NONE, 0, 0 },
	{ "bytes=2-1", 10, NONE, 0, 0 },
	{ "bytes=20-11", 10, NONE, 0, 0 },
	{ "bytes=18446744073709551616-5", 10, NONE, 0, 0 },
	{ "bytes=1-2-3", 10, NONE, 0, 0 },
	{ "bytes=--1", 10, NONE, 0, 0 },
	{ "bytes=1--2", 10, NONE, 0, 0 },
	{ "bytes=+1-2", 10, NONE, 0, 0 },
	{ "bytes=1-+2", 10, NONE, 0, 0 },
	{ "bytes=a-2", 10, NONE, 0, 0 },
	{ "bytes=1-b", 10, NONE, 0, 0 },
	{ "bytes=0x1-2", 10, NONE, 0, 0 },
	{ "bytes=1 -2", 10, NONE, 0, 0 },
	{ "bytes=1- 2", 10, NONE, 0, 0 },
	{ "bytes =1-2", 10, NONE, 0, 0 },
	{ "bytes:1-2", 10, NONE, 0, 0 },
	{ "bytes 1-2", 10, NONE, 0, 0 },
	{ " bytes=1-2", 10, NONE, 0, 0 },
	{ "1-2", 10, NONE, 0, 0 },
	{ "octets=1-2", 10, NONE, 0, 0 },
	{ "byte=1-2", 10, NONE, 0, 0 },
	{ "bytess=1-2", 10, NONE, 0, 0 },
	{ "bytes=1-2,4-5", 10, NONE, 0, 0 },
	{ "bytes=1-2, 4-5", 10, NONE, 0, 0 },
	{ "bytes=0-,-1", 10, NONE, 0, 0 },
	{ "bytes=-1,0-", 10, NONE, 0, 0 },
	{ "bytes=1-2,", 10, NONE, 0, 0 },
};

static void test_ranges(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct span in = tap_guarded(span_from_string(ranges[i].value));
		u64 first = 12345;
		u64 last = 54321;

		tap_note("ranges", i);
		CHECK_EQ(http_range_parse(in, ranges[i].size, &first, &last),
			 ranges[i].want);
		if (ranges[i].want == ONE) {
			CHECK_EQ(first, ranges[i].first);
			CHECK_EQ(last, ranges[i].last);
		}
		tap_unguard(in);
	}
}

/* A number, or nothing for one that is left out. */
static void put_number(struct buf *b, int n)
{
	if (n >= 0)
		buf_put_u64(b, (u64)n, 1);
}

/* The bytes that are meant, by asking of each one whether it is. */
static void check_bytes(struct span value, int from, int to, int size)
{
	u64 first = 0;
	u64 last = 0;
	enum http_range r = http_range_parse(value, (u64)size, &first, &last);
	int count = 0;

	if (from < 0 && to < 0) {
		CHECK_EQ(r, NONE);
		return;
	}
	if (from >= 0 && to >= 0 && to < from) {
		CHECK_EQ(r, NONE);
		return;
	}
	for (int i = 0; i < size; i++) {
		bool meant = from < 0 ? i >= size - to
				      : i >= from && (to < 0 || i <= to);

		count += meant;
		if (r == ONE)
			CHECK_EQ((u64)i >= first && (u64)i <= last, meant);
	}
	/* The empty representation has a row in the table. */
	if (size)
		CHECK_EQ(r, count ? ONE : UNSATISFIABLE);
}

static void test_small_ranges(void)
{
	for (int size = 0; size <= 5; size++)
		for (int from = -1; from <= 6; from++)
			for (int to = -1; to <= 7; to++) {
				char text[32];
				struct buf b = BUF(text);

				buf_puts(&b, "bytes=");
				put_number(&b, from);
				buf_put_char(&b, '-');
				put_number(&b, to);
				tap_note("size * 100 + from * 10 + to",
					 size * 100 + from * 10 + to);
				check_bytes(buf_span(&b), from, to, size);
			}
}

/* No beginning of a range reads on behind its end. */
static void test_beginnings(void)
{
	struct span whole = SPAN("bytes=1-345");

	for (size_t n = 0; n <= whole.len; n++) {
		struct span in = tap_guarded((struct span){ whole.ptr, n });
		u64 first;
		u64 last;

		tap_note("length", (long long)n);
		CHECK_EQ(http_range_parse(in, 1000, &first, &last),
			 n > SPAN("bytes=1").len ? ONE : NONE);
		tap_unguard(in);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_ranges);
	RUN(test_small_ranges);
	RUN(test_beginnings);
	return tap_end();
}
