/* SPDX-License-Identifier: MIT */
/* Fixed buffers: see base/buf.h. */
#include "base/buf.h"
#include "base/mem.h"

static const char hex_digits[16] = { '0', '1', '2', '3', '4', '5', '6', '7',
				     '8', '9', 'a', 'b', 'c', 'd', 'e', 'f' };

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
		digits[i] = hex_digits[(v >> (60 - 4 * i)) & 15];
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
		char escape[4] = { '\\', 'x', hex_digits[c >> 4],
				   hex_digits[c & 15] };
		buf_put(b, (struct span){ escape, sizeof(escape) });
	}
}

struct span buf_span(const struct buf *b)
{
	return (struct span){ b->ptr, b->len };
}
