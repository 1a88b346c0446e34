/* SPDX-License-Identifier: MIT */
/*
 * http/range.h: RFC 9110 sections 14.1 and 14.2, every range of small numbers
 * against the bytes that it names, and several ranges as parts (14.6).
 */
#include "tap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "http/range.h"

#define NONE HTTP_RANGE_NONE
#define ONE HTTP_RANGE_SOME
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
	{ "bytes=1-2,x", 10, NONE, 0, 0 },
	{ "bytes=1-2,500-501,x", 1000, NONE, 0, 0 },
	{ "bytes=,", 10, NONE, 0, 0 },
	/* Several that are one, or of which one is left. */
	{ "bytes=1-2,4-5", 10, ONE, 1, 5 },
	{ "bytes=4-5, 1-2", 10, ONE, 1, 5 },
	{ "bytes=0-,-1", 10, ONE, 0, 9 },
	{ "bytes=-1,0-", 10, ONE, 0, 9 },
	{ "bytes=1-2,", 10, ONE, 1, 2 },
	{ "bytes=,1-2", 10, ONE, 1, 2 },
	{ "bytes=1-2,10-", 10, ONE, 1, 2 },
	{ "bytes=10-,-0", 10, UNSATISFIABLE, 0, 0 },
};

static void test_ranges(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct span in = tap_guarded(span_from_string(ranges[i].value));
		struct http_ranges r;

		tap_note("ranges", i);
		CHECK_EQ(http_range_parse(in, ranges[i].size, &r),
			 ranges[i].want);
		CHECK_EQ(r.count, ranges[i].want == ONE);
		if (r.count == 1) {
			CHECK_EQ(r.at[0].first, ranges[i].first);
			CHECK_EQ(r.at[0].last, ranges[i].last);
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
	struct http_ranges found;
	enum http_range r = http_range_parse(value, (u64)size, &found);
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
			CHECK_EQ((u64)i >= found.at[0].first &&
					 (u64)i <= found.at[0].last,
				 meant);
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
		struct http_ranges r;

		tap_note("length", (long long)n);
		CHECK_EQ(http_range_parse(in, 1000, &r),
			 n > SPAN("bytes=1").len ? ONE : NONE);
		tap_unguard(in);
	}
}

/* What is left of several ranges of 10,000 bytes, as text. */
static const struct {
	const char *value;
	const char *left;
} several[] = {
	{ "bytes=0-0,500-599", "0-0 500-599 " },
	/* In the order in which they were asked for. */
	{ "bytes=500-599,0-0,-1", "500-599 0-0 9999-9999 " },
	/* A part's head is about as long as the gap: one part. */
	{ "bytes=0-0,81-81", "0-81 " },
	{ "bytes=0-0,82-82", "0-0 82-82 " },
	{ "bytes=81-81,0-0", "0-81 " },
	{ "bytes=82-82,0-0", "82-82 0-0 " },
	{ "bytes=0-9,10-19", "0-19 " },
	{ "bytes=0-99,50-60", "0-99 " },
	{ "bytes=50-60,0-99", "0-99 " },
	{ "bytes=0-99,50-149", "0-149 " },
	/* One that joins two others. */
	{ "bytes=0-99,500-599,90-510", "0-599 " },
	{ "bytes=0-0,4000-4000,2000-2000,1-3999", "0-4000 " },
	/* It makes one that reaches a third by its gap alone. */
	{ "bytes=1000-1000,0-0,300-600,601-950", "0-0 300-1000 " },
	{ "bytes=0-0,500-599,20000-", "0-0 500-599 " },
	/* As many as there may be, and one more. */
	{ "bytes=0-0,100-100,200-200,300-300,400-400,500-500,600-600,700-700,"
	  "800-800,900-900,1000-1000,1100-1100,1200-1200,1300-1300,1400-1400,"
	  "1500-1500",
	  "0-0 100-100 200-200 300-300 400-400 500-500 600-600 700-700 "
	  "800-800 900-900 1000-1000 1100-1100 1200-1200 1300-1300 1400-1400 "
	  "1500-1500 " },
	{ "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,"
	  "0-0",
	  "0-0 " },
	{ "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,"
	  "0-0,0-0",
	  "" },
};

static void test_several(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(several); i++) {
		struct span in =
			tap_guarded(span_from_string(several[i].value));
		struct http_ranges r;
		char text[256];
		struct buf left = BUF(text);

		tap_note("several", i);
		CHECK_EQ(http_range_parse(in, 10000, &r),
			 *several[i].left ? ONE : NONE);
		for (unsigned k = 0; k < r.count; k++) {
			buf_put_u64(&left, r.at[k].first, 1);
			buf_put_char(&left, '-');
			buf_put_u64(&left, r.at[k].last, 1);
			buf_put_char(&left, ' ');
		}
		CHECK_EQ(span_equal(buf_span(&left),
				    span_from_string(several[i].left)),
			 true);
		tap_unguard(in);
	}
}

/* The parts as they go out, with their bytes left out. */
static void test_parts(void)
{
	struct http_parts p = {
		.ranges = { .count = 2, .at = { { 0, 4 }, { 90, 99 } } },
		.size = 100,
		.boundary = 0x0123456789abcdef,
		.type = SPAN("text/plain"),
	};
	char text[1024];
	struct buf out = BUF(text);

	http_parts_put_type(&out, &p);
	CHECK_SPAN(buf_span(&out),
		   "multipart/byteranges; boundary=0123456789abcdef");
	out.len = 0;
	for (unsigned i = 0; i <= p.ranges.count; i++)
		http_parts_put_head(&out, &p, i);
	CHECK_SPAN(buf_span(&out), "--0123456789abcdef\r\n"
				   "Content-Type: text/plain\r\n"
				   "Content-Range: bytes 0-4/100\r\n\r\n"
				   "\r\n--0123456789abcdef\r\n"
				   "Content-Type: text/plain\r\n"
				   "Content-Range: bytes 90-99/100\r\n\r\n"
				   "\r\n--0123456789abcdef--\r\n");
	CHECK_EQ(http_parts_length(&p), out.len + 5 + 10);
}

/* The longest head fits what is kept free for it. */
static void test_longest_part(void)
{
	static char type[HTTP_PART_TYPE_MAX];
	struct http_parts p = {
		.ranges = { .count = 1,
			    .at = { { LARGEST - 1, LARGEST - 1 } } },
		.size = LARGEST,
		.boundary = LARGEST,
		.type = { type, sizeof(type) },
	};
	char text[HTTP_PART_HEAD_MAX];
	struct buf out = BUF(text);

	memset(type, 'x', sizeof(type));
	http_parts_put_head(&out, &p, 0);
	CHECK_EQ(out.full, false);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_ranges);
	RUN(test_small_ranges);
	RUN(test_beginnings);
	RUN(test_several);
	RUN(test_parts);
	RUN(test_longest_part);
	return tap_end();
}
