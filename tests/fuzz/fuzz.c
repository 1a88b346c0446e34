/* SPDX-License-Identifier: MIT */
/* What targets share: see fuzz.h. */
#include "fuzz.h"
#include "base/hash.h"

struct span fuzz_line(struct span *in)
{
	size_t n = span_find(*in, '\n');
	struct span line = { in->ptr, n };

	*in = span_skip(*in, n < in->len ? n + 1 : n);
	return line;
}

u64 fuzz_number(struct span *in)
{
	struct span line = fuzz_line(in);
	u64 value;

	return span_parse_u64(line, &value) ? value : hash_xxh64(line, 0);
}

u64 fuzz_way(unsigned number, struct span in)
{
	return number < FUZZ_WAYS - 1 ? number
				      : hash_xxh64(in, number) | FUZZ_WAYS;
}

size_t fuzz_piece(u64 way, size_t at, size_t left)
{
	bool drawn = way >= FUZZ_WAYS;
	u64 x = (at + 1 + (drawn ? way : 0)) * 0x9E3779B185EBCA87ULL;
	size_t most = drawn && x >> 63 ? 150 : 9;
	size_t n = way == 0   ? left
		   : way == 1 ? 1
			      : 1 + (size_t)(x >> 40) % most;

	if (way == 3)
		n *= 16;
	return n < left ? n : left;
}

bool fuzz_request(struct http_request *r, struct span start, struct span fields)
{
	static char text[8192];
	struct buf out = BUF(text);

	buf_put(&out, start);
	buf_puts(&out, "\r\nHost: a\r\n");
	while (fields.len) {
		struct span line = fuzz_line(&fields);

		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (!line.len)
			continue;
		buf_put(&out, line);
		buf_puts(&out, "\r\n");
	}
	buf_puts(&out, "\r\n");
	http_request_start(r);
	return !out.full &&
	       http_request_parse(r, buf_span(&out), sizeof(text)) > 0;
}
