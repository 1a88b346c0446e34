/* SPDX-License-Identifier: MIT */
/* serve/client.h: who is believed about whose a request is. */
#include "tap.h"
#include "base/mem.h"
#include "serve/client.h"
#include "serve/worker.h"

static struct serve_options options;
static struct serve_worker worker = { .options = &options };

static void trust(const char *network)
{
	struct net_network *n = &options.trusted[options.trusted_count++];

	CHECK(!net_network_parse(span_from_string(network), n));
}

/* @fields: of a request from @peer */
static void check(const char *peer, const char *fields, const char *want)
{
	char head[512];
	char text[48];
	struct buf b = BUF(head);
	struct buf got = BUF(text);
	struct serve_connection c = { .worker = &worker };
	struct http_request r;
	u8 ip[16];

	if (peer[0] != 'u')
		CHECK(net_address_parse_ip(span_from_string(peer), c.ip));
	buf_puts(&b, "GET / HTTP/1.1\r\nHost: a\r\n");
	buf_puts(&b, fields);
	buf_puts(&b, "\r\n");
	struct span in = tap_guarded(buf_span(&b));

	http_request_start(&r);
	CHECK_EQ(http_request_parse(&r, in, 1 << 20), in.len);
	serve_client_find(&c, &r, ip);
	net_address_put_ip(&got, ip);
	CHECK(tap_check_span(buf_span(&got), span_from_string(want), fields,
			     __FILE__, __LINE__));
	tap_unguard(in);
}

#define FORWARDED "X-Forwarded-For: "

static void test_nobody_is_trusted(void)
{
	check("10.0.0.1", "", "10.0.0.1");
	check("10.0.0.1", FORWARDED "192.0.2.1\r\n", "10.0.0.1");
	check("::1", FORWARDED "192.0.2.1\r\n", "::1");
}

static void test_trusted(void)
{
	trust("10.0.0.0/8");
	trust("fd00::/8");
	trust("unix:");
	check("10.0.0.1", "", "10.0.0.1");
	check("10.0.0.1", FORWARDED "\r\n", "10.0.0.1");
	check("10.0.0.1", FORWARDED "192.0.2.1\r\n", "192.0.2.1");
	check("fd00::1", FORWARDED "2001:db8::1\r\n", "2001:db8::1");
	check("unix:", FORWARDED "192.0.2.1\r\n", "192.0.2.1");
	/* Another's word does not count. */
	check("11.0.0.1", FORWARDED "192.0.2.1\r\n", "11.0.0.1");
	check("fe00::1", FORWARDED "192.0.2.1\r\n", "fe00::1");
	/* The last that is no trusted proxy's; what is before may be a lie. */
	check("10.0.0.1", FORWARDED "198.51.100.1, 192.0.2.1\r\n", "192.0.2.1");
	check("10.0.0.1", FORWARDED "198.51.100.1,192.0.2.1, 10.9.9.9 \r\n",
	      "192.0.2.1");
	check("10.0.0.1", FORWARDED "192.0.2.1, 10.1.1.1, fd00::2\r\n",
	      "192.0.2.1");
	/* Several lines are one list. */
	check("10.0.0.1",
	      FORWARDED "198.51.100.1\r\nX-Other: 198.51.100.2\r\n"
			"x-forwarded-FOR: 192.0.2.1\r\n" FORWARDED
			"10.2.2.2\r\n",
	      "192.0.2.1");
	/* All are proxies: the first of them is nearest to the client. */
	check("10.0.0.1", FORWARDED "10.7.7.7, 10.8.8.8\r\n", "10.7.7.7");
	/* Ports, which some append. */
	check("10.0.0.1", FORWARDED "192.0.2.1:1234\r\n", "192.0.2.1");
	check("10.0.0.1", FORWARDED "[2001:db8::1]:1234\r\n", "2001:db8::1");
	check("10.0.0.1", FORWARDED "[2001:db8::1]\r\n", "2001:db8::1");
	/* What a proxy writes whose socket takes both families. */
	check("10.0.0.1", FORWARDED "::ffff:192.0.2.1\r\n", "192.0.2.1");
	check("10.0.0.1", FORWARDED "[::ffff:192.0.2.1]:80\r\n", "192.0.2.1");
	check("10.0.0.1", FORWARDED "192.0.2.1, ::ffff:10.9.9.9\r\n",
	      "192.0.2.1");
	/* Empty elements are none. */
	check("10.0.0.1", FORWARDED ", 192.0.2.1,, \r\n", "192.0.2.1");
}

/* What is no address hides everything before it. */
static void test_unknown(void)
{
	check("10.0.0.1", FORWARDED "unknown\r\n", "10.0.0.1");
	check("10.0.0.1", FORWARDED "192.0.2.1, unknown\r\n", "10.0.0.1");
	check("10.0.0.1", FORWARDED "192.0.2.1, _hidden, 10.3.3.3\r\n",
	      "10.3.3.3");
	check("10.0.0.1", FORWARDED "unknown, 192.0.2.1\r\n", "192.0.2.1");
	check("10.0.0.1", FORWARDED "192.0.2.1, 192.0.2.256\r\n", "10.0.0.1");
	check("10.0.0.1", FORWARDED "192.0.2.1, [\r\n", "10.0.0.1");
	check("10.0.0.1", FORWARDED "192.0.2.1, :\r\n", "10.0.0.1");
	check("10.0.0.1", FORWARDED "192.0.2.1 192.0.2.2\r\n", "10.0.0.1");
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_nobody_is_trusted);
	RUN(test_trusted);
	RUN(test_unknown);
	return tap_end();
}
