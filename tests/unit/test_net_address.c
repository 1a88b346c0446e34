/* SPDX-License-Identifier: MIT */
/*
 * net/address.h: addresses as people write them, RFC 4291 section 2.2, and as
 * they are written for people, RFC 5952.
 */
#include "tap.h"
#include "base/mem.h"
#include "net/address.h"

static const struct {
	const char *text;
	bool any;
	u16 family; /* 0: not an address */
	u32 port;
	u8 ip[16]; /* as net_address_pack() packs it */
} addresses[] = {
#define V4(a, b, c, d)                                                         \
	{                                                                      \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d           \
	}
	{ "8080", true, AF_INET6, 8080, { 0 } },
	{ "0", true, AF_INET6, 0, { 0 } },
	{ "65535", true, AF_INET6, 65535, { 0 } },
	{ "*:80", true, AF_INET6, 80, { 0 } },
	{ "127.0.0.1:8080", false, AF_INET, 8080, V4(127, 0, 0, 1) },
	{ "0.0.0.0:0", false, AF_INET, 0, V4(0, 0, 0, 0) },
	{ "255.254.253.252:256", false, AF_INET, 256, V4(255, 254, 253, 252) },
	{ "[::]:80", false, AF_INET6, 80, { 0 } },
	{ "[::1]:8080", false, AF_INET6, 8080, { [15] = 1 } },
	{ "[1::]:1", false, AF_INET6, 1, { 0, 1 } },
	{ "[2001:db8::A:ffff]:1",
	  false,
	  AF_INET6,
	  1,
	  { 0x20, 1, 0xd, 0xb8, [13] = 0xa, 0xff, 0xff } },
	{ "[1:2:3:4:5:6:7:8]:1",
	  false,
	  AF_INET6,
	  1,
	  { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8 } },
	{ "[0001:02:0003:4:5:6:7:0008]:1",
	  false,
	  AF_INET6,
	  1,
	  { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8 } },
	{ "[1:2:3:4:5:6:7::]:1",
	  false,
	  AF_INET6,
	  1,
	  { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7 } },
	{ "[::2:3:4:5:6:7:8]:1",
	  false,
	  AF_INET6,
	  1,
	  { 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8 } },
	{ "[1::8]:1", false, AF_INET6, 1, { 0, 1, [15] = 8 } },
	{ "[1:2::7:8]:1",
	  false,
	  AF_INET6,
	  1,
	  { 0, 1, 0, 2, [12] = 0, 7, 0, 8 } },
	{ "[1:2:3::5:6:7:8]:1",
	  false,
	  AF_INET6,
	  1,
	  { 0, 1, 0, 2, 0, 3, 0, 0, 0, 5, 0, 6, 0, 7, 0, 8 } },
	{ "[fe80::1:0:0]:1", false, AF_INET6, 1, { 0xfe, 0x80, [11] = 1 } },
	/* RFC 4291 section 2.2.3: the last two groups as an IPv4 address. */
	{ "[::ffff:192.0.2.1]:1", false, AF_INET6, 1, V4(192, 0, 2, 1) },
	{ "[::192.0.2.1]:1", false, AF_INET6, 1, { [12] = 192, 0, 2, 1 } },
	{ "[1:2:3:4:5:6:7.8.9.10]:1",
	  false,
	  AF_INET6,
	  1,
	  { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 7, 8, 9, 10 } },
	/* Ports. */
	{ "", false, 0, 0, { 0 } },
	{ "65536", false, 0, 0, { 0 } },
	{ "18446744073709551617", false, 0, 0, { 0 } },
	{ "-1", false, 0, 0, { 0 } },
	{ "+1", false, 0, 0, { 0 } },
	{ " 1", false, 0, 0, { 0 } },
	{ "1 ", false, 0, 0, { 0 } },
	{ "http", false, 0, 0, { 0 } },
	{ "127.0.0.1", false, 0, 0, { 0 } },
	{ "127.0.0.1:", false, 0, 0, { 0 } },
	{ "127.0.0.1:65536", false, 0, 0, { 0 } },
	{ "127.0.0.1:80:80", false, 0, 0, { 0 } },
	{ "127.0.0.1:80,", false, 0, 0, { 0 } },
	{ "*", false, 0, 0, { 0 } },
	{ "*:", false, 0, 0, { 0 } },
	{ ":", false, 0, 0, { 0 } },
	{ ":80", false, 0, 0, { 0 } },
	{ "[::1]", false, 0, 0, { 0 } },
	{ "[::1]:", false, 0, 0, { 0 } },
	{ "[::1]80", false, 0, 0, { 0 } },
	{ "[::1]:65536", false, 0, 0, { 0 } },
	{ "[::1", false, 0, 0, { 0 } },
	{ "[", false, 0, 0, { 0 } },
	{ "[]:80", false, 0, 0, { 0 } },
	{ "::1:80", false, 0, 0, { 0 } },
	{ "::1", false, 0, 0, { 0 } },
	/* IPv4. */
	{ "localhost:80", false, 0, 0, { 0 } },
	{ "127.0.0:80", false, 0, 0, { 0 } },
	{ "127.0.0.1.1:80", false, 0, 0, { 0 } },
	{ "127.0.0.256:80", false, 0, 0, { 0 } },
	{ "127..0.1:80", false, 0, 0, { 0 } },
	{ "127.0.0.:80", false, 0, 0, { 0 } },
	{ ".0.0.1:80", false, 0, 0, { 0 } },
	{ "127.0.0.0x1:80", false, 0, 0, { 0 } },
	{ "127.0.0.1 :80", false, 0, 0, { 0 } },
	{ "2130706433:80", false, 0, 0, { 0 } },
	/* IPv6. */
	{ "[:]:80", false, 0, 0, { 0 } },
	{ "[:::]:80", false, 0, 0, { 0 } },
	{ "[1]:80", false, 0, 0, { 0 } },
	{ "[1:2:3:4:5:6:7]:80", false, 0, 0, { 0 } },
	{ "[1:2:3:4:5:6:7:]:80", false, 0, 0, { 0 } },
	{ "[:2:3:4:5:6:7:8]:80", false, 0, 0, { 0 } },
	{ "[1:2:3:4:5:6:7:8:]:80", false, 0, 0, { 0 } },
	{ "[1:2:3:4:5:6:7:8:9]:80", false, 0, 0, { 0 } },
	{ "[1:2:3:4:5:6:7:8::]:80", false, 0, 0, { 0 } },
	{ "[::1:2:3:4:5:6:7:8]:80", false, 0, 0, { 0 } },
	{ "[1:2:3:4::5:6:7:8]:80", false, 0, 0, { 0 } },
	{ "[1::2::3]:80", false, 0, 0, { 0 } },
	{ "[1:::2]:80", false, 0, 0, { 0 } },
	{ "[1::2:]:80", false, 0, 0, { 0 } },
	{ "[12345::]:80", false, 0, 0, { 0 } },
	{ "[g::]:80", false, 0, 0, { 0 } },
	{ "[::1%eth0]:80", false, 0, 0, { 0 } },
	{ "[ ::1]:80", false, 0, 0, { 0 } },
	{ "[127.0.0.1]:80", false, 0, 0, { 0 } },
	{ "[::ffff:127.0.0]:80", false, 0, 0, { 0 } },
	{ "[::ffff:127.0.0.256]:80", false, 0, 0, { 0 } },
	{ "[::127.0.0.1:1]:80", false, 0, 0, { 0 } },
	{ "[127.0.0.1::]:80", false, 0, 0, { 0 } },
	{ "[1:2:3:4:5:6:7:127.0.0.1]:80", false, 0, 0, { 0 } },
	{ "[1:2:3:4:5:127.0.0.1]:80", false, 0, 0, { 0 } },
};

static void test_parse(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct span in =
			tap_guarded(span_from_string(addresses[i].text));
		struct net_address a;
		const char *wrong = net_address_parse(in, &a);
		u8 ip[16];

		tap_note(addresses[i].text, i);
		tap_unguard(in);
		CHECK_EQ(!wrong, addresses[i].family != 0);
		if (wrong || !addresses[i].family)
			continue;
		CHECK_EQ(a.any, addresses[i].any);
		CHECK_EQ(a.sa.sa_family, addresses[i].family);
		CHECK_EQ(a.length, addresses[i].family == AF_INET ? 16 : 28);
		CHECK_EQ(a.sa.in6.sin6_port[0] << 8 | a.sa.in6.sin6_port[1],
			 addresses[i].port);
		net_address_pack(&a.sa, ip);
		CHECK(!memcmp(ip, addresses[i].ip, sizeof(ip)));
		if (a.sa.sa_family == AF_INET6)
			CHECK(!a.sa.in6.sin6_flowinfo &&
			      !a.sa.in6.sin6_scope_id);
	}
}

static const struct {
	const char *in;
	const char *out;
} texts[] = {
	{ "127.0.0.1:8080", "127.0.0.1:8080" },
	{ "1.20.255.0:0", "1.20.255.0:0" },
	{ "255.255.255.255:65535", "255.255.255.255:65535" },
	{ "[::]:80", "[::]:80" },
	{ "[::1]:80", "[::1]:80" },
	{ "[1::]:80", "[1::]:80" },
	/* RFC 5952 section 4.1: no zeros in front; 4.3: lower case. */
	{ "[2001:0DB8::0001]:80", "[2001:db8::1]:80" },
	{ "[ABCD:EF01:2345:6789:ABCD:EF01:2345:6789]:80",
	  "[abcd:ef01:2345:6789:abcd:ef01:2345:6789]:80" },
	{ "[10:100:1000:f0:f00:f000:a:0]:80",
	  "[10:100:1000:f0:f00:f000:a:0]:80" },
	/* 4.2.1: as short as possible. */
	{ "[2001:db8:0:0:0:0:2:1]:80", "[2001:db8::2:1]:80" },
	/* 4.2.2: not for a single group. */
	{ "[2001:db8:0:1:1:1:1:1]:80", "[2001:db8:0:1:1:1:1:1]:80" },
	{ "[1:2:3:4:5:6:7::]:80", "[1:2:3:4:5:6:7:0]:80" },
	{ "[::2:3:4:5:6:7:8]:80", "[0:2:3:4:5:6:7:8]:80" },
	/* 4.2.3: the longest run, of equal ones the first. */
	{ "[2001:0:0:1:0:0:0:1]:80", "[2001:0:0:1::1]:80" },
	{ "[2001:db8:0:0:1:0:0:1]:80", "[2001:db8::1:0:0:1]:80" },
	{ "[0:0:1:0:0:1:0:0]:80", "[::1:0:0:1:0:0]:80" },
	{ "[1:0:0:1:0:0:0:0]:80", "[1:0:0:1::]:80" },
	{ "[0:0:0:1:0:0:0:0]:80", "[0:0:0:1::]:80" },
	{ "[0:0:0:0:1:0:0:0]:80", "[::1:0:0:0]:80" },
	{ "[1:0:0:0:0:0:0:8]:80", "[1::8]:80" },
};

static void test_put(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		char text[64];
		struct buf b = BUF(text);
		struct net_address a;

		tap_note("texts", i);
		CHECK(!net_address_parse(span_from_string(texts[i].in), &a));
		net_address_put(&b, &a.sa);
		tap_check_span(buf_span(&b), span_from_string(texts[i].out),
			       "text", __FILE__, __LINE__);
	}
}

static void check_ip(const char *address, const char *want)
{
	char text[64];
	struct buf b = BUF(text);
	struct net_address a;
	u8 ip[16];

	CHECK(!net_address_parse(span_from_string(address), &a));
	net_address_pack(&a.sa, ip);
	net_address_put_ip(&b, ip);
	tap_check_span(buf_span(&b), span_from_string(want), "ip", __FILE__,
		       __LINE__);
}

/* An IPv4 client is logged as such, also when it came to an IPv6 socket. */
static void test_put_ip(void)
{
	check_ip("192.0.2.1:80", "192.0.2.1");
	check_ip("0.0.0.0:80", "0.0.0.0");
	check_ip("[::ffff:c000:0201]:80", "192.0.2.1");
	check_ip("[::ffff:192.0.2.1]:80", "192.0.2.1");
	check_ip("[::1]:80", "::1");
	check_ip("unix:/run/s.sock", "unix:");
	check_ip("[::c000:0201]:80", "::c000:201");
	check_ip("[::1:ffff:c000:0201]:80", "::1:ffff:c000:201");
	check_ip("[2001:db8::1]:80", "2001:db8::1");
}

/* Every address of groups that are 0 or 1 is read as it was written. */
static void test_round_trip(void)
{
	for (unsigned bits = 0; bits < 256; bits++) {
		union sockaddr sa = { .in6 = { .sin6_family = AF_INET6,
					       .sin6_port = { 0, 80 } } };
		struct net_address back;
		char text[64];
		struct buf b = BUF(text);

		for (unsigned i = 0; i < 8; i++)
			sa.in6.sin6_addr[2 * i + 1] = bits >> i & 1;
		tap_note("bits", bits);
		net_address_put(&b, &sa);
		CHECK(!net_address_parse(buf_span(&b), &back));
		CHECK(!memcmp(&back.sa.in6, &sa.in6, sizeof(sa.in6)));
	}
}

/* unix(7): the path of a socket, with a NUL behind it. */
static void test_unix(void)
{
	char text[200];
	struct net_address a;
	struct buf b = BUF(text);

	CHECK(!net_address_parse(SPAN("unix:/run/s.sock"), &a));
	CHECK_EQ(a.sa.sa_family, AF_UNIX);
	CHECK_SPAN(span_from_string(a.sa.un.sun_path), "/run/s.sock");
	CHECK(!a.any);
	net_address_put(&b, &a.sa);
	CHECK_SPAN(buf_span(&b), "unix:/run/s.sock");
	CHECK(net_address_parse(SPAN("unix:"), &a) != NULL);
	memset(text, 'x', sizeof(text));
	memcpy(text, "unix:", 5);
	for (size_t n = 100; n < 120; n++) {
		struct span s = tap_guarded((struct span){ text, n });

		tap_note("length", (long long)n);
		CHECK_EQ(!net_address_parse(s, &a), n <= 5 + 107);
		tap_unguard(s);
	}
	tap_note(NULL, 0);
	/* What a terminal would obey is not written as it is. */
	CHECK(!net_address_parse(SPAN("unix:\n"), &a));
	b = BUF(text);
	net_address_put(&b, &a.sa);
	CHECK_SPAN(buf_span(&b), "unix:\\x0a");
}

static const struct {
	const char *network;
	const char *has; /* NULL: not a network */
	const char *has_not;
} networks[] = {
	{ "10.0.0.0/8", "10.255.0.1", "11.0.0.0" },
	{ "10.1.2.3/8", "10.0.0.1", "9.255.255.255" },
	{ "10.1.2.3", "10.1.2.3", "10.1.2.2" },
	{ "10.1.2.3/32", "10.1.2.3", "10.1.2.2" },
	{ "10.1.2.2/31", "10.1.2.3", "10.1.2.4" },
	{ "192.168.128.0/17", "192.168.255.1", "192.168.127.1" },
	{ "0.0.0.0/0", "255.1.2.3", "2001:db8::1" },
	{ "::/0", "255.1.2.3", NULL },
	{ "fd00::/8", "fdff::1", "fc00::1" },
	{ "::ffff:10.0.0.0/104", "10.255.0.1", "11.0.0.0" },
	{ "::ffff:10.1.2.3", "::ffff:10.1.2.3", "10.1.2.2" },
	{ "2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::" },
	{ "::1", "::1", "::2" },
	{ "::1/128", "::1", "::2" },
	{ "unix:", "::", "::1" },
	{ "10.0.0.0/33", NULL, NULL },
	{ "::1/129", NULL, NULL },
	{ "10.0.0.0/", NULL, NULL },
	{ "10.0.0.0/-1", NULL, NULL },
	{ "10.0.0.0/8/8", NULL, NULL },
	{ "10.0.0/8", NULL, NULL },
	{ "10/8", NULL, NULL },
	{ "", NULL, NULL },
	{ "/8", NULL, NULL },
	{ "[::1]", NULL, NULL },
	{ "localhost", NULL, NULL },
	{ "10.0.0.0:80", NULL, NULL },
	{ "unix:/8", NULL, NULL },
};

static void test_networks(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(networks); i++) {
		struct span s =
			tap_guarded(span_from_string(networks[i].network));
		struct net_network n;
		u8 ip[16];

		tap_note("network", i);
		CHECK_EQ(!net_network_parse(s, &n), networks[i].has != NULL);
		tap_unguard(s);
		if (!networks[i].has)
			continue;
		CHECK(net_address_parse_ip(span_from_string(networks[i].has),
					   ip));
		CHECK(net_network_has(&n, ip));
		if (!networks[i].has_not)
			continue;
		CHECK(net_address_parse_ip(
			span_from_string(networks[i].has_not), ip));
		CHECK(!net_network_has(&n, ip));
	}
	tap_note(NULL, 0);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_parse);
	RUN(test_put);
	RUN(test_put_ip);
	RUN(test_round_trip);
	RUN(test_unix);
	RUN(test_networks);
	return tap_end();
}
