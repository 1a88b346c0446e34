/* SPDX-License-Identifier: MIT */
/*
 * Prints what the connection's state machine understands of the bytes in each
 * file that is named, for test_h11.py: a line for the file, then one for each
 * event.
 */
#include "http/conn.h"
#include <stdio.h>

static void print(struct span s)
{
	printf(" %.*s", (int)s.len, s.ptr);
}

/*
 * @at: where the request begins
 * Return: whether there may be another event.
 */
static bool print_event(const struct http_conn *c, enum http_event what,
			size_t at)
{
	const struct http_request *r = &c->request;
	bool body = r->framing != HTTP_NO_BODY;

	printf("%zu ", at);
	switch (what) {
	case HTTP_ANSWER:
		printf("answer");
		print(r->method_name);
		print(r->target);
		printf(" 1.%d %llu %s\n", r->minor, body ? c->body.total : 0,
		       c->close ? "close" : "keep");
		return true;
	case HTTP_REFUSE:
		printf("refuse %d\n", c->status);
		return false;
	default:
		printf("more %s\n",
		       c->state == HTTP_CONN_HEAD ? "head" : "body");
		return false;
	}
}

/* Of a server that wants bodies. */
static enum http_event step(struct http_conn *c, struct span in, size_t *used)
{
	*used = 0;
	if (c->state == HTTP_CONN_BEGIN)
		return http_conn_begin(c, 1 << 20, true, in.len > 0);
	return http_conn_feed(c, 16384, in, used);
}

static void understand(struct span in)
{
	struct http_conn c;
	enum http_event what;
	size_t used;

	size_t at = 0;
	size_t begin;

	http_conn_start(&c);
	do {
		begin = at;
		bool begins;

		do {
			begins = c.state == HTTP_CONN_BEGIN;
			what = step(&c, span_skip(in, at), &used);
			at += used;
		} while (what == HTTP_DATA || what == HTTP_BEGIN ||
			 (begins &&
			  (what == HTTP_NEED_INPUT || what == HTTP_CONTINUE)));
	} while (print_event(&c, what, begin) && http_conn_next(&c));
}

int main(int argc, char **argv)
{
	static char text[65536];

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");

		if (!f)
			return 1;
		size_t n = fread(text, 1, sizeof(text), f);

		fclose(f);
		printf("file %s\n", argv[i]);
		understand((struct span){ text, n });
	}
	return 0;
}
