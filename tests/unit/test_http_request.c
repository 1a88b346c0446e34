/* SPDX-License-Identifier: MIT */
/*
 * http/request.h: heads that are read and heads that are refused, by RFC 9112
 * sections 2 to 6 and 9.3, each one whole, cut in two at every place, byte by
 * byte, and with nothing behind its end.
 */
#include "tap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "http/request.h"

#define TEXT(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* The end of most heads. */
#define END "\r\nHost: a\r\n\r\n"

#define MAX 16384

/*
 * Feed @in up to @cut, then all of it; what comes first is the result. The
 * bytes stay where they are.
 */
static long parse_cut(struct http_request *r, struct span in, size_t cut,
		      size_t max)
{
	http_request_start(r);
	long n = http_request_parse(r, (struct span){ in.ptr, cut }, max);

	return n ? n : http_request_parse(r, in, max);
}

static long parse_bytes(struct http_request *r, struct span in, size_t max)
{
	long n = 0;

	http_request_start(r);
	for (size_t i = 0; !n && i <= in.len; i++)
		n = http_request_parse(r, (struct span){ in.ptr, i }, max);
	return n;
}

/* A part of @in where memory ends behind it: refused as it should, or not. */
static void check_part(struct span in, size_t length, size_t max, long want)
{
	struct span part = tap_guarded((struct span){ in.ptr, length });
	struct http_request r;

	http_request_start(&r);
	long n = http_request_parse(&r, part, max);

	CHECK(n == want || (n == 0 && length < in.len));
	tap_unguard(part);
}

/* @in gives @want in all ways of feeding it; @r is the request of one. */
static void check_head(struct span in, size_t max, long want,
		       struct http_request *r)
{
	struct http_request other;

	http_request_start(r);
	CHECK_EQ(http_request_parse(r, in, max), want);
	CHECK_EQ(parse_bytes(&other, in, max), want);
	CHECK(want <= 0 || !memcmp(r, &other, sizeof(other)));
	for (size_t i = 0; i <= in.len; i++) {
		CHECK_EQ(parse_cut(&other, in, i, max), want);
		CHECK(want <= 0 || !memcmp(r, &other, sizeof(other)));
		check_part(in, i, max, want);
	}
}

#define KEEP 1	   /* keep_alive */
#define CONTINUE 2 /* expects_continue */
#define STRANGE 4  /* expects_unknown */

static const struct {
	struct span in;
	enum http_method method;
	const char *target;
	u8 minor;
	u8 flags;
	enum http_framing framing;
	u64 length;
} heads[] = {
#define LINE(line) TEXT(line END)
	{ LINE("GET / HTTP/1.1"), HTTP_GET, "/", 1, KEEP, 0, 0 },
	{ LINE("HEAD /a?b HTTP/1.1"), HTTP_HEAD, "/a?b", 1, KEEP, 0, 0 },
	{ LINE("POST /%00 HTTP/1.1"), HTTP_POST, "/%00", 1, KEEP, 0, 0 },
	{ LINE("PUT //../ HTTP/1.1"), HTTP_PUT, "//../", 1, KEEP, 0, 0 },
	{ LINE("DELETE /\"<>^{|} HTTP/1.1"), HTTP_DELETE, "/\"<>^{|}", 1, KEEP,
	  0, 0 },
	{ LINE("OPTIONS * HTTP/1.1"), HTTP_OPTIONS, "*", 1, KEEP, 0, 0 },
	{ LINE("PATCH http://a/ HTTP/1.1"), HTTP_PATCH, "http://a/", 1, KEEP, 0,
	  0 },
	{ LINE("TRACE / HTTP/1.1"), HTTP_TRACE, "/", 1, KEEP, 0, 0 },
	{ LINE("CONNECT a:80 HTTP/1.1"), HTTP_CONNECT, "a:80", 1, KEEP, 0, 0 },
	/* Method names are case-sensitive (RFC 9110 section 9.1). */
	{ LINE("get / HTTP/1.1"), HTTP_UNKNOWN, "/", 1, KEEP, 0, 0 },
	{ LINE("GETS / HTTP/1.1"), HTTP_UNKNOWN, "/", 1, KEEP, 0, 0 },
	{ LINE("GE / HTTP/1.1"), HTTP_UNKNOWN, "/", 1, KEEP, 0, 0 },
	{ LINE("!#$%&'*+-.^_`|~09 / HTTP/1.1"), HTTP_UNKNOWN, "/", 1, KEEP, 0,
	  0 },
	/* RFC 9112 section 2.2: empty lines before the request line. */
	{ LINE("\r\n\r\nGET / HTTP/1.1"), HTTP_GET, "/", 1, KEEP, 0, 0 },
	/* A higher minor version is compatible (RFC 9110 section 2.5). */
	{ LINE("GET / HTTP/1.9"), HTTP_GET, "/", 1, KEEP, 0, 0 },
	{ LINE("GET / HTTP/1.0"), HTTP_GET, "/", 0, 0, 0, 0 },
	{ TEXT("GET / HTTP/1.0\r\n\r\n"), HTTP_GET, "/", 0, 0, 0, 0 },
#undef LINE
#define FIELD(field) TEXT("GET / HTTP/1.1\r\n" field END)
#define OLD(field) TEXT("GET / HTTP/1.0\r\n" field END)
	/* RFC 9112 section 9.3. */
	{ FIELD("Connection: close"), HTTP_GET, "/", 1, 0, 0, 0 },
	{ FIELD("cOnNeCtIoN:CLOSE"), HTTP_GET, "/", 1, 0, 0, 0 },
	{ FIELD("Connection: keep-alive, \tclose \t"), HTTP_GET, "/", 1, 0, 0,
	  0 },
	{ FIELD("Connection: a\r\nConnection: close"), HTTP_GET, "/", 1, 0, 0,
	  0 },
	{ FIELD("Connection: closed"), HTTP_GET, "/", 1, KEEP, 0, 0 },
	{ FIELD("X-Connection: close"), HTTP_GET, "/", 1, KEEP, 0, 0 },
	{ OLD("Connection: Keep-Alive"), HTTP_GET, "/", 0, KEEP, 0, 0 },
	{ OLD("Connection: x\r\nConnection: keep-alive"), HTTP_GET, "/", 0,
	  KEEP, 0, 0 },
	{ OLD("Connection: keep-alive, close"), HTTP_GET, "/", 0, 0, 0, 0 },
	/* RFC 9110 section 10.1.1. */
	{ FIELD("Expect: 100-continue"), HTTP_GET, "/", 1, KEEP | CONTINUE, 0,
	  0 },
	{ FIELD("EXPECT: 100-Continue "), HTTP_GET, "/", 1, KEEP | CONTINUE, 0,
	  0 },
	{ FIELD("Expect: 200-ok"), HTTP_GET, "/", 1, KEEP | STRANGE, 0, 0 },
	/* A list, of which empty elements are nothing (section 5.6.1.2). */
	{ FIELD("Expect: ,100-continue, ,"), HTTP_GET, "/", 1, KEEP | CONTINUE,
	  0, 0 },
	{ FIELD("Expect: 100-continue\r\nExpect: 100-continue"), HTTP_GET, "/",
	  1, KEEP | CONTINUE, 0, 0 },
	{ FIELD("Expect: 100-continue\r\nExpect: x"), HTTP_GET, "/", 1,
	  KEEP | CONTINUE | STRANGE, 0, 0 },
	{ FIELD("Expect: x, 100-continue"), HTTP_GET, "/", 1,
	  KEEP | CONTINUE | STRANGE, 0, 0 },
	{ FIELD("Expect: 100-continue;x"), HTTP_GET, "/", 1, KEEP | STRANGE, 0,
	  0 },
	{ FIELD("Expect:"), HTTP_GET, "/", 1, KEEP, 0, 0 },
	{ OLD("Expect: 100-continue"), HTTP_GET, "/", 0, 0, 0, 0 },
	/* RFC 9112 sections 6.1 to 6.3. */
	{ FIELD("Content-Length: 5"), HTTP_GET, "/", 1, KEEP, HTTP_LENGTH, 5 },
	{ FIELD("content-length:\t007 "), HTTP_GET, "/", 1, KEEP, HTTP_LENGTH,
	  7 },
	{ FIELD("Content-Length: 0"), HTTP_GET, "/", 1, KEEP, HTTP_NO_BODY, 0 },
	{ FIELD("Content-Length: 18446744073709551615"), HTTP_GET, "/", 1, KEEP,
	  HTTP_LENGTH, ~0ULL },
	{ OLD("Content-Length: 5"), HTTP_GET, "/", 0, 0, HTTP_LENGTH, 5 },
	{ FIELD("Transfer-Encoding: chunked"), HTTP_GET, "/", 1, KEEP,
	  HTTP_CHUNKED, 0 },
	{ FIELD("transfer-encoding: , CHUNKED ,"), HTTP_GET, "/", 1, KEEP,
	  HTTP_CHUNKED, 0 },
	/* Lines that look like others, and values with every kind of byte. */
	{ FIELD("X-Content-Length: 5\r\nContent-Lengt: 5\r\nTE: chunked"),
	  HTTP_GET, "/", 1, KEEP, 0, 0 },
	{ FIELD("X:\r\nX: \t \r\nX: a:b\tc\x80\xff~!"), HTTP_GET, "/", 1, KEEP,
	  0, 0 },
};

static void test_heads(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(heads); i++) {
		struct span in = tap_guarded(heads[i].in);
		struct http_request r;

		tap_note("heads", i);
		check_head(in, MAX, (long)in.len, &r);
		CHECK_EQ(r.method, heads[i].method);
		CHECK(span_equal(r.target, span_from_string(heads[i].target)));
		CHECK_EQ(r.minor, heads[i].minor);
		CHECK_EQ(r.keep_alive, !!(heads[i].flags & KEEP));
		CHECK_EQ(r.expects_continue, !!(heads[i].flags & CONTINUE));
		CHECK_EQ(r.expects_unknown, !!(heads[i].flags & STRANGE));
		CHECK_EQ(r.framing, heads[i].framing);
		CHECK_EQ(r.content_length, heads[i].length);
		tap_unguard(in);
	}
}

static const char *const hosts[] = {
	"",
	"example.org",
	"example.org:80",
	"a:",
	":80",
	"127.0.0.1",
	"[::1]",
	"[::1]:8080",
	"[::ffff:1.2.3.4]:1",
	"a-._~!$&'()*+,;=",
	"%41%c3%a9:0",
};

static const char *const no_hosts[] = {
	"a b",	   "a/b", "a@b",   "a?b",   "a#b",     "a\\b",	   "\"a\"",
	"<a>",	   "a:b", "a:-1",  "a:8 0", "a:80:90", "[::1",	   "[::1]x",
	"[::1]:x", "::1", "[a@b]", "[",	    "[]",      "\xc3\xa9", "a]",
};

/* RFC 9112 section 3.2, RFC 3986 section 3.2. */
static void check_host(const char *host, bool valid)
{
	char text[128];
	struct buf b = BUF(text);
	struct http_request r;

	buf_puts(&b, "GET / HTTP/1.1\r\nHost: ");
	buf_put(&b, span_from_string(host));
	buf_puts(&b, "\r\n\r\n");
	struct span in = tap_guarded(buf_span(&b));

	check_head(in, MAX, valid ? (long)in.len : -400, &r);
	if (valid)
		CHECK(span_equal(r.value[HTTP_HOST], span_from_string(host)));
	tap_unguard(in);
}

static void test_host(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(hosts); i++) {
		tap_note("hosts", i);
		check_host(hosts[i], true);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(no_hosts); i++) {
		tap_note("no_hosts", i);
		check_host(no_hosts[i], false);
	}
}

static const struct {
	struct span in;
	long status;
} refused[] = {
	/* RFC 9112 section 3: the request line. */
	{ TEXT("GET /" END), -400 },
	{ TEXT("GET" END), -400 },
	{ TEXT("GET  / HTTP/1.1" END), -400 },
	{ TEXT("GET /  HTTP/1.1" END), -400 },
	{ TEXT("GET / HTTP/1.1 " END), -400 },
	{ TEXT(" GET / HTTP/1.1" END), -400 },
	{ TEXT("GET\t/\tHTTP/1.1" END), -400 },
	{ TEXT("GET /a b HTTP/1.1" END), -400 },
	{ TEXT("GET /#f HTTP/1.1" END), -400 },
	{ TEXT("G@T / HTTP/1.1" END), -400 },
	{ TEXT("GET / HTTP/1.1\rX" END), -400 },
	{ TEXT("GET / HTTP/1.1\r" END), -400 },
	{ TEXT("\r\r\nGET / HTTP/1.1" END), -400 },
	{ TEXT("\0GET / HTTP/1.1" END), -400 },
	/* Section 2.2: a bare LF could end a line for somebody else. */
	{ TEXT("\nGET / HTTP/1.1" END), -400 },
	{ TEXT("GET / HTTP/1.1\nHost: a\r\n\r\n"), -400 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\n\r\n"), -400 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\r\n\n"), -400 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"), -400 },
	/* Section 2.3. */
	{ TEXT("GET / http/1.1" END), -400 },
	{ TEXT("GET / HTTP/1.10" END), -400 },
	{ TEXT("GET / HTTP/1.x" END), -400 },
	{ TEXT("GET / HTTP/x.1" END), -400 },
	{ TEXT("GET / HTTP/1,1" END), -400 },
	{ TEXT("GET / HTTP/1." END), -400 },
	{ TEXT("GET / HTTP/11" END), -400 },
	{ TEXT("GET / HTTP/0.9" END), -505 },
	{ TEXT("GET / HTTP/2.0" END), -505 },
	{ TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), -505 },
	/* A TLS handshake does not have to be waited for. */
	{ TEXT("\x16\x03\x01\x02"), -400 },
#define FIRST(field) TEXT("GET / HTTP/1.1\r\n" field END)
	/* Section 5: fields. */
	{ FIRST("X : a"), -400 },
	{ FIRST(" X: a"), -400 },
	{ FIRST("\tX: a"), -400 },
	{ FIRST("X: a\r\n b"), -400 },
	{ FIRST("X: a\r\n\tb"), -400 },
	{ FIRST("X"), -400 },
	{ FIRST(": a"), -400 },
	{ FIRST("X\0: a"), -400 },
	{ FIRST("X: a\rb"), -400 },
	{ FIRST("X: a\r"), -400 },
	{ FIRST("X: a\0"), -400 },
	{ FIRST("X: a\x7f"), -400 },
	{ FIRST("Content-Length : 5"), -400 },
	{ FIRST("Transfer-Encoding\t: chunked"), -400 },
	/* Section 3.2: Host. */
	{ TEXT("GET / HTTP/1.1\r\n\r\n"), -400 },
	{ FIRST("Host: a"), -400 },
	{ FIRST("Host: b"), -400 },
	{ TEXT("GET / HTTP/1.0\r\nHost: a" END), -400 },
	/* Section 6.2. */
	{ FIRST("Content-Length:"), -400 },
	{ FIRST("Content-Length: -1"), -400 },
	{ FIRST("Content-Length: +1"), -400 },
	{ FIRST("Content-Length: 1 1"), -400 },
	{ FIRST("Content-Length: 0x1"), -400 },
	{ FIRST("Content-Length: 1a"), -400 },
	{ FIRST("Content-Length: 1."), -400 },
	{ FIRST("Content-Length: 1, 1"), -400 },
	{ FIRST("Content-Length: 1, 2"), -400 },
	{ FIRST("Content-Length: 18446744073709551616"), -400 },
	{ FIRST("Content-Length: 184467440737095516150"), -400 },
	{ FIRST("Content-Length: 1\r\nContent-Length: 1"), -400 },
	{ FIRST("Content-Length: 0\r\nContent-Length: 1"), -400 },
	/* Sections 6.1 and 6.3. */
	{ FIRST("Transfer-Encoding: chunked\r\nContent-Length: 1"), -400 },
	{ FIRST("Content-Length: 0\r\nTransfer-Encoding: chunked"), -400 },
	{ FIRST("Content-Length: 0\r\nTransfer-Encoding: gzip"), -400 },
	{ FIRST("Transfer-Encoding: chunked, chunked"), -400 },
	{ FIRST("Transfer-Encoding: chunked, gzip"), -400 },
	{ FIRST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
	  -400 },
	{ FIRST("Transfer-Encoding: chunked\r\nTransfer-Encoding: a"), -400 },
	{ FIRST("Transfer-Encoding:"), -400 },
	{ FIRST("Transfer-Encoding: ,"), -400 },
	{ FIRST("Transfer-Encoding: ch unked"), -400 },
	{ FIRST("Transfer-Encoding: \"chunked\""), -400 },
	{ FIRST("Transfer-Encoding: \vchunked"), -400 },
	{ FIRST("Transfer-Encoding: gzip\xa0, chunked"), -400 },
	{ FIRST("Transfer-Encoding: xchunked"), -400 },
	{ FIRST("Transfer-Encoding: chunkedx"), -400 },
	{ FIRST("Transfer-Encoding: chunk"), -400 },
	{ FIRST("Transfer-Encoding: gzip"), -400 },
	{ FIRST("Transfer-Encoding: identity"), -400 },
	{ FIRST("Transfer-Encoding: gzip;q=1, chunked"), -501 },
	{ TEXT("GET / HTTP/1.0\r\nTransfer-Encoding: chunked" END), -400 },
	/* Framing is judged first: what follows the head depends on it. */
	{ TEXT("GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"), -400 },
};

static void test_refused(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(refused); i++) {
		struct span in = tap_guarded(refused[i].in);
		struct http_request r;

		tap_note("refused", i);
		check_head(in, MAX, refused[i].status, &r);
		tap_unguard(in);
	}
}

/*
 * Each limit up to one that fits: 501 in the method, 414 in the request line,
 * 431 behind it.
 */
static void test_limits(void)
{
	struct span in = tap_guarded(SPAN("\r\nGET /aaaaaaaa HTTP/1.1\r\n"
					  "Host: a\r\nX: bbbbbbbbbbb\r\n\r\n"
					  "POST / HTTP/1.1"));
	size_t method = SPAN("\r\nGET ").len;
	size_t line = SPAN("\r\nGET /aaaaaaaa HTTP/1.1\r\n").len;
	size_t head = in.len - SPAN("POST / HTTP/1.1").len;
	struct http_request r;

	for (size_t max = 1; max <= in.len + 1; max++) {
		tap_note("max", (long long)max);
		check_head(in, max,
			   max >= head	   ? (long)head
			   : max >= line   ? -431
			   : max >= method ? -414
					   : -501,
			   &r);
	}
	tap_unguard(in);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_heads);
	RUN(test_host);
	RUN(test_refused);
	RUN(test_limits);
	return tap_end();
}
