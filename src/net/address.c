/* SPDX-License-Identifier: MIT */
/* Addresses and their text: see net/address.h. */
#include "net/address.h"
#include "base/mem.h"

/* The first 12 bytes of an IPv4-mapped address. */
static const u8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* The address that no client has, for those that have none. */
static const u8 nobody[16];

static bool parse_port(struct span s, u8 port[2])
{
	u64 v;

	if (!span_parse_u64(s, &v) || v > 65535)
		return false;
	port[0] = (u8)(v >> 8);
	port[1] = (u8)v;
	return true;
}

static bool parse_ipv4(struct span s, u8 ip[4])
{
	for (unsigned i = 0; i < 4; i++) {
		size_t n = span_find(s, '.');
		u64 v;

		if ((n < s.len) != (i < 3) ||
		    !span_parse_u64((struct span){ s.ptr, n }, &v) || v > 255)
			return false;
		ip[i] = (u8)v;
		s = span_skip(s, n < s.len ? n + 1 : n);
	}
	return true;
}

/*
 * One to four hexadecimal digits off the front of @s, or what is left of it as
 * an IPv4 address, which stands for the last two groups (RFC 4291 section
 * 2.2.3). Return: the bytes that it has in @ip, or 0.
 */
static size_t take_group(struct span *s, u8 *ip, size_t room)
{
	unsigned v = 0;
	size_t n = 0;

	if (room >= 4 && parse_ipv4(*s, ip)) {
		s->len = 0;
		return 4;
	}
	while (n < s->len && n < 4 && span_hex_digit(s->ptr[n]) < 16)
		v = v << 4 | span_hex_digit(s->ptr[n++]);
	*s = span_skip(*s, n);
	ip[0] = (u8)(v >> 8);
	ip[1] = (u8)v;
	return n ? 2 : 0;
}

/*
 * Groups from the left fill @ip from its start; a "::" remembers where it
 * stood, and what follows it is moved to the end.
 */
static bool parse_ipv6(struct span s, u8 ip[16])
{
	size_t at = 0;
	size_t gap = 17; /* none */

	memset(ip, 0, 16);
	if (span_starts(s, SPAN("::"))) {
		gap = 0;
		s = span_skip(s, 2);
	}
	while (s.len && at < 16) {
		size_t n = take_group(&s, ip + at, 16 - at);

		if (!n)
			return false;
		at += n;
		if (!s.len)
			break;
		if (s.ptr[0] != ':' || s.len == 1)
			return false;
		s = span_skip(s, 1);
		if (s.ptr[0] != ':')
			continue;
		if (gap != 17)
			return false;
		gap = at;
		s = span_skip(s, 1);
	}
	if (s.len || (gap == 17) != (at == 16))
		return false;
	if (gap == 17)
		return true;
	memmove(ip + 16 - (at - gap), ip + gap, at - gap);
	memset(ip + gap, 0, 16 - at);
	return true;
}

static const char *parse_in6(struct span s, struct net_address *a)
{
	size_t end = span_find(s, ']');

	a->sa.in6.sin6_family = AF_INET6;
	a->length = sizeof(a->sa.in6);
	if (end + 1 >= s.len || s.ptr[end + 1] != ':' ||
	    !parse_port(span_skip(s, end + 2), a->sa.in6.sin6_port))
		return "not [ADDRESS]:PORT with a port from 0 to 65535";
	if (!parse_ipv6((struct span){ s.ptr + 1, end - 1 },
			a->sa.in6.sin6_addr))
		return "not an IPv6 address";
	return NULL;
}

static const char *parse_un(struct span path, struct net_address *a)
{
	a->sa.un.sun_family = AF_UNIX;
	a->length = sizeof(a->sa.un);
	if (!path.len || path.len >= sizeof(a->sa.un.sun_path))
		return "not the path of a socket, of 1 to 107 bytes";
	memcpy(a->sa.un.sun_path, path.ptr, path.len);
	return NULL;
}

const char *net_address_parse(struct span s, struct net_address *a)
{
	size_t colon = span_find(s, ':');

	*a = (struct net_address){ .length = sizeof(a->sa.in) };
	if (span_starts(s, SPAN("unix:")))
		return parse_un(span_skip(s, 5), a);
	if (s.len && s.ptr[0] == '[')
		return parse_in6(s, a);
	struct span host = { s.ptr, colon < s.len ? colon : 0 };
	struct span port = span_skip(s, colon < s.len ? colon + 1 : 0);

	if (colon == s.len || span_equal(host, SPAN("*"))) {
		a->any = true;
		a->length = sizeof(a->sa.in6);
		a->sa.in6.sin6_family = AF_INET6;
		if (!parse_port(port, a->sa.in6.sin6_port))
			return "not a port from 0 to 65535";
		return NULL;
	}
	a->sa.in.sin_family = AF_INET;
	if (!parse_port(port, a->sa.in.sin_port))
		return "not a port from 0 to 65535";
	if (!parse_ipv4(host, a->sa.in.sin_addr))
		return "not a numeric address";
	return NULL;
}

static void put_ipv4(struct buf *out, const u8 ip[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (i)
			buf_put_char(out, '.');
		buf_put_u64(out, ip[i], 1);
	}
}

static void put_group(struct buf *out, const u8 group[2])
{
	const char *digits = "0123456789abcdef";
	unsigned v = (unsigned)group[0] << 8 | group[1];
	bool begun = false;

	for (unsigned shift = 16; shift;) {
		shift -= 4;
		unsigned digit = v >> shift & 15;

		begun = begun || digit || !shift;
		if (begun)
			buf_put_char(out, digits[digit]);
	}
}

/*
 * RFC 5952: the first of the longest runs of zero groups, if it has two or
 * more, is written "::". Returns the run's first group, its length in *@run.
 */
static unsigned find_zeros(const u8 ip[16], unsigned *run)
{
	unsigned first = 8;
	unsigned length = 0;

	*run = 1;
	for (unsigned i = 0; i < 8; i++) {
		length = ip[2 * i] || ip[2 * i + 1] ? 0 : length + 1;
		if (length > *run) {
			*run = length;
			first = i + 1 - length;
		}
	}
	return first;
}

static void put_ipv6(struct buf *out, const u8 ip[16])
{
	unsigned run;
	unsigned zeros = find_zeros(ip, &run);

	for (unsigned i = 0; i < 8; i++) {
		if (i == zeros) {
			buf_puts(out, "::");
			i += run - 1;
			continue;
		}
		if (i && i != zeros + run)
			buf_put_char(out, ':');
		put_group(out, ip + 2 * (size_t)i);
	}
}

void net_address_put_ip(struct buf *out, const u8 ip[16])
{
	if (!memcmp(ip, nobody, sizeof(nobody)))
		buf_puts(out, "unix:");
	else if (!memcmp(ip, mapped, sizeof(mapped)))
		put_ipv4(out, ip + sizeof(mapped));
	else
		put_ipv6(out, ip);
}

void net_address_pack(const union sockaddr *sa, u8 ip[16])
{
	memset(ip, 0, 16);
	if (sa->sa_family == AF_UNIX)
		return;
	if (sa->sa_family == AF_INET6) {
		memcpy(ip, sa->in6.sin6_addr, 16);
		return;
	}
	memcpy(ip, mapped, sizeof(mapped));
	memcpy(ip + sizeof(mapped), sa->in.sin_addr, 4);
}

void net_address_put(struct buf *out, const union sockaddr *sa)
{
	const u8 *port = sa->in.sin_port; /* at the same place in both */

	if (sa->sa_family == AF_UNIX) {
		buf_puts(out, "unix:");
		buf_put_escaped(out, span_from_string(sa->un.sun_path), 0);
		return;
	}
	if (sa->sa_family == AF_INET6) {
		buf_put_char(out, '[');
		put_ipv6(out, sa->in6.sin6_addr);
		buf_put_char(out, ']');
	} else {
		put_ipv4(out, sa->in.sin_addr);
	}
	buf_put_char(out, ':');
	buf_put_u64(out, (u64)port[0] << 8 | port[1], 1);
}

bool net_address_parse_ip(struct span s, u8 ip[16])
{
	if (span_find(s, ':') < s.len)
		return parse_ipv6(s, ip);
	memcpy(ip, mapped, sizeof(mapped));
	return parse_ipv4(s, ip + sizeof(mapped));
}

const char *net_network_parse(struct span s, struct net_network *network)
{
	size_t n = span_find(s, '/');
	struct span ip = { s.ptr, n };
	u64 left_out = span_find(ip, ':') == n ? 96 : 0;

	*network = (struct net_network){ .bits = 128 };
	if (span_equal(s, SPAN("unix:")))
		return NULL;
	if (!net_address_parse_ip(ip, network->ip))
		return "not a numeric address";
	if (n == s.len)
		return NULL;
	if (!span_parse_u64(span_skip(s, n + 1), &network->bits) ||
	    network->bits > 128 - left_out)
		return "not a number of bits";
	network->bits += left_out;
	return NULL;
}

bool net_network_has(const struct net_network *network, const u8 ip[16])
{
	for (u64 i = 0; i < network->bits; i++)
		if ((ip[i / 8] ^ network->ip[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}
