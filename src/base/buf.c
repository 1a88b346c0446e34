/* SPDX-License-Identifier: MIT */
/* Fixed buffers: see base/buf.h. */
#include "base/buf.h"
#include "base/mem.h"

static char hex_digit(u64 v)
{
	unsigned digit = v % 16;

	return (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
}

void buf_put(struct buf *b, struct span s)
{
	if (b->full || s.len > b->cap - b->len) {
		b->full = true;
		return;
	}
	if (s.len)
		memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
}

void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, span_from_string(s));
}

void buf_put_char(struct buf *b, char c)
{
	buf_put(b, (struct span){ &c, 1 });
}

void buf_put_u64(struct buf *b, u64 v, unsigned width)
{
	char digits[20]; /* 2^64 - 1 has twenty */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v && at);
	while (at && sizeof(digits) - at < width)
		digits[--at] = '0';
	buf_put(b, (struct span){ digits + at, sizeof(digits) - at });
}

void buf_put_hex(struct buf *b, u64 v)
{
	char digits[16];

	for (unsigned i = 0; i < sizeof(digits); i++)
		digits[i] = hex_digit(v >> (60 - 4 * i));
	buf_put(b, (struct span){ digits, sizeof(digits) });
}

void buf_put_escaped(struct buf *b, struct span s, char quote)
{
	for (size_t i = 0; i < s.len; i++) {
		u8 c = (u8)s.ptr[i];

		if (c >= 0x20 && c < 0x7f && c != '\\' &&
		    (c != (u8)quote || !quote)) {
			buf_put_char(b, (char)c);
			continue;
		}
		char escape[4] = { '\\', 'x', hex_digit(c >> 4), hex_digit(c) };
		buf_put(b, (struct span){ escape, sizeof(escape) });
	}
}

void buf_put_percent(struct buf *b, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	char escape[3] = { '%', digits[(u8)c >> 4], digits[(u8)c % 16] };

	buf_put(b, (struct span){ escape, sizeof(escape) });
}

static bool is_plain(u32 code)
{
	return code >= 0x20 && code != '"' && code != '\\' && code != '<' &&
	       (code < 0x7f || code > 0x9f) && code != 0x2028 && code != 0x2029;
}

static void put_json_escape(struct buf *b, u32 code)
{
	char escape[6] = "\\u";

	for (unsigned i = 0; i < 4; i++)
		escape[2 + i] = hex_digit(code >> (12 - 4 * i));
	buf_put(b, (struct span){ escape, sizeof(escape) });
}

void buf_put_json(struct buf *b, struct span s)
{
	while (s.len) {
		u32 code = (u8)s.ptr[0];
		size_t n = span_read_character(s, &code);

		if (n && is_plain(code))
			buf_put(b, (struct span){ s.ptr, n });
		else
			put_json_escape(b, code);
		s = span_skip(s, n ? n : 1);
	}
}

struct span buf_span(const struct buf *b)
{
	return (struct span){ b->ptr, b->len };
}
