/* SPDX-License-Identifier: MIT */
/* base/span.h: every function at its edges. */
#include "tap.h"

static void test_from_string(void)
{
	CHECK_SPAN(span_from_string("abc"), "abc");
	CHECK_SPAN(span_from_string(""), "");
}

static void test_equal(void)
{
	CHECK(span_equal(SPAN("abc"), SPAN("abc")));
	CHECK(span_equal(SPAN(""), SPAN("")));
	CHECK(!span_equal(SPAN("abc"), SPAN("abd")));
	CHECK(!span_equal(SPAN("abc"), SPAN("ab")));
	CHECK(!span_equal(SPAN("abc"), SPAN("ABC")));
	CHECK(span_equal(SPAN("a\0b"), SPAN("a\0b")));
	CHECK(!span_equal(SPAN("a\0b"), SPAN("a\0c")));
}

static void test_equal_nocase(void)
{
	CHECK(span_equal_nocase(SPAN("Host"), SPAN("hOST")));
	CHECK(!span_equal_nocase(SPAN("Host"), SPAN("Hosts")));
	CHECK(!span_equal_nocase(SPAN("Host"), SPAN("Hose")));
	/* Bytes that differ by 0x20 and are no letters. */
	CHECK(!span_equal_nocase(SPAN("@"), SPAN("`")));
	CHECK(!span_equal_nocase(SPAN("["), SPAN("{")));
	CHECK(!span_equal_nocase(SPAN("\xc4"), SPAN("\xe4")));
}

/* Of all pairs of bytes, the equal ones and the letters' cases are equal. */
static void test_nocase_of_each_pair(void)
{
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char x = (char)a;
			char y = (char)b;
			bool letter = (a | 0x20) >= 'a' && (a | 0x20) <= 'z';

			CHECK_EQ(span_equal_nocase((struct span){ &x, 1 },
						   (struct span){ &y, 1 }),
				 a == b || (letter && (a ^ b) == 0x20));
		}
}

/* Both ways round, of copies that end where memory does. */
static void check_order(struct span first, struct span second, int want)
{
	struct span a = tap_guarded(first);
	struct span b = tap_guarded(second);
	int there = span_compare(a, b);
	int back = span_compare(b, a);

	CHECK_EQ((there > 0) - (there < 0), want);
	CHECK_EQ((back > 0) - (back < 0), -want);
	tap_unguard(a);
	tap_unguard(b);
}

static void test_compare(void)
{
	check_order(SPAN("abc"), SPAN("abc"), 0);
	check_order(SPAN("abc"), SPAN("abd"), -1);
	check_order(SPAN("abc"), SPAN("ab"), 1);
	check_order(SPAN("abc"), SPAN("b"), -1);
	check_order(SPAN("B"), SPAN("a"), -1);
	/* Bytes, not characters with a sign; NUL is the first of them. */
	check_order(SPAN("\x7f"), SPAN("\x80"), -1);
	check_order(SPAN("a\0b"), SPAN("a\0c"), -1);
	check_order(SPAN("a"), SPAN("a\0"), -1);
	check_order(SPAN(""), SPAN("\0"), -1);
	CHECK_EQ(span_compare(SPAN(""), (struct span){ 0 }), 0);
	CHECK(span_compare((struct span){ 0 }, SPAN("a")) < 0);
}

static void test_starts(void)
{
	CHECK(span_starts(SPAN("bytes=0-"), SPAN("bytes=")));
	CHECK(span_starts(SPAN("bytes="), SPAN("bytes=")));
	CHECK(span_starts(SPAN(""), SPAN("")));
	CHECK(!span_starts(SPAN("byte"), SPAN("bytes=")));
	CHECK(!span_starts(SPAN("Bytes="), SPAN("bytes=")));
}

static void test_find(void)
{
	CHECK_EQ(span_find(SPAN("abcabc"), 'c'), 2);
	CHECK_EQ(span_find(SPAN("abcabc"), 'a'), 0);
	CHECK_EQ(span_find(SPAN("abcabc"), 'x'), 6);
	CHECK_EQ(span_find(SPAN(""), 'x'), 0);
	CHECK_EQ(span_find(SPAN("ab\0c"), '\0'), 2);
}

static void test_skip(void)
{
	CHECK_SPAN(span_skip(SPAN("abc"), 0), "abc");
	CHECK_SPAN(span_skip(SPAN("abc"), 2), "c");
	CHECK_SPAN(span_skip(SPAN("abc"), 3), "");
}

static int skip_too_far(void *unused)
{
	volatile size_t n = 4;

	(void)unused;
	return (int)span_skip(SPAN("abc"), n).len;
}

static void test_skip_beyond_the_end_dies(void)
{
	CHECK(tap_traps(skip_too_far, NULL));
}

static void test_trim(void)
{
	CHECK_SPAN(span_trim(SPAN(" \t a b \t")), "a b");
	CHECK_SPAN(span_trim(SPAN("a")), "a");
	CHECK_SPAN(span_trim(SPAN(" \t ")), "");
	CHECK_SPAN(span_trim(SPAN("")), "");
	/* Spaces and tabs are all there is to optional white space. */
	CHECK_SPAN(span_trim(SPAN("\r\na\n")), "\r\na\n");
	CHECK_SPAN(span_trim(SPAN("\va\f")), "\va\f");
}

static void check_number(struct span text, bool valid, u64 want)
{
	u64 v = 12345;
	struct span s = tap_guarded(text);

	CHECK_EQ(span_parse_u64(s, &v), valid);
	CHECK_EQ(v, valid ? want : 12345);
	tap_unguard(s);
}

static void test_parse_u64(void)
{
	check_number(SPAN("0"), true, 0);
	check_number(SPAN("7"), true, 7);
	check_number(SPAN("0042"), true, 42);
	check_number(SPAN("18446744073709551615"), true, ~0ULL);
	check_number(SPAN("00000000000000000000000000001"), true, 1);
	check_number(SPAN("18446744073709551616"), false, 0);
	check_number(SPAN("18446744073709551620"), false, 0);
	check_number(SPAN("28446744073709551615"), false, 0);
	check_number(SPAN("99999999999999999999"), false, 0);
	check_number(SPAN("184467440737095516150"), false, 0);
	check_number(SPAN(""), false, 0);
	check_number(SPAN("-1"), false, 0);
	check_number(SPAN("+1"), false, 0);
	check_number(SPAN(" 1"), false, 0);
	check_number(SPAN("1 "), false, 0);
	check_number(SPAN("1,2"), false, 0);
	check_number(SPAN("0x10"), false, 0);
	check_number(SPAN("1\0"), false, 0);
	check_number(SPAN("\xb2"), false, 0);
}

/* No byte but the ten digits is one. */
static void test_parse_u64_of_each_byte(void)
{
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		u64 v = 0;

		CHECK_EQ(span_parse_u64((struct span){ &byte, 1 }, &v),
			 c >= '0' && c <= '9');
	}
}

static void test_next_token(void)
{
	struct span list = tap_guarded(SPAN(",  gzip ,, br;q=1\t,\"a,b\", "));
	struct span rest = list;
	struct span token;

	CHECK(span_next_token(&rest, &token));
	CHECK_SPAN(token, "gzip");
	CHECK(span_next_token(&rest, &token));
	CHECK_SPAN(token, "br;q=1");
	CHECK(span_next_token(&rest, &token));
	CHECK_SPAN(token, "\"a");
	CHECK(span_next_token(&rest, &token));
	CHECK_SPAN(token, "b\"");
	CHECK(!span_next_token(&rest, &token));
	CHECK(!span_next_token(&rest, &token));
	tap_unguard(list);
}

static void test_next_token_of_nothing(void)
{
	struct span rest = SPAN("");
	struct span token;

	CHECK(!span_next_token(&rest, &token));
	rest = SPAN(" , ,\t,");
	CHECK(!span_next_token(&rest, &token));
	CHECK_EQ(rest.len, 0);
}

static void test_take(void)
{
	struct span whole = tap_guarded(SPAN("a,,bc,d"));
	struct span rest = whole;

	CHECK_SPAN(span_take(&rest, ','), "a");
	CHECK_SPAN(span_take(&rest, ','), "");
	CHECK_SPAN(span_take(&rest, 'c'), "b");
	CHECK_SPAN(rest, ",d");
	CHECK_SPAN(span_take(&rest, 'x'), ",d");
	CHECK_SPAN(rest, "");
	CHECK_SPAN(span_take(&rest, ','), "");
	CHECK_SPAN(rest, "");
	tap_unguard(whole);
}

static void test_take_string(void)
{
	static const char block[] = "a\0\0bc\0";
	const char *at = block;

	CHECK_SPAN(span_take_string(&at), "a");
	CHECK_SPAN(span_take_string(&at), "");
	CHECK_SPAN(span_take_string(&at), "bc");
	CHECK_EQ(at - block, 6);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_from_string);
	RUN(test_equal);
	RUN(test_equal_nocase);
	RUN(test_nocase_of_each_pair);
	RUN(test_compare);
	RUN(test_starts);
	RUN(test_find);
	RUN(test_skip);
	RUN(test_skip_beyond_the_end_dies);
	RUN(test_trim);
	RUN(test_parse_u64);
	RUN(test_parse_u64_of_each_byte);
	RUN(test_next_token);
	RUN(test_next_token_of_nothing);
	RUN(test_take);
	RUN(test_take_string);
	return tap_end();
}
