/* SPDX-License-Identifier: MIT */
/* net/proxy.h: headers of both versions, at the edge of memory, in pieces. */
#include "tap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "net/address.h"
#include "net/proxy.h"

/* Parse a guarded copy; ip is "192.0.2.99" where nothing was set. */
static long parse(struct span in, u8 ip[16])
{
	struct span guarded = tap_guarded(in);

	CHECK(net_address_parse_ip(SPAN("192.0.2.99"), ip));
	long r = net_proxy_parse(guarded, ip);

	tap_unguard(guarded);
	return r;
}

static bool is_ip(const u8 ip[16], const char *want)
{
	char text[48];
	struct buf b = BUF(text);

	net_address_put_ip(&b, ip);
	return span_equal(buf_span(&b), span_from_string(want));
}

struct row {
	struct span in;
	const char *ip; /* NULL: malformed */
};

#define ROW(in, ip)                                                            \
	{                                                                      \
		{ in, sizeof(in) - 1 }, ip                                     \
	}
#define NOBODY "192.0.2.99"
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define TWELVE "\x0a\x01\x02\x03\x0a\x04\x05\x06\x00\x50\x01\xbb"
#define SIXTEEN "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
#define BYTES108                                                               \
	"/123456789012345678901234567890123456789012345678901234567890123456"  \
	"78901234567890123456789012345678901234567"

static const struct row headers[] = {
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 80 443\r\n", "10.1.2.3"),
	ROW("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
	    "255.255.255.255"),
	ROW("PROXY TCP6 2001:db8::7 ::1 1 2\r\n", "2001:db8::7"),
	ROW("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
	ROW("PROXY TCP6 ::ffff:127.0.0.9 ::ffff:127.0.0.1 1 2\r\n",
	    "127.0.0.9"),
	ROW("PROXY UNKNOWN\r\n", NOBODY),
	ROW("PROXY UNKNOWN \r\n", NOBODY),
	ROW("PROXY TCP4 0.0.0.0 10.4.5.6 0 0\r\n", "0.0.0.0"),
	ROW("PROXY UNKNOWN ffff::ffff ::1 whatever\r\n", NOBODY),
	/* Version 2: IPv4, IPv6, socket files, unspecified. */
	ROW(SIGNATURE "\x21\x11\0\x0c" TWELVE, "10.1.2.3"),
	ROW(SIGNATURE "\x21\x21\0\x24" SIXTEEN SIXTEEN "\0\x50\1\xbb",
	    "2001:db8::7"),
	ROW(SIGNATURE "\x21\x31\0\xd8" BYTES108 BYTES108, "unix:"),
	ROW(SIGNATURE "\x21\0\0\0", NOBODY),
	ROW(SIGNATURE "\x21\0\0\x03xyz", NOBODY),
	/* With what else a proxy appends: type, length, value. */
	ROW(SIGNATURE "\x21\x11\0\x14" TWELVE "\x02\0\x05hello", "10.1.2.3"),
	/* A check of the proxy's own, whatever else it says. */
	ROW(SIGNATURE "\x20\0\0\0", NOBODY),
	ROW(SIGNATURE "\x20\x11\0\x0c" TWELVE, NOBODY),
	ROW(SIGNATURE "\x20\x12\0\0", NOBODY),
	ROW(SIGNATURE "\x20\x11\0\x02xy", NOBODY),
	/* Malformed lines. */
	ROW("GET / HTTP/1.1\r\n", NULL),
	ROW("PROXY\r\n", NULL),
	ROW("PROXY TCP4\r\n", NULL),
	ROW("PROXY TCP4 \r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 80\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 80 443 9\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 80 443 \r\n", NULL),
	ROW("PROXY TCP4  10.1.2.3 10.4.5.6 80 443\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 80 x\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 nobody 80 443\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.256 10.4.5.6 80 443\r\n", NULL),
	ROW("PROXY TCP6 2001:db8:::7 ::1 1 2\r\n", NULL),
	ROW("PROXY TCP5 10.1.2.3 10.4.5.6 80 443\r\n", NULL),
	ROW("PROXY UDP4 10.1.2.3 10.4.5.6 80 443\r\n", NULL),
	ROW("PROXY tcp4 10.1.2.3 10.4.5.6 80 443\r\n", NULL),
	ROW("proxy TCP4 10.1.2.3 10.4.5.6 80 443\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 80 443\n", NULL),
	ROW("PROXY TCP4\t10.1.2.3 10.4.5.6 80 443\r\n", NULL),
	ROW("PROXY UNKNOWX\r\n", NULL),
	ROW("PROXY UNKNOWNX\r\n", NULL),
	ROW("PROXY UNKNOWN4 10.1.2.3 10.4.5.6 80 443\r\n", NULL),
	ROW("PROXY TCP46 10.1.2.3 10.4.5.6 80 443\r\n", NULL),
	/* Of the other family. */
	ROW("PROXY TCP4 ::1 ::1 1 2\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 ::ffff:10.4.5.6 1 2\r\n", NULL),
	ROW("PROXY TCP6 10.1.2.3 10.4.5.6 1 2\r\n", NULL),
	ROW("PROXY TCP6 ::1 10.4.5.6 1 2\r\n", NULL),
	/* One spelling of a number, and no port above 65535. */
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 80 65536\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 65536 80\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 10.4.5.6 080 443\r\n", NULL),
	ROW("PROXY TCP4 010.1.2.3 10.4.5.6 80 443\r\n", NULL),
	ROW("PROXY TCP4 10.1.2.3 10.4.5.06 80 443\r\n", NULL),
	ROW("\n", NULL),
	ROW("\0\n", NULL),
	/* 108 bytes. */
	ROW("PROXY UNKNOWN ----------------------------------------------------"
	    "----------------------------------------\r\n",
	    NULL),
	/* Malformed version 2: other version, command, family, protocol. */
	ROW(SIGNATURE "\x11\x11\0\x0c" TWELVE, NULL),
	ROW(SIGNATURE "\x31\x11\0\x0c" TWELVE, NULL),
	ROW(SIGNATURE "\x22\x11\0\x0c" TWELVE, NULL),
	ROW(SIGNATURE "\x21\x12\0\x0c" TWELVE, NULL),
	ROW(SIGNATURE "\x21\x41\0\x0c" TWELVE, NULL),
	ROW(SIGNATURE "\x21\x01\0\x0c" TWELVE, NULL),
	/* Too short for its addresses. */
	ROW(SIGNATURE "\x21\x11\0\x0b" TWELVE, NULL),
	ROW(SIGNATURE "\x21\x21\0\x23" SIXTEEN SIXTEEN "\0\x50\1\xbb", NULL),
	ROW(SIGNATURE "\x21\x31\0\xd7" BYTES108 BYTES108, NULL),
	ROW("\r\n\r\n\0\r\nQUIT\r\x21\x11\0\x0c" TWELVE, NULL),
	ROW("\r\nGET / HTTP/1.1\r\n\r\n", NULL),
};

static void test_headers(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(headers); i++) {
		const struct row *row = &headers[i];
		u8 ip[16];

		tap_note("header", i);
		long r = parse(row->in, ip);

		if (row->ip) {
			CHECK_EQ(r, row->in.len);
			CHECK(is_ip(ip, row->ip));
		} else {
			CHECK_EQ(r, -EINVAL);
		}
	}
	tap_note(NULL, 0);
}

/* Any beginning of a good one needs more, and what follows is left alone. */
static void test_pieces(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(headers); i++) {
		const struct row *row = &headers[i];
		char text[600];
		struct buf b = BUF(text);
		u8 ip[16];

		tap_note("header", i);
		for (size_t n = 0; row->ip && n < row->in.len; n++)
			CHECK_EQ(parse((struct span){ row->in.ptr, n }, ip), 0);
		if (!row->ip)
			continue;
		buf_put(&b, row->in);
		buf_puts(&b, "GET / HTTP/1.1\r\n\r\n");
		CHECK_EQ(parse(buf_span(&b), ip), row->in.len);
		CHECK(is_ip(ip, row->ip));
	}
	tap_note(NULL, 0);
}

/* The longest of version 1 has 107 bytes; without an end it is malformed. */
static void test_longest_line(void)
{
	char text[200];
	u8 ip[16];

	memset(text, '-', sizeof(text));
	memcpy(text, "PROXY UNKNOWN ", 14);
	memcpy(text + 105, "\r\n", 2);
	CHECK_EQ(parse((struct span){ text, 107 }, ip), 107);
	memset(text + 105, '-', 2);
	CHECK_EQ(parse((struct span){ text, 106 }, ip), 0);
	CHECK_EQ(parse((struct span){ text, 107 }, ip), -EINVAL);
	CHECK_EQ(parse((struct span){ text, 200 }, ip), -EINVAL);
}

/* The longest of version 2 has 65,551 bytes, and they have to come. */
static void test_longest_binary(void)
{
	static char text[16 + 65535];
	u8 ip[16];

	memcpy(text, SIGNATURE "\x21\x11\xff\xff" TWELVE, 28);
	CHECK_EQ(parse((struct span){ text, sizeof(text) }, ip), sizeof(text));
	CHECK(is_ip(ip, "10.1.2.3"));
	CHECK_EQ(parse((struct span){ text, sizeof(text) - 1 }, ip), 0);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_headers);
	RUN(test_pieces);
	RUN(test_longest_line);
	RUN(test_longest_binary);
	return tap_end();
}
