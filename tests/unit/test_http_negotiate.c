/* SPDX-License-Identifier: MIT */
/* http/negotiate.h: RFC 9110 section 12.5.3, weights of section 12.4.2. */
#include "tap.h"
#include "base/buf.h"
#include "http/negotiate.h"

#define LINE "Accept-Encoding:"

/* Field lines, and the weights of br, zstd, gzip and of plain bytes. */
static const struct {
	const char *lines;
	u16 weight[HTTP_CODINGS];
} requests[] = {
	{ "X: br", { 0, 0, 0, 1 } },
	{ LINE, { 0, 0, 0, 1 } },
	{ LINE "br", { 1000, 0, 0, 1 } },
	{ LINE " gzip, deflate, br, zstd", { 1000, 1000, 1000, 1 } },
	{ LINE "GZip", { 0, 0, 1000, 1 } },
	{ LINE "x-gzip", { 0, 0, 1000, 1 } },
	{ LINE "X-GZIP;q=0.5", { 0, 0, 500, 1 } },
	{ LINE "identity", { 0, 0, 0, 1000 } },
	{ LINE "*", { 1000, 1000, 1000, 1000 } },
	{ LINE "*;q=0", { 0, 0, 0, 0 } },
	{ LINE "identity;q=0", { 0, 0, 0, 0 } },
	{ LINE "gzip, identity;q=0", { 0, 0, 1000, 0 } },
	{ LINE "*;q=0, gzip", { 0, 0, 1000, 0 } },
	{ LINE "gzip, *;q=0", { 0, 0, 1000, 0 } },
	{ LINE "*;q=0, identity;q=0.5", { 0, 0, 0, 500 } },
	{ LINE "br;q=0, *", { 0, 1000, 1000, 1000 } },
	{ LINE "br;q=0.001,gzip;q=0.01,zstd;q=0.1", { 1, 100, 10, 1 } },
	{ LINE "br;q=1.000,gzip;q=1.,zstd;q=0.", { 1000, 0, 1000, 1 } },
	{ LINE "br;q=0.123, gzip;q=1.0", { 123, 0, 1000, 1 } },
	{ LINE "br \t; \tq=0.5 \t, \tgzip", { 500, 0, 1000, 1 } },
	{ LINE "br;Q=0.5", { 500, 0, 0, 1 } },
	{ LINE ",, ,br,", { 1000, 0, 0, 1 } },
	{ LINE "br\r\nX: y\r\naccept-encoding: gzip;q=0.2",
	  { 1000, 0, 200, 1 } },
	/* The last word counts. */
	{ LINE "br, br;q=0.2", { 200, 0, 0, 1 } },
	/* Malformed, and so absent. */
	{ LINE "br;q=1.001", { 0, 0, 0, 1 } },
	{ LINE "br;q=2", { 0, 0, 0, 1 } },
	{ LINE "br;q=-1", { 0, 0, 0, 1 } },
	{ LINE "br;q=0.1234", { 0, 0, 0, 1 } },
	{ LINE "br;q=00", { 0, 0, 0, 1 } },
	{ LINE "br;q=0,5", { 0, 0, 0, 1 } },
	{ LINE "br;q=.5", { 0, 0, 0, 1 } },
	{ LINE "br;q=0.x", { 0, 0, 0, 1 } },
	{ LINE "br;q=", { 0, 0, 0, 1 } },
	{ LINE "br;q", { 0, 0, 0, 1 } },
	{ LINE "br;", { 0, 0, 0, 1 } },
	{ LINE "br;level=5", { 0, 0, 0, 1 } },
	{ LINE "br;q=0.5;q=0.5", { 0, 0, 0, 1 } },
	{ LINE "b r", { 0, 0, 0, 1 } },
	{ LINE "bro", { 0, 0, 0, 1 } },
	{ LINE ";q=0", { 0, 0, 0, 1 } },
};

static void test_weights(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(requests); i++) {
		char text[512];
		struct buf b = BUF(text);
		struct http_request r;
		struct http_codings c;

		tap_note("requests", i);
		buf_puts(&b, "GET / HTTP/1.1\r\nHost: a\r\n");
		buf_put(&b, span_from_string(requests[i].lines));
		buf_puts(&b, "\r\n\r\n");
		struct span in = tap_guarded(buf_span(&b));

		http_request_start(&r);
		CHECK_EQ(http_request_parse(&r, in, 16384), in.len);
		http_negotiate_read(&c, &r);
		for (unsigned j = 0; j < HTTP_CODINGS; j++)
			CHECK_EQ(c.weight[j], requests[i].weight[j]);
		tap_unguard(in);
	}
}

static void test_names(void)
{
	CHECK_SPAN(http_negotiate_name(HTTP_BR), "br");
	CHECK_SPAN(http_negotiate_name(HTTP_ZSTD), "zstd");
	CHECK_SPAN(http_negotiate_name(HTTP_GZIP), "gzip");
	CHECK_SPAN(http_negotiate_name(HTTP_IDENTITY), "");
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_weights);
	RUN(test_names);
	return tap_end();
}
