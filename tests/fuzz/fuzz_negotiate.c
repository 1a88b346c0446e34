/* SPDX-License-Identifier: MIT */
/*
 * http/negotiate.h: values of Accept-Encoding, one a line. The same said in
 * another way weighs the same.
 */
#include "fuzz.h"
#include "http/negotiate.h"

#define LINE_MAX 2048

static bool read(struct http_codings *c, struct span fields)
{
	struct http_request r;

	if (!fuzz_request(&r, SPAN("GET / HTTP/1.1"), fields))
		return false;
	http_negotiate_read(c, &r);
	for (unsigned i = 0; i < HTTP_CODINGS; i++)
		MUST(c->weight[i] <= 1000);
	return true;
}

static bool is_same(const struct http_codings *a, const struct http_codings *b)
{
	for (unsigned i = 0; i < HTTP_CODINGS; i++)
		if (a->weight[i] != b->weight[i])
			return false;
	return true;
}

/* The lines as fields, or as one field; in capitals, or as they are. */
static void put(struct buf *out, struct span in, bool joined, bool capitals)
{
	bool first = true;

	while (in.len) {
		struct span line = fuzz_line(&in);

		if (first || !joined)
			buf_puts(out, "\nAccept-Encoding: ");
		else
			buf_puts(out, " ,\t, ");
		for (size_t i = 0; i < line.len; i++) {
			bool small = line.ptr[i] >= 'a' && line.ptr[i] <= 'z';

			buf_put_char(out, (char)(line.ptr[i] -
						 (small && capitals) * 32));
		}
		first = false;
	}
}

/* A last word on a coding is the one that counts, if it is well-formed. */
static void check_last_word(struct buf *out, const struct http_codings *c)
{
	struct http_codings last;

	buf_puts(out, "\naccept-encoding: zstd;q=0.123, Identity ; Q=1.000");
	buf_puts(out, ", br;q=0.1234, br;q=1.001, gzip;q=2, gzip;r=1");
	if (out->full || !read(&last, buf_span(out)))
		return;
	MUST(last.weight[HTTP_ZSTD] == 123);
	MUST(last.weight[HTTP_IDENTITY] == 1000);
	MUST(last.weight[HTTP_BR] == c->weight[HTTP_BR]);
	MUST(last.weight[HTTP_GZIP] == c->weight[HTTP_GZIP]);
}

void fuzz_one(struct span in)
{
	static char text[2][LINE_MAX];
	struct buf fields = BUF(text[0]);
	struct http_codings c;
	struct http_codings same;

	put(&fields, in, false, false);
	if (fields.full || !read(&c, buf_span(&fields)))
		return;
	for (unsigned i = 1; i < 4; i++) {
		struct buf other = BUF(text[1]);

		put(&other, in, i & 1, i & 2);
		if (!other.full && read(&same, buf_span(&other)))
			MUST(is_same(&c, &same));
	}
	check_last_word(&fields, &c);
}
