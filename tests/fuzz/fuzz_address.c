/* SPDX-License-Identifier: MIT */
/*
 * net/address.h: the text of an address. What is read, written, and read again
 * is the same, in one form; groups are counted a second time.
 */
#include "fuzz.h"
#include "base/mem.h"
#include "net/address.h"

/* Groups between single colons. Return: how many, or 9 if one is wrong. */
static unsigned read_groups(struct span s, u8 *ip)
{
	unsigned count = 0;
	bool more = s.len > 0;

	while (more && count < 9) {
		size_t n = span_find(s, ':');
		unsigned v = 0;

		if (!n || n > 4 || count == 8)
			return 9;
		for (size_t i = 0; i < n; i++) {
			if (span_hex_digit(s.ptr[i]) > 15)
				return 9;
			v = v * 16 + span_hex_digit(s.ptr[i]);
		}
		ip[2 * (size_t)count] = (u8)(v / 256);
		ip[2 * (size_t)count + 1] = (u8)(v % 256);
		count++;
		more = n < s.len;
		s = span_skip(s, more ? n + 1 : n);
	}
	return count;
}

/* RFC 4291 section 2.2, form 3: the last two groups as four numbers. */
static bool spell_out(struct span s, struct buf *out)
{
	size_t last = s.len;

	while (last && s.ptr[last - 1] != ':')
		last--;
	struct span rest = span_skip(s, last);

	if (span_find(rest, '.') == rest.len) {
		buf_put(out, s);
		return true;
	}
	buf_put(out, (struct span){ s.ptr, last });
	for (unsigned i = 0; i < 4; i++) {
		size_t n = span_find(rest, '.');
		u64 v;

		if ((n == rest.len) != (i == 3) ||
		    !span_parse_u64((struct span){ rest.ptr, n }, &v) ||
		    v > 255)
			return false;
		if (i == 2)
			buf_puts(out, ":");
		buf_put_char(out, "0123456789abcdef"[v / 16]);
		buf_put_char(out, "0123456789abcdef"[v % 16]);
		rest = span_skip(rest, n < rest.len ? n + 1 : n);
	}
	return last > 0;
}

/* RFC 4291 section 2.2, forms 1 and 2. */
static bool read_ipv6(struct span text, u8 ip[16])
{
	static char space[4096];
	struct buf out = BUF(space);
	u8 left[16] = { 0 };
	u8 right[16] = { 0 };

	if (!spell_out(text, &out) || out.full)
		return false;
	struct span s = buf_span(&out);
	for (size_t i = 0; i + 1 < s.len; i++) {
		if (s.ptr[i] != ':' || s.ptr[i + 1] != ':')
			continue;
		unsigned a = read_groups((struct span){ s.ptr, i }, left);
		unsigned b = read_groups(span_skip(s, i + 2), right);

		memcpy(ip, left, 16);
		if (a + b > 7)
			return false;
		memcpy(ip + 16 - 2 * (size_t)b, right, 2 * (size_t)b);
		return true;
	}
	return read_groups(s, ip) == 8;
}

static void check_ipv6(struct span s, const struct net_address *a,
		       bool accepted)
{
	size_t end = span_find(s, ']');
	struct span port = span_skip(s, end);
	u8 ip[16];
	u64 v = 65536;
	bool good = port.len > 2 && port.ptr[1] == ':' &&
		    span_parse_u64(span_skip(port, 2), &v) && v < 65536 &&
		    read_ipv6((struct span){ s.ptr + 1, end - 1 }, ip);

	MUST(good == accepted);
	MUST(!good || !memcmp(ip, a->sa.in6.sin6_addr, 16));
}

/* RFC 5952 section 4.2: "::" is the first of the longest runs of zeros. */
static void check_zeros(struct span text, const u8 ip[16])
{
	unsigned best = 1;
	unsigned place = 8;
	unsigned groups = 0;

	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && !ip[2 * (i + n)] && !ip[2 * (i + n) + 1])
			n++;
		if (n > best) {
			best = n;
			place = i;
		}
	}
	for (size_t i = 1; i < text.len && text.ptr[i] != ']'; i++) {
		if (text.ptr[i] == ':' && text.ptr[i + 1] == ':') {
			MUST(groups + (i > 1) == place);
			return;
		}
		groups += text.ptr[i] == ':';
	}
	MUST(place == 8);
}

/* What differs between them. */
static bool is_same(const union sockaddr *a, const union sockaddr *b)
{
	u8 x[16];
	u8 y[16];

	net_address_pack(a, x);
	net_address_pack(b, y);
	return a->sa_family == b->sa_family && !memcmp(x, y, 16) &&
	       !memcmp(a->in.sin_port, b->in.sin_port, 2);
}

/* "unix:" and the path, which ends with a NUL. */
static void check_socket_file(struct span in, const struct net_address *a)
{
	struct span path = span_skip(in, 5);

	MUST(a->length == sizeof(a->sa.un));
	MUST(path.len && path.len < sizeof(a->sa.un.sun_path));
	MUST(!memcmp(path.ptr, a->sa.un.sun_path, path.len));
	MUST(!a->sa.un.sun_path[path.len]);
}

/* An address alone, and as a network that it is in. */
static void check_ip(const u8 ip[16])
{
	static const u8 nobody[16];
	char text[64];
	struct buf out = BUF(text);
	struct net_network network;
	u8 again[16];

	net_address_put_ip(&out, ip);
	MUST(!out.full);
	MUST(!net_network_parse(buf_span(&out), &network));
	MUST(network.bits == 128 && net_network_has(&network, ip));
	if (!memcmp(ip, nobody, 16))
		return;
	MUST(net_address_parse_ip(buf_span(&out), again));
	MUST(!memcmp(ip, again, 16));
}

static void check_network(struct span in)
{
	struct net_network network;

	if (net_network_parse(in, &network))
		return;
	MUST(network.bits <= 128);
	MUST(net_network_has(&network, network.ip));
	check_ip(network.ip);
}

void fuzz_one(struct span in)
{
	struct net_address a;
	struct net_address b;
	char text[2][64];
	struct buf out[2] = { BUF(text[0]), BUF(text[1]) };
	bool accepted = !net_address_parse(in, &a);
	u8 ip[16];

	check_network(in);
	if (in.len && in.ptr[0] == '[')
		check_ipv6(in, &a, accepted);
	if (!accepted)
		return;
	net_address_pack(&a.sa, ip);
	check_ip(ip);
	if (a.sa.sa_family == AF_UNIX) {
		check_socket_file(in, &a);
		return;
	}
	MUST(a.length ==
	     (a.sa.sa_family == AF_INET6 ? sizeof(a.sa.in6) : sizeof(a.sa.in)));
	net_address_put(&out[0], &a.sa);
	MUST(!out[0].full);
	struct span copy = fuzz_copy(buf_span(&out[0]));

	if (a.sa.sa_family == AF_INET6)
		check_zeros(copy, a.sa.in6.sin6_addr);
	MUST(!net_address_parse(copy, &b));
	MUST(is_same(&a.sa, &b.sa));
	net_address_put(&out[1], &b.sa);
	MUST(span_equal(copy, buf_span(&out[1])));
	fuzz_free(copy);
}
