/* SPDX-License-Identifier: MIT */
/* The PROXY protocol: see net/proxy.h. */
#include "net/proxy.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "net/address.h"

/* The longest header of version 1, with its CRLF: section 2.1. */
#define LINE_MAX 107

/* Of version 2, before the addresses: section 2.2. */
#define HEAD 16

/* In decimal there is one spelling of a number: section 2.1. */
static bool has_zeros(struct span number)
{
	return number.len > 1 && number.ptr[0] == '0';
}

/* @family: '4' or '6', which every address of a line has. */
static bool parse_ip(struct span word, char family, u8 ip[16])
{
	bool is_v6 = span_find(word, ':') < word.len;
	struct span rest = word;

	while (!is_v6 && rest.len)
		if (has_zeros(span_take(&rest, '.')))
			return false;
	return is_v6 == (family == '6') && net_address_parse_ip(word, ip);
}

static bool is_port(struct span word)
{
	u64 port;

	return !has_zeros(word) && span_parse_u64(word, &port) && port <= 65535;
}

/* "SOURCE DESTINATION PORT PORT" */
static bool parse_addresses(struct span s, char family, u8 ip[16])
{
	u8 ignored[16] = { 0 };

	for (unsigned i = 0; i < 4; i++) {
		size_t n = span_find(s, ' ');
		struct span word = { s.ptr, n };

		if ((n == s.len) != (i == 3) ||
		    !(i < 2 ? parse_ip(word, family, i ? ignored : ip)
			    : is_port(word)))
			return false;
		s = span_skip(s, n < s.len ? n + 1 : n);
	}
	return true;
}

static long parse_line(struct span in, u8 ip[16])
{
	size_t n = span_find(in, '\n');

	if (n >= LINE_MAX)
		return -EINVAL;
	if (n == in.len)
		return 0;
	struct span line = { in.ptr, n };

	if (n < 12 || line.ptr[--line.len] != '\r' ||
	    !span_starts(line, SPAN("PROXY ")))
		return -EINVAL;
	line = span_skip(line, 6);
	struct span family = span_take(&line, ' ');

	/* Of what is unknown nothing else is to be read. */
	if (!span_equal(family, SPAN("UNKNOWN")) &&
	    ((!span_equal(family, SPAN("TCP4")) &&
	      !span_equal(family, SPAN("TCP6"))) ||
	     !parse_addresses(line, family.ptr[3], ip)))
		return -EINVAL;
	return (long)n + 1;
}

/* What the addresses of a family and its protocol take: those of streams. */
static size_t address_length(u8 family)
{
	switch (family) {
	case 0x00: /* UNSPEC */
		return 0;
	case 0x11: /* IPv4 */
		return 12;
	case 0x21: /* IPv6 */
		return 36;
	case 0x31: /* socket files */
		return 216;
	default:
		return ~(size_t)0;
	}
}

static void take_address(u8 ip[16], const u8 *source, u8 family)
{
	if (family == 0x21)
		memcpy(ip, source, 16);
	else if (family)
		memset(ip, 0, 16);
	if (family != 0x11)
		return;
	/* IPv4-mapped, as net_address_pack() does it. */
	memset(ip + 10, 0xff, 2);
	memcpy(ip + 12, source, 4);
}

static long parse_binary(struct span in, u8 ip[16])
{
	const u8 *b = (const u8 *)in.ptr;

	if (in.len < HEAD)
		return 0;
	size_t length = (size_t)b[14] << 8 | b[15];

	/* Version 2: LOCAL, or PROXY of what can be. */
	if (!span_starts(in, SPAN("\r\n\r\n\0\r\nQUIT\n")) ||
	    (b[12] != 0x20 &&
	     (b[12] != 0x21 || length < address_length(b[13]))))
		return -EINVAL;
	if (in.len < HEAD + length)
		return 0;
	if (b[12] == 0x21)
		take_address(ip, b + HEAD, b[13]);
	return (long)(HEAD + length);
}

long net_proxy_parse(struct span in, u8 ip[16])
{
	if (!in.len)
		return 0;
	return in.ptr[0] == '\r' ? parse_binary(in, ip) : parse_line(in, ip);
}
