/* SPDX-License-Identifier: MIT */
/*
 * http/query.h, and strings of JSON: a name, then a query. What is written for
 * a script is text that ends neither its string nor the script.
 */
#include "fuzz.h"
#include "http/query.h"

#define VALUE_MAX 64

static void check_json(struct span s)
{
	static char text[6 * 2048];
	struct buf out = BUF(text);

	buf_put_json(&out, s);
	MUST(!out.full || s.len > 2048);
	for (size_t i = 0; i < out.len; i++) {
		u8 c = (u8)text[i];

		MUST(c >= 0x20 && c != '"' && c != '<' && c != 0x7f);
		if (c != '\\')
			continue;
		MUST(out.full || (i + 5 < out.len && text[i + 1] == 'u'));
		for (size_t k = 2; k < 6 && i + k < out.len; k++)
			MUST(span_hex_digit(text[i + k]) < 16);
		i += 5;
	}
}

/* A pair in front is the one that is found, a pair behind it is not. */
static void check_more(struct span name, struct span query, bool found,
		       struct span value)
{
	static char text[4096];
	char space[VALUE_MAX];
	struct buf longer = BUF(text);
	struct buf out = BUF(space);

	buf_puts(&longer, "&&%00=1&");
	buf_put(&longer, query);
	buf_puts(&longer, "&");
	if (!found || longer.full || span_equal(name, SPAN("\0")))
		return;
	MUST(http_query_find(buf_span(&longer), name, &out));
	MUST(span_equal(buf_span(&out), value));
}

void fuzz_one(struct span in)
{
	struct span name = fuzz_copy(fuzz_line(&in));
	struct span query = fuzz_copy(in);
	char text[VALUE_MAX];
	struct buf out = BUF(text);
	bool found = http_query_find(query, name, &out);

	MUST(out.len <= query.len);
	check_more(name, query, found, buf_span(&out));
	check_json(query);
	fuzz_free(query);
	fuzz_free(name);
}
