/* SPDX-License-Identifier: MIT */
/*
 * http/body.h: bodies by RFC 9112 sections 6.2 and 7.1, whole, cut in two at
 * every place and byte by byte, each part where memory ends behind it.
 */
#include "tap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "http/body.h"

#define TEXT(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

#define PLENTY (1ULL << 40)

static struct http_body start(enum http_framing framing, u64 length, u64 max)
{
	struct http_request r;
	struct http_body b;

	http_request_start(&r);
	r.framing = framing;
	r.content_length = length;
	http_body_start(&b, &r, max);
	return b;
}

/*
 * Decode @part as a driver does and append the payload to @out.
 * Return: how much was taken, or the error.
 */
static long decode(struct http_body *b, struct span part, struct buf *out)
{
	size_t used = 0;

	while (used < part.len && b->state != HTTP_BODY_DONE) {
		struct span rest = span_skip(part, used);
		struct span data;
		long n = http_body_decode(b, rest, &data);

		if (n < 0)
			return n;
		/* What is payload is a part of what was taken. */
		if (!CHECK(n > 0 && (size_t)n <= rest.len) ||
		    !CHECK(data.ptr >= rest.ptr &&
			   data.ptr + data.len <= rest.ptr + n))
			return -1;
		buf_put(out, data);
		used += (size_t)n;
	}
	return (long)used;
}

/* The same of a copy that ends where memory ends. */
static long decode_guarded(struct http_body *b, struct span in, size_t from,
			   size_t to, struct buf *out)
{
	struct span part =
		tap_guarded((struct span){ in.ptr + from, to - from });
	long n = decode(b, part, out);

	tap_unguard(part);
	return n;
}

struct result {
	long used; /* of all parts, or the error */
	bool done;
	u64 total;
};

static struct result result(const struct http_body *b, long used)
{
	return (struct result){ used, b->state == HTTP_BODY_DONE, b->total };
}

/* @in in two parts. */
static struct result in_two(struct http_body b, struct span in, size_t cut,
			    struct buf *out)
{
	long first = decode_guarded(&b, in, 0, cut, out);

	if (first < 0 || b.state == HTTP_BODY_DONE)
		return result(&b, first);
	CHECK_EQ(first, cut);
	long second = decode_guarded(&b, in, cut, in.len, out);

	return result(&b, second < 0 ? second : first + second);
}

static struct result in_bytes(struct http_body b, struct span in,
			      struct buf *out)
{
	long used = 0;

	for (size_t i = 0; i < in.len && b.state != HTTP_BODY_DONE; i++) {
		long n = decode_guarded(&b, in, i, i + 1, out);

		if (n < 0)
			return result(&b, n);
		CHECK_EQ(n, 1);
		used += n;
	}
	return result(&b, used);
}

static void check_result(struct result r, const struct buf *out, long used,
			 bool done, struct span payload)
{
	CHECK_EQ(r.used, used);
	CHECK_EQ(r.total, out->len);
	if (used < 0)
		return;
	CHECK_EQ(r.done, done);
	CHECK(span_equal(buf_span(out), payload));
}

/* @used bytes of @in are @payload, and @done; however @in is cut. */
static void check(struct http_body b, struct span in, long used, bool done,
		  struct span payload)
{
	char text[256];
	struct buf out = BUF(text);

	CHECK_EQ(b.state == HTTP_BODY_DONE, done && !in.len);
	struct result r = in_bytes(b, in, &out);

	check_result(r, &out, used, done, payload);
	for (size_t cut = 0; cut <= in.len; cut++) {
		out.len = 0;
		r = in_two(b, in, cut, &out);
		check_result(r, &out, used, done, payload);
	}
}

static void test_length(void)
{
	struct span in = SPAN("hello, world");

	for (size_t n = 1; n <= in.len; n++) {
		tap_note("length", (long long)n);
		check(start(HTTP_LENGTH, n, PLENTY), in, (long)n, true,
		      (struct span){ in.ptr, n });
	}
	check(start(HTTP_LENGTH, in.len + 1, PLENTY), in, (long)in.len, false,
	      in);
	check(start(HTTP_LENGTH, ~0ULL, PLENTY), in, (long)in.len, false, in);
}

static void test_no_body(void)
{
	struct http_body b = start(HTTP_NO_BODY, 0, PLENTY);
	struct span data;

	CHECK_EQ(b.state, HTTP_BODY_DONE);
	CHECK_EQ(http_body_decode(&b, SPAN("GET"), &data), 0);
	CHECK_EQ(data.len, 0);
}

static void test_nothing_to_decode(void)
{
	struct http_body b = start(HTTP_LENGTH, 3, PLENTY);
	struct span data;

	CHECK_EQ(http_body_decode(&b, SPAN(""), &data), 0);
	CHECK_EQ(data.len, 0);
	b = start(HTTP_CHUNKED, 0, PLENTY);
	CHECK_EQ(http_body_decode(&b, SPAN(""), &data), 0);
	CHECK_EQ(data.len, 0);
	CHECK_EQ(b.state, HTTP_BODY_SIZE_FIRST);
}

/* RFC 9112 section 7.1; what follows the end is the next request's. */
static const struct {
	struct span in;
	struct span payload;
	size_t behind; /* bytes that are not taken */
} bodies[] = {
	{ TEXT("0\r\n\r\n"), TEXT(""), 0 },
	{ TEXT("0\r\n\r\nGET / HTTP/1.1"), TEXT(""), 14 },
	{ TEXT("5\r\nhello\r\n0\r\n\r\n"), TEXT("hello"), 0 },
	{ TEXT("5\r\nhello\r\n2\r\n, \r\n5\r\nworld\r\n0\r\n\r\n\r\n"),
	  TEXT("hello, world"), 2 },
	{ TEXT("a\r\n0123456789\r\n0\r\n\r\n"), TEXT("0123456789"), 0 },
	{ TEXT("A\r\n0123456789\r\n0\r\n\r\n"), TEXT("0123456789"), 0 },
	{ TEXT("0B\r\n0123456789a\r\n00\r\n\r\n"), TEXT("0123456789a"), 0 },
	/* Payload is not looked at. */
	{ TEXT("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), TEXT("\r\n0\r\n\r\n"), 0 },
	{ TEXT("3\r\n\0\xff\n\r\n0\r\n\r\n"), TEXT("\0\xff\n"), 0 },
	/* Sixteen digits, and zeros before those that count. */
	{ TEXT("0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n"),
	  TEXT("abc"), 0 },
	{ TEXT("00000000000000003\r\nabc\r\n00000000000000000\r\n\r\n"),
	  TEXT("abc"), 0 },
	/* Section 7.1.1: extensions are passed over. */
	{ TEXT("1;\r\nx\r\n0;a=b;c=\"d e\"\r\n\r\n"), TEXT("x"), 0 },
	{ TEXT("1 \t; a = b\r\nx\r\n0 ;\r\n\r\n"), TEXT("x"), 0 },
	{ TEXT("1;\t\x80~\r\nx\r\n0\r\n\r\n"), TEXT("x"), 0 },
	/* Section 7.1.2: so are trailers. */
	{ TEXT("0\r\nA: b\r\n\r\nX"), TEXT(""), 1 },
	{ TEXT("0\r\nA:\r\nB-c: d:e \t\x80\r\n\r\n"), TEXT(""), 0 },
};

static void test_chunked(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct span in = bodies[i].in;

		tap_note("bodies", i);
		check(start(HTTP_CHUNKED, 0, PLENTY), in,
		      (long)(in.len - bodies[i].behind), true,
		      bodies[i].payload);
	}
}

/* Every shorter part of a body is neither an error nor complete. */
static void test_incomplete(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct span in = bodies[i].in;
		char text[64];

		tap_note("bodies", i);
		for (size_t n = 0; n < in.len - bodies[i].behind; n++) {
			struct http_body b = start(HTTP_CHUNKED, 0, PLENTY);
			struct buf out = BUF(text);

			CHECK_EQ(decode_guarded(&b, in, 0, n, &out), n);
			CHECK(b.state != HTTP_BODY_DONE);
		}
	}
}

static const struct span malformed[] = {
	/* A trailer field's name is a token, as a field's. */
	TEXT("0\r\nA\x80: b\r\n\r\n"),
	TEXT("0\r\n\x80: b\r\n\r\n"),
	TEXT("0\r\nA(b): c\r\n\r\n"),
	TEXT("\r\n"),
	TEXT(" 5\r\nhello"),
	TEXT("+5\r\nhello"),
	TEXT("-5\r\nhello"),
	TEXT("0x5\r\nhello"),
	TEXT("g\r\n"),
	TEXT(";a\r\n"),
	TEXT("\n"),
	TEXT("5\nhello"),
	TEXT("5\r\rhello"),
	TEXT("5\rhello"),
	TEXT("5,\r\nhello"),
	TEXT("5 5\r\nhello"),
	TEXT("5 \r\nhello"),
	TEXT("5\0\r\nhello"),
	TEXT("5;a\nhello"),
	TEXT("5;a\rb\r\nhello"),
	TEXT("5;a\0\r\nhello"),
	TEXT("5;a\x7f\r\nhello"),
	TEXT("5\r\nhello0\r\n\r\n"),
	TEXT("5\r\nhello\n0\r\n\r\n"),
	TEXT("5\r\nhello\n\n0\r\n\r\n"),
	TEXT("5\r\nhello!\n0\r\n\r\n"),
	TEXT("5\r\nhello\r0\r\n\r\n"),
	TEXT("5\r\nhello\r\r\n0\r\n\r\n"),
	TEXT("5\r\nhello!\r\n0\r\n\r\n"),
	TEXT("5\r\nhello\r\n\r\n0\r\n\r\n"),
	TEXT("0\r\n\n"),
	TEXT("0\r\n\r\r\n"),
	TEXT("0\r\n\rX"),
	TEXT("0\r\nA\r\n\r\n"),
	TEXT("0\r\nA : b\r\n\r\n"),
	TEXT("0\r\n: b\r\n\r\n"),
	TEXT("0\r\n A: b\r\n\r\n"),
	TEXT("0\r\n\tA: b\r\n\r\n"),
	TEXT("0\r\nA: b\r\n c\r\n\r\n"),
	TEXT("0\r\nA: b\n\r\n"),
	TEXT("0\r\nA: b\rc\r\n\r\n"),
	TEXT("0\r\nA: b\0\r\n\r\n"),
	TEXT("0\r\nA\0: b\r\n\r\n"),
	/* 17 digits that count: more than 2^64. */
	TEXT("10000000000000000\r\n"),
	TEXT("010000000000000000\r\n"),
	TEXT("fffffffffffffffff\r\n"),
};

static void test_malformed(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(malformed); i++) {
		tap_note("malformed", i);
		check(start(HTTP_CHUNKED, 0, PLENTY), malformed[i], -400, false,
		      SPAN(""));
	}
}

/* Payload may be as long as allowed, and not a byte longer. */
static void test_longest(void)
{
	struct span in = SPAN("3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");

	check(start(HTTP_CHUNKED, 0, 8), in, (long)in.len, true,
	      SPAN("abcdefg"));
	check(start(HTTP_CHUNKED, 0, 7), in, (long)in.len, true,
	      SPAN("abcdefg"));
	for (u64 max = 0; max < 7; max++) {
		tap_note("max", (long long)max);
		check(start(HTTP_CHUNKED, 0, max), in, -413, false, SPAN(""));
	}
	check(start(HTTP_CHUNKED, 0, 0), SPAN("0\r\n\r\n"), 5, true, SPAN(""));
}

/* The size alone is enough: the payload is not waited for. */
static void test_too_long_is_known_early(void)
{
	check(start(HTTP_CHUNKED, 0, 9), SPAN("a\r\n"), -413, false, SPAN(""));
	check(start(HTTP_CHUNKED, 0, 9), SPAN("1\r\nx\r\n9;e\r\n"), -413, false,
	      SPAN(""));
	/* A sum of the two that is 2^64 does not wrap around. */
	check(start(HTTP_CHUNKED, 0, PLENTY),
	      SPAN("1\r\nx\r\nffffffffffffffff\r\n"), -413, false, SPAN(""));
	check(start(HTTP_CHUNKED, 0, ~0ULL),
	      SPAN("1\r\nx\r\nffffffffffffffff\r\n"), -413, false, SPAN(""));
	check(start(HTTP_CHUNKED, 0, ~0ULL), SPAN("ffffffffffffffff\r\nx"), 19,
	      false, SPAN("x"));
}

/* Decode @text @count times in a row. */
static long repeat(struct http_body *b, struct span text, unsigned count)
{
	struct span data;
	long n = 0;

	for (unsigned i = 0; i < count && n >= 0; i++) {
		struct span rest = text;

		while (rest.len && n >= 0) {
			n = http_body_decode(b, rest, &data);
			if (n > 0)
				rest = span_skip(rest, (size_t)n);
		}
	}
	return n < 0 ? n : 0;
}

/* What is in extensions and trailers is bounded over the whole body. */
static void test_overhead(void)
{
	unsigned most = HTTP_CHUNK_OVERHEAD_MAX;
	struct http_body b = start(HTTP_CHUNKED, 0, PLENTY);

	/* The few bytes of structure may or may not be counted. */
	CHECK_EQ(repeat(&b, SPAN("1;"), 1), 0);
	CHECK_EQ(repeat(&b, SPAN("x"), most - 16), 0);
	CHECK_EQ(repeat(&b, SPAN("\r\nx\r\n0\r\n\r\n"), 1), 0);
	CHECK_EQ(b.state, HTTP_BODY_DONE);

	b = start(HTTP_CHUNKED, 0, PLENTY);
	CHECK_EQ(repeat(&b, SPAN("1;"), 1), 0);
	CHECK_EQ(repeat(&b, SPAN("x"), most + 16), -400);

	b = start(HTTP_CHUNKED, 0, PLENTY);
	CHECK_EQ(repeat(&b, SPAN("0\r\n"), 1), 0);
	CHECK_EQ(repeat(&b, SPAN("a: b\r\n"), most / 6 - 4), 0);
	CHECK_EQ(repeat(&b, SPAN("\r\n"), 1), 0);
	CHECK_EQ(b.state, HTTP_BODY_DONE);

	b = start(HTTP_CHUNKED, 0, PLENTY);
	CHECK_EQ(repeat(&b, SPAN("0\r\n"), 1), 0);
	CHECK_EQ(repeat(&b, SPAN("a: b\r\n"), most / 6 + 4), -400);

	/* Many small ones are as bad as a large one. */
	b = start(HTTP_CHUNKED, 0, PLENTY);
	CHECK_EQ(repeat(&b, SPAN("1;eeeeee\r\nx\r\n"), most / 6 + 4), -400);
	b = start(HTTP_CHUNKED, 0, PLENTY);
	CHECK_EQ(repeat(&b, SPAN("1        ;\r\nx\r\n"), most / 7), -400);
}

/* Chunks without anything of that are not overhead, however many there are. */
static void test_many_chunks(void)
{
	struct http_body b = start(HTTP_CHUNKED, 0, PLENTY);

	CHECK_EQ(repeat(&b,
			SPAN("40\r\n0123456789abcdef0123456789abcdef"
			     "0123456789abcdef0123456789abcdef\r\n"),
			16384),
		 0);
	CHECK_EQ(repeat(&b, SPAN("0\r\n\r\n"), 1), 0);
	CHECK_EQ(b.state, HTTP_BODY_DONE);
	CHECK_EQ(b.total, 1 << 20);
}

/* Zeros before a size do not go on for ever. */
static void test_endless_size(void)
{
	struct http_body b = start(HTTP_CHUNKED, 0, PLENTY);

	CHECK_EQ(repeat(&b, SPAN("00000000000000000000000000000000"), 100000),
		 -400);
}

/* No byte but the digits is one. */
static void test_each_digit(void)
{
	for (int c = 0; c < 256; c++) {
		struct http_body b = start(HTTP_CHUNKED, 0, PLENTY);
		char byte = (char)c;
		struct span data;
		long n = http_body_decode(&b, (struct span){ &byte, 1 }, &data);

		tap_note("byte", c);
		CHECK_EQ(n, (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
					    (c >= 'A' && c <= 'F')
				    ? 1
				    : -400);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_length);
	RUN(test_no_body);
	RUN(test_nothing_to_decode);
	RUN(test_chunked);
	RUN(test_incomplete);
	RUN(test_malformed);
	RUN(test_longest);
	RUN(test_too_long_is_known_early);
	RUN(test_overhead);
	RUN(test_many_chunks);
	RUN(test_endless_size);
	RUN(test_each_digit);
	return tap_end();
}
