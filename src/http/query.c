/* SPDX-License-Identifier: MIT */
/* Queries and forms: see http/query.h. */
#include "http/query.h"

/* The next byte, decoded, taken off @s, which is not empty. */
static char take_byte(struct span *s)
{
	char c = s->ptr[0];

	if (c == '%' && s->len >= 3) {
		unsigned high = span_hex_digit(s->ptr[1]);
		unsigned low = span_hex_digit(s->ptr[2]);

		if (high < 16 && low < 16) {
			*s = span_skip(*s, 3);
			return (char)(high << 4 | low);
		}
	}
	*s = span_skip(*s, 1);
	return c == '+' ? ' ' : c;
}

static bool is_named(struct span encoded, struct span name)
{
	while (encoded.len && name.len) {
		if (take_byte(&encoded) != name.ptr[0])
			return false;
		name = span_skip(name, 1);
	}
	return !encoded.len && !name.len;
}

bool http_query_find(struct span query, struct span name, struct buf *out)
{
	while (query.len) {
		struct span pair = { query.ptr, span_find(query, '&') };
		size_t n = span_find(pair, '=');
		struct span value = span_skip(pair, n);

		query = span_skip(query, pair.len);
		if (query.len)
			query = span_skip(query, 1);
		if (!pair.len || !is_named((struct span){ pair.ptr, n }, name))
			continue;
		if (value.len)
			value = span_skip(value, 1);
		while (value.len)
			buf_put_char(out, take_byte(&value));
		return !out->full;
	}
	return false;
}
