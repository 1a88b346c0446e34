/* SPDX-License-Identifier: MIT */
/*
 * http/request.h, beside the tables of test_http_request.c: every byte in
 * every place, moving a request, the values of its fields.
 */
#include "tap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "http/request.h"

/* The end of most heads. */
#define END "\r\nHost: a\r\n\r\n"

#define MAX 16384

/* What a head gives with the byte @c between @before and @after. */
static long parse_with(struct span before, int c, struct span after)
{
	char text[128];
	struct buf b = BUF(text);
	struct http_request r;

	buf_put(&b, before);
	buf_put_char(&b, (char)c);
	buf_put(&b, after);
	http_request_start(&r);
	return http_request_parse(&r, buf_span(&b), MAX);
}

static bool is_tchar(int c)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') ||
	       (c && span_find(SPAN(others), (char)c) < SPAN(others).len);
}

/* RFC 9110 sections 5.1, 5.5 and 9.1: each byte in each place. */
static void test_each_byte(void)
{
	for (int c = 0; c < 256; c++) {
		bool text = c == '\t' || (c >= 0x20 && c != 0x7f);
		bool visible = c > 0x20 && c < 0x7f;

		tap_note("byte", c);
		CHECK_EQ(parse_with(SPAN("GE"), c, SPAN("T / HTTP/1.1" END)) >
				 0,
			 is_tchar(c));
		CHECK_EQ(parse_with(SPAN("GET /"), c, SPAN("a HTTP/1.1" END)) >
				 0,
			 visible && c != '#');
		CHECK_EQ(parse_with(SPAN("GET / HTTP/1.1\r\nX"), c,
				    SPAN("Y: a" END)) > 0,
			 is_tchar(c) || c == ':');
		CHECK_EQ(parse_with(SPAN("GET / HTTP/1.1\r\nX: a"), c,
				    SPAN("b" END)) > 0,
			 text);
	}
}

/* As soon as @max bytes are there and the end is not, no more are awaited. */
static void test_limit_is_not_waited_beyond(void)
{
	struct span in = tap_guarded(SPAN("GET / HTTP/1.1" END));
	struct http_request r;

	for (size_t max = 1; max <= in.len; max++)
		for (size_t n = 0; n < in.len; n++) {
			struct span part = { in.ptr, n };

			tap_note("max", (long long)max);
			http_request_start(&r);
			CHECK_EQ(http_request_parse(&r, part, max) != 0,
				 n >= max);
		}
	tap_unguard(in);
}

static void check_span_moved(struct span a, const char *a_base, struct span b,
			     const char *b_base)
{
	CHECK_EQ(!a.ptr, !b.ptr);
	CHECK_EQ(a.len, b.len);
	if (a.ptr)
		CHECK_EQ(a.ptr - a_base, b.ptr - b_base);
}

/* Two requests, parsed from the same bytes in two places. */
static void check_moved(const struct http_request *a, const char *a_base,
			const struct http_request *b, const char *b_base)
{
	check_span_moved(a->line, a_base, b->line, b_base);
	check_span_moved(a->method_name, a_base, b->method_name, b_base);
	check_span_moved(a->target, a_base, b->target, b_base);
	check_span_moved(a->fields, a_base, b->fields, b_base);
	for (unsigned i = 0; i < HTTP_FIELDS; i++)
		check_span_moved(a->value[i], a_base, b->value[i], b_base);
	CHECK_EQ(a->repeated, b->repeated);
	CHECK_EQ(a->keep_alive, b->keep_alive);
}

#define MOVED                                                                  \
	"\r\nGET /a HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"a\"\r\n"           \
	"X: y\r\nif-none-match: \"b\"\r\nConnection: a\r\n"                    \
	"Connection: close\r\n\r\n"

/* Moved after any number of bytes by any distance: the result is the same. */
static void test_move(void)
{
	static const size_t distances[] = { 0, 1, 7, 200 };
	char text[200 + sizeof(MOVED)];
	struct span in = SPAN(MOVED);
	struct http_request want;
	struct http_request r;

	http_request_start(&want);
	CHECK_EQ(http_request_parse(&want, in, MAX), in.len);
	for (size_t cut = 0; cut <= in.len; cut++) {
		size_t distance = distances[cut % ARRAY_SIZE(distances)];
		char *from = text + distance;

		tap_note("moved after", (long long)cut);
		memcpy(from, in.ptr, cut);
		http_request_start(&r);
		long n =
			http_request_parse(&r, (struct span){ from, cut }, MAX);

		CHECK_EQ(n, cut == in.len ? (long)cut : 0);
		memmove(text, from, cut);
		http_request_move(&r, distance);
		memset(text + cut, 'Z', sizeof(text) - cut);
		memcpy(text, in.ptr, in.len);
		if (!n)
			n = http_request_parse(
				&r, (struct span){ text, in.len }, MAX);
		CHECK_EQ(n, in.len);
		check_moved(&r, text, &want, in.ptr);
	}
}

static void test_values(void)
{
	struct span in = tap_guarded(SPAN(
		"GET / HTTP/1.1\r\nIf-None-Match:  \"a\" \r\nHost: h\r\n"
		"X: If-None-Match: no\r\nIF-NONE-MATCH:\r\nRange:bytes=0-\r\n"
		"if-none-match: W/\"c\", \"d\"\r\nIf-None-Matc: no\r\n\r\n"));
	struct http_request r;
	struct span value;

	http_request_start(&r);
	CHECK_EQ(http_request_parse(&r, in, MAX), in.len);
	struct span rest = r.fields;

	CHECK(http_request_next_value(&r, HTTP_IF_NONE_MATCH, &rest, &value));
	CHECK_SPAN(value, "\"a\"");
	CHECK(http_request_next_value(&r, HTTP_IF_NONE_MATCH, &rest, &value));
	CHECK_SPAN(value, "");
	CHECK(http_request_next_value(&r, HTTP_IF_NONE_MATCH, &rest, &value));
	CHECK_SPAN(value, "W/\"c\", \"d\"");
	CHECK(!http_request_next_value(&r, HTTP_IF_NONE_MATCH, &rest, &value));
	CHECK(!http_request_next_value(&r, HTTP_IF_NONE_MATCH, &rest, &value));
	CHECK_SPAN(r.value[HTTP_IF_NONE_MATCH], "\"a\"");
	CHECK_SPAN(http_request_single(&r, HTTP_RANGE), "bytes=0-");
	CHECK(!http_request_single(&r, HTTP_IF_NONE_MATCH).ptr);
	CHECK(!http_request_single(&r, HTTP_IF_MATCH).ptr);
	CHECK_EQ(r.repeated, 1U << HTTP_IF_NONE_MATCH);
	CHECK_SPAN(r.line, "GET / HTTP/1.1");
	CHECK_SPAN(r.method_name, "GET");
	tap_unguard(in);
}

/* Any field, by its name: the first of that name, of whatever value. */
static void test_find(void)
{
	struct span head = SPAN("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n"
				"X-Y:\t2 \r\nx: 3\r\nEmpty:\r\n\r\n");
	struct http_request r;

	http_request_start(&r);
	CHECK_EQ(http_request_parse(&r, head, MAX), head.len);
	CHECK_SPAN(http_request_find(&r, SPAN("x")), "1");
	CHECK_SPAN(http_request_find(&r, SPAN("X-y")), "2");
	CHECK_SPAN(http_request_find(&r, SPAN("host")), "a");
	CHECK(http_request_find(&r, SPAN("empty")).ptr);
	CHECK_SPAN(http_request_find(&r, SPAN("empty")), "");
	CHECK(!http_request_find(&r, SPAN("X-")).ptr);
	CHECK(!http_request_find(&r, SPAN("")).ptr);
	http_request_start(&r);
	CHECK(!http_request_find(&r, SPAN("host")).ptr);
}

/* What a field line can be made of, byte by byte. */
static void test_is_field(void)
{
	CHECK(http_request_is_field(SPAN("a"), SPAN("")));
	CHECK(http_request_is_field(SPAN("a"), SPAN(" b ")));
	CHECK(!http_request_is_field(SPAN(""), SPAN("b")));
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		struct span s = { &byte, 1 };

		tap_note("byte", c);
		CHECK_EQ(http_request_is_field(s, SPAN("")), is_tchar(c));
		CHECK_EQ(http_request_is_field(SPAN("a"), s),
			 c == '\t' || (c >= ' ' && c != 127));
	}
}

/* A byte in a value that ends where memory does. */
static void check_value(struct span value, size_t at, int c)
{
	char *text = (char *)(unsigned long)value.ptr;

	tap_note("byte", c);
	text[at] = (char)c;
	CHECK_EQ(http_request_is_field(SPAN("a"), value),
		 c == '\t' || (c >= ' ' && c != 127));
	text[at] = 'x';
}

/* Values are looked at in words: each byte at each place of some lengths. */
static void test_is_value(void)
{
	struct span all = SPAN("xxxxxxxxxxxxxxxxxxxxxxxx");

	for (size_t length = 1; length <= all.len; length++) {
		struct span value =
			tap_guarded((struct span){ all.ptr, length });

		for (size_t at = 0; at < length; at++)
			for (int c = 0; c < 256; c++)
				check_value(value, at, c);
	}
}

/* Every name of enum http_field is found, in either case, and no other. */
static void test_each_field(void)
{
	static const char *const names[HTTP_FIELDS] = {
		[HTTP_ACCEPT_ENCODING] = "Accept-Encoding",
		[HTTP_CONNECTION] = "Connection",
		[HTTP_CONTENT_LENGTH] = "Content-Length",
		[HTTP_EXPECT] = "Expect",
		[HTTP_HOST] = "Host",
		[HTTP_IF_MATCH] = "If-Match",
		[HTTP_IF_MODIFIED_SINCE] = "If-Modified-Since",
		[HTTP_IF_NONE_MATCH] = "If-None-Match",
		[HTTP_IF_RANGE] = "If-Range",
		[HTTP_IF_UNMODIFIED_SINCE] = "If-Unmodified-Since",
		[HTTP_RANGE] = "Range",
		[HTTP_REFERER] = "Referer",
		[HTTP_TRANSFER_ENCODING] = "Transfer-Encoding",
		[HTTP_USER_AGENT] = "User-Agent",
		[HTTP_X_FORWARDED_FOR] = "X-Forwarded-For",
	};
	char text[128];

	for (unsigned i = 0; i < HTTP_FIELDS; i++) {
		struct buf b = BUF(text);
		struct http_request r;

		tap_note("field", i);
		buf_puts(&b, "GET / HTTP/1.1\r\n");
		buf_put(&b, span_from_string(names[i]));
		buf_puts(&b, ": 1\r\n");
		struct span line = buf_span(&b);

		http_request_start(&r);
		CHECK_EQ(http_request_parse(&r, line, MAX), 0);
		for (unsigned f = 0; f < HTTP_FIELDS; f++)
			CHECK_EQ(!!r.value[f].ptr, f == i);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_each_byte);
	RUN(test_limit_is_not_waited_beyond);
	RUN(test_move);
	RUN(test_values);
	RUN(test_find);
	RUN(test_is_field);
	RUN(test_is_value);
	RUN(test_each_field);
	return tap_end();
}
