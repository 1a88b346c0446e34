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
	return tap_end();
}
