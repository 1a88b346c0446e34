/* SPDX-License-Identifier: MIT */
/* base/buf.h: what is written, and that an overflow sticks. */
#include "base/buf.h"
#include "base/mem.h"
#include "tap.h"

static void test_put(void)
{
	char memory[8];
	struct buf b = BUF(memory);

	CHECK_SPAN(buf_span(&b), "");
	buf_puts(&b, "abc");
	buf_put(&b, SPAN(""));
	buf_put_char(&b, 'd');
	CHECK_SPAN(buf_span(&b), "abcd");
	CHECK(!b.full);
}

static void test_exactly_full(void)
{
	char memory[4];
	struct buf b = BUF(memory);

	buf_puts(&b, "abcd");
	CHECK(!b.full);
	CHECK_SPAN(buf_span(&b), "abcd");
	buf_puts(&b, "");
	CHECK(!b.full);
	buf_put_char(&b, 'e');
	CHECK(b.full);
	CHECK_SPAN(buf_span(&b), "abcd");
}

/* What does not fit is not cut, and what follows is not written either. */
static void test_overflow_sticks(void)
{
	char memory[6] = "......";
	struct buf b = { memory, 0, 5, false };

	buf_puts(&b, "abc");
	buf_puts(&b, "def");
	CHECK(b.full);
	buf_puts(&b, "g");
	buf_put_char(&b, 'h');
	buf_put_u64(&b, 1, 1);
	CHECK(b.full);
	CHECK_SPAN(buf_span(&b), "abc");
	CHECK_SPAN(((struct span){ memory, 6 }), "abc...");
}

/* A length that would wrap around in len + n <= cap. */
static void test_huge_length(void)
{
	char memory[4];
	struct buf b = BUF(memory);

	buf_puts(&b, "ab");
	buf_put(&b, (struct span){ memory, (size_t)-1 });
	CHECK(b.full);
	CHECK_EQ(b.len, 2);
}

static void check_u64(u64 v, unsigned width, struct span want)
{
	char memory[40];
	struct buf b = BUF(memory);

	buf_put_u64(&b, v, width);
	CHECK(!b.full);
	CHECK(span_equal(buf_span(&b), want));
}

static void test_put_u64(void)
{
	check_u64(0, 1, SPAN("0"));
	check_u64(0, 0, SPAN("0"));
	check_u64(9, 1, SPAN("9"));
	check_u64(10, 1, SPAN("10"));
	check_u64(7, 2, SPAN("07"));
	check_u64(123, 2, SPAN("123"));
	check_u64(42, 6, SPAN("000042"));
	check_u64(~0ULL, 1, SPAN("18446744073709551615"));
	check_u64(1, 20, SPAN("00000000000000000001"));
	/* Twenty digits are the widest there is. */
	check_u64(1, 30, SPAN("00000000000000000001"));
}

/* Writing and reading are each other's inverse, at each power of two. */
static void test_u64_round_trip(void)
{
	for (unsigned bit = 0; bit < 64; bit++)
		for (unsigned long long less = 0; less < 2; less++) {
			char memory[20];
			struct buf b = BUF(memory);
			u64 v = (1ULL << bit) - less;
			u64 back = ~v;

			buf_put_u64(&b, v, 1);
			CHECK(!b.full);
			CHECK(span_parse_u64(buf_span(&b), &back));
			CHECK_EQ(back, v);
		}
}

static void test_put_hex(void)
{
	char memory[48];
	struct buf b = BUF(memory);

	buf_put_hex(&b, 0);
	buf_put_hex(&b, 0x0123456789abcdefULL);
	buf_put_hex(&b, ~0ULL);
	CHECK_SPAN(buf_span(&b), "0000000000000000"
				 "0123456789abcdef"
				 "ffffffffffffffff");
	CHECK(!b.full);
}

static void test_put_escaped(void)
{
	char memory[100];
	struct buf b = BUF(memory);

	buf_put_escaped(&b, SPAN("GET /a\"b\\c\r\n\t\0\x1b[0m\x7f\x80\xff ~"),
			'"');
	CHECK_SPAN(buf_span(&b), "GET /a\\x22b\\x5cc\\x0d\\x0a\\x09\\x00"
				 "\\x1b[0m\\x7f\\x80\\xff ~");
	b.len = 0;
	buf_put_escaped(&b, SPAN("\"\0"), 0);
	CHECK_SPAN(buf_span(&b), "\"\\x00");
}

/* Whatever goes in, what comes out is printable ASCII without the quote. */
static void test_escaped_is_printable(void)
{
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		char memory[4];
		struct buf b = BUF(memory);

		buf_put_escaped(&b, (struct span){ &byte, 1 }, '"');
		CHECK(!b.full);
		CHECK(b.len == 1 ? b.ptr[0] == byte
				 : b.len == 4 && b.ptr[0] == '\\');
		for (size_t i = 0; i < b.len; i++)
			CHECK(b.ptr[i] >= 0x20 && b.ptr[i] < 0x7f &&
			      b.ptr[i] != '"');
	}
}

static const struct {
	struct span in;
	struct span out;
} json[] = {
#define ROW(in, out)                                                           \
	{                                                                      \
		{ in, sizeof(in) - 1 },                                        \
		{                                                              \
			out, sizeof(out) - 1                                   \
		}                                                              \
	}
	ROW("", ""),
	ROW("GET /~a?b=c&d'e", "GET /~a?b=c&d'e"),
	ROW("\"\\</\r\n\t\0\x1b\x7f",
	    "\\u0022\\u005c\\u003c/\\u000d\\u000a\\u0009\\u0000\\u001b\\u007f"),
	/* The first and the last character of each length: RFC 3629. */
	ROW("\xc2\xa0\xdf\xbf", "\xc2\xa0\xdf\xbf"),
	ROW("\xe0\xa0\x80\xef\xbf\xbf", "\xe0\xa0\x80\xef\xbf\xbf"),
	ROW("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
	    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	ROW("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"),
	/* Control characters beyond ASCII, and line ends of scripts. */
	ROW("\xc2\x80\xc2\x9f", "\\u0080\\u009f"),
	ROW("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xb0",
	    "\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xb0"),
	/* Not UTF-8, each byte for itself: alone, cut off, longer than need
	 * be, half of a pair, behind the last character. */
	ROW("\x80\xbf\xc0\xff", "\\u0080\\u00bf\\u00c0\\u00ff"),
	ROW("\xe4", "\\u00e4"),
	ROW("a\xc3", "a\\u00c3"),
	ROW("\xe2\x82", "\\u00e2\\u0082"),
	ROW("\xf0\x9f\x98", "\\u00f0\\u009f\\u0098"),
	ROW("\xc3z", "\\u00c3z"),
	ROW("\xc0\xaf\xc1\xbf", "\\u00c0\\u00af\\u00c1\\u00bf"),
	ROW("\xe0\x9f\xbf", "\\u00e0\\u009f\\u00bf"),
	ROW("\xf0\x8f\xbf\xbf", "\\u00f0\\u008f\\u00bf\\u00bf"),
	ROW("\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"),
	ROW("\xed\xbf\xbf", "\\u00ed\\u00bf\\u00bf"),
	ROW("\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"),
	ROW("\xf5\x80\x80\x80", "\\u00f5\\u0080\\u0080\\u0080"),
	ROW("\xf9\x80\x80\x80", "\\u00f9\\u0080\\u0080\\u0080"),
#undef ROW
};

static void test_put_json(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(json); i++) {
		char memory[100];
		struct buf b = BUF(memory);
		struct span in = tap_guarded(json[i].in);

		buf_put_json(&b, in);
		tap_note("json", i);
		CHECK(!b.full);
		CHECK(span_equal(buf_span(&b), json[i].out));
		tap_unguard(in);
	}
	tap_note(NULL, 0);
}

/* What does not fit is left out whole. */
static void test_json_is_cut_between_characters(void)
{
	for (size_t cap = 0; cap < 14; cap++) {
		char memory[14];
		struct buf b = { memory, 0, cap, false };

		buf_put_json(&b, SPAN("a\xe2\x82\xac\""));
		tap_note("room", (long long)cap);
		CHECK_EQ(b.len, cap < 1 ? 0 : cap < 4 ? 1 : cap < 10 ? 4 : 10);
	}
	tap_note(NULL, 0);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_put);
	RUN(test_exactly_full);
	RUN(test_overflow_sticks);
	RUN(test_huge_length);
	RUN(test_put_u64);
	RUN(test_u64_round_trip);
	RUN(test_put_hex);
	RUN(test_put_escaped);
	RUN(test_escaped_is_printable);
	RUN(test_put_json);
	RUN(test_json_is_cut_between_characters);
	return tap_end();
}
