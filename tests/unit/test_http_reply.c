/* SPDX-License-Identifier: MIT */
/* http/reply.h: whole heads, byte by byte, and how long one can get. */
#include "tap.h"
#include "http/reply.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define LAST "Last-Modified: " DATE "\r\n"
#define NOSNIFF "X-Content-Type-Options: nosniff\r\n"
#define STATUS(status) "HTTP/1.1 " status "\r\nDate: " DATE "\r\n"

#define TEXT(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* A representation of 1234 bytes. */
#define HTML TEXT("text/html")
#define VALIDATORS                                                             \
	{                                                                      \
		TEXT("\"abc\""), 784111777                                     \
	}

static const struct {
	struct http_reply reply;
	const char *head;
} replies[] = {
	{ { .status = 200,
	    .ranges = true,
	    .has_content = true,
	    .content_length = 1234,
	    .validators = VALIDATORS,
	    .content_type = HTML },
	  STATUS("200 OK") "Content-Type: text/html\r\n"
			   "Content-Length: 1234\r\nETag: \"abc\"\r\n" LAST
			   "Accept-Ranges: bytes\r\n" NOSNIFF "\r\n" },
	{ { .status = 200, .has_content = true },
	  STATUS("200 OK") "Content-Length: 0\r\n" NOSNIFF "\r\n" },
	/* RFC 9110 section 15.3.7.1. */
	{ { .status = 206,
	    .has_content = true,
	    .content_range = true,
	    .content_length = 500,
	    .first = 9500,
	    .last = 9999,
	    .size = 10000 },
	  STATUS("206 Partial Content") "Content-Length: 500\r\n"
					"Content-Range: bytes 9500-9999/10000"
					"\r\n" NOSNIFF "\r\n" },
	{ { .status = 206,
	    .content_range = true,
	    .first = ~0ULL - 1,
	    .last = ~0ULL - 1,
	    .size = ~0ULL },
	  STATUS("206 Partial Content") "Content-Range: bytes "
					"18446744073709551614-"
					"18446744073709551614/"
					"18446744073709551615\r\n" NOSNIFF
					"\r\n" },
	/* Section 15.5.17. */
	{ { .status = 416, .content_range = true, .first = 1, .size = 10 },
	  STATUS("416 Range Not Satisfiable") "Content-Range: bytes "
					      "*/10\r\n" NOSNIFF "\r\n" },
	/* Section 15.4.5: what the cache has already is left out. */
	{ { .status = 304, .validators = VALIDATORS },
	  STATUS("304 Not Modified") "ETag: \"abc\"\r\n" NOSNIFF "\r\n" },
	{ { .status = 304, .validators = { .last_modified = 784111777 } },
	  STATUS("304 Not Modified") LAST NOSNIFF "\r\n" },
	{ { .status = 301, .location = TEXT("/a/?b"), .close = true },
	  STATUS("301 Moved Permanently") "Location: /a/?b\r\n" NOSNIFF
					  "Connection: close\r\n\r\n" },
	/* What is about the content was written before. */
	{ { .status = 200,
	    .ranges = true,
	    .has_content = true,
	    .content_length = 1234,
	    .validators = VALIDATORS,
	    .content_type = HTML,
	    .prepared = TEXT("A: b\r\n") },
	  STATUS("200 OK") "A: b\r\n" NOSNIFF "\r\n" },
	/* RFC 9112 section 6.1: chunks, or the end of the connection. */
	{ { .status = 200,
	    .has_content = true,
	    .chunked = true,
	    .content_length = HTTP_LENGTH_UNKNOWN },
	  STATUS("200 OK") "Transfer-Encoding: chunked\r\n" NOSNIFF "\r\n" },
	{ { .status = 200,
	    .has_content = true,
	    .close = true,
	    .content_length = HTTP_LENGTH_UNKNOWN },
	  STATUS("200 OK") NOSNIFF "Connection: close\r\n\r\n" },
	{ { .status = 204, .fields = TEXT("A: b\r\nC: d\r\n") },
	  STATUS("204 No Content") "A: b\r\nC: d\r\n" NOSNIFF "\r\n" },
	{ { .status = 405,
	    .allow = TEXT("GET, HEAD, OPTIONS"),
	    .offer_keep_alive = true },
	  STATUS("405 Method Not Allowed") "Allow: GET, HEAD, "
					   "OPTIONS\r\n" NOSNIFF
					   "Connection: keep-alive\r\n\r\n" },
	/* Both at once: the connection ends. */
	{ { .status = 503,
	    .retry_after = TEXT("1"),
	    .close = true,
	    .offer_keep_alive = true },
	  STATUS("503 Service Unavailable") "Retry-After: 1\r\n" NOSNIFF
					    "Connection: close\r\n\r\n" },
	{ { .status = 204 }, STATUS("204 No Content") NOSNIFF "\r\n" },
	{ { .status = 299 }, STATUS("299 Unknown") NOSNIFF "\r\n" },
};

/* Each head in all of its bytes, and in one byte too few. */
static void test_heads(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(replies); i++) {
		char text[HTTP_REPLY_HEAD_MAX];
		struct span want = span_from_string(replies[i].head);
		struct buf b = { text, 0, want.len, false };

		tap_note("replies", i);
		http_reply_put_head(&b, &replies[i].reply,
				    SPAN("Date: " DATE "\r\n"));
		CHECK(!b.full);
		tap_check_span(buf_span(&b), want, "head", __FILE__, __LINE__);
		b = (struct buf){ text, 0, want.len - 1, false };
		http_reply_put_head(&b, &replies[i].reply,
				    SPAN("Date: " DATE "\r\n"));
		CHECK(b.full);
	}
}

/* Everything at once, numbers at their longest, fits. */
static void test_longest(void)
{
	char text[HTTP_REPLY_HEAD_MAX];
	struct buf b = BUF(text);
	struct http_reply r = {
		.status = 431,
		.close = true,
		.ranges = true,
		.has_content = true,
		.content_range = true,
		.content_length = ~0ULL,
		.first = ~0ULL,
		.last = ~0ULL,
		.size = ~0ULL,
		.validators = { SPAN("\"0123456789abcdef-0123456789abcdef\""),
				253402300799 },
		.content_type =
			SPAN("application/vnd.openxmlformats-officedocument."
			     "presentationml.presentation"),
		.allow = SPAN("GET, HEAD, OPTIONS"),
		.retry_after = SPAN("86400"),
	};

	http_reply_put_head(&b, &r, SPAN("Date: " DATE "\r\n"));
	CHECK(!b.full);
	CHECK(b.len < HTTP_REPLY_HEAD_MAX);
}

/* RFC 9110 section 15, RFC 6585 section 5. */
static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 304, "Not Modified" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static void test_reasons(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(reasons); i++) {
		tap_note("status", reasons[i].status);
		tap_check_span(http_reason(reasons[i].status),
			       span_from_string(reasons[i].reason), "reason",
			       __FILE__, __LINE__);
	}
	CHECK_SPAN(http_reason(0), "Unknown");
	CHECK_SPAN(http_reason(-400), "Unknown");
	CHECK_SPAN(http_reason(65536 + 200), "Unknown");
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_heads);
	RUN(test_longest);
	RUN(test_reasons);
	return tap_end();
}
