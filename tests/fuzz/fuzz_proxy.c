/* SPDX-License-Identifier: MIT */
/*
 * net/proxy.h: the first bytes of a connection. A beginning of a header asks
 * for more, and what comes behind one does not matter.
 */
#include "fuzz.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "net/address.h"
#include "net/proxy.h"

static long parse(struct span in, size_t n, u8 ip[16])
{
	struct span copy = fuzz_copy((struct span){ in.ptr, n });
	long r;

	memset(ip, 0xee, 16);
	r = net_proxy_parse(copy, ip);
	MUST(r == -EINVAL || (r >= 0 && (size_t)r <= n));
	fuzz_free(copy);
	return r;
}

static bool is_ipv4(const u8 ip[16])
{
	return !memcmp(ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
}

static void write_line(struct buf *out, const u8 ip[16])
{
	buf_puts(out, is_ipv4(ip) ? "PROXY TCP4 " : "PROXY TCP6 ");
	net_address_put_ip(out, ip);
	buf_put_char(out, ' ');
	net_address_put_ip(out, ip);
	buf_puts(out, " 1 65535\r\n");
}

static void write_binary(struct buf *out, const u8 ip[16])
{
	size_t first = is_ipv4(ip) ? 12 : 0;
	struct span source = { (const char *)ip + first, 16 - first };

	buf_put(out, SPAN("\r\n\r\n\0\r\nQUIT\n\x21"));
	buf_put_char(out, first ? 0x11 : 0x21);
	buf_put_char(out, 0);
	buf_put_char(out, first ? 12 : 36);
	buf_put(out, source);
	buf_put(out, source);
	buf_put(out, SPAN("\0\1\xff\xff"));
}

static void check_written(const u8 ip[16])
{
	static const u8 nobody[16];
	char text[108];
	u8 again[16];

	for (unsigned version = 1; version <= 2; version++) {
		struct buf out = BUF(text);

		/* Whom a socket file brings no line can name. */
		if (version == 1 && !memcmp(ip, nobody, 16))
			continue;
		if (version == 1)
			write_line(&out, ip);
		else
			write_binary(&out, ip);
		MUST(!out.full);
		MUST(parse(buf_span(&out), out.len, again) == (long)out.len);
		MUST(!memcmp(ip, again, 16));
	}
}

void fuzz_one(struct span in)
{
	u8 ip[16];
	u8 again[16];
	long whole = parse(in, in.len, ip);
	size_t shown = in.len < 300 ? in.len : 300;

	for (size_t n = 0; n <= shown; n++) {
		long r = parse(in, n, again);

		if (whole > 0 && n >= (size_t)whole)
			MUST(r == whole && !memcmp(ip, again, 16));
		else if (whole >= 0)
			MUST(r == 0);
		else
			MUST(r == 0 || r == -EINVAL);
	}
	if (whole > 0)
		check_written(ip);
}
