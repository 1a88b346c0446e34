/* SPDX-License-Identifier: MIT */
/*
 * http/request.h: the input is a head. However it is cut, and wherever it is
 * moved, it is understood alike; what is accepted, written again, is too.
 */
#include "fuzz.h"
#include "base/mem.h"

/* Small, so that heads which are too long are found soon. */
#define MAX_HEAD 600
#define MOVED 24

static bool same_meaning(const struct http_request *a,
			 const struct http_request *b)
{
	for (unsigned i = 0; i < HTTP_FIELDS; i++)
		if (!a->value[i].ptr != !b->value[i].ptr ||
		    !span_equal(a->value[i], b->value[i]))
			return false;
	return a->method == b->method && a->framing == b->framing &&
	       a->content_length == b->content_length && a->minor == b->minor &&
	       a->keep_alive == b->keep_alive &&
	       a->expects_continue == b->expects_continue &&
	       a->expects_unknown == b->expects_unknown &&
	       a->repeated == b->repeated &&
	       span_equal(a->method_name, b->method_name) &&
	       span_equal(a->target, b->target);
}

/* What the grammar forbids, looked for without the parser. */
static void check_bytes(struct span head)
{
	for (size_t i = 0; i < head.len; i++) {
		u8 c = (u8)head.ptr[i];

		if (c == '\r')
			MUST(i + 1 < head.len && head.ptr[i + 1] == '\n');
		else if (c == '\n')
			MUST(i && head.ptr[i - 1] == '\r');
		else
			MUST((c >= 0x20 && c != 0x7f) || c == '\t');
	}
	MUST(head.len >= 4 && !memcmp(head.ptr + head.len - 4, "\r\n\r\n", 4));
}

static void check_framing(const struct http_request *r)
{
	bool coded = r->value[HTTP_TRANSFER_ENCODING].ptr;
	bool measured = r->value[HTTP_CONTENT_LENGTH].ptr;
	u64 length = 0;

	MUST(!coded || !measured);
	MUST((r->framing == HTTP_CHUNKED) == coded);
	MUST(!coded || r->minor);
	if (measured)
		MUST(span_parse_u64(r->value[HTTP_CONTENT_LENGTH], &length));
	MUST(r->content_length == length);
	MUST((r->framing == HTTP_LENGTH) == (length > 0));
	MUST(!r->minor || http_request_single(r, HTTP_HOST).ptr);
}

/* The first value is the one that is kept, and a second is remembered. */
static void check_values(const struct http_request *r)
{
	for (unsigned i = 0; i < HTTP_FIELDS; i++) {
		struct span rest = r->fields;
		struct span value;
		unsigned count = 0;

		while (http_request_next_value(r, i, &rest, &value))
			if (!count++)
				MUST(value.ptr == r->value[i].ptr &&
				     value.len == r->value[i].len);
		MUST((count > 0) == (r->value[i].ptr != NULL));
		MUST((count > 1) == (r->repeated >> i & 1));
		MUST((count == 1) == (http_request_single(r, i).ptr != NULL));
	}
}

/* The same in its shortest form. */
static void write_again(const struct http_request *r, struct buf *out)
{
	struct span rest = r->fields;

	buf_put(out, r->method_name);
	buf_put_char(out, ' ');
	buf_put(out, r->target);
	buf_puts(out, " HTTP/1.");
	buf_put_u64(out, r->minor, 1);
	buf_puts(out, "\r\n");
	while (rest.len) {
		struct span line = fuzz_line(&rest);
		size_t colon = span_find(line, ':');

		buf_put(out, (struct span){ line.ptr, colon + 1 });
		line.len--;
		buf_put(out, span_trim(span_skip(line, colon + 1)));
		buf_puts(out, "\r\n");
	}
	buf_puts(out, "\r\n");
}

static void check_written(const struct http_request *r)
{
	static char text[MAX_HEAD];
	struct http_request again;
	struct buf out = BUF(text);

	write_again(r, &out);
	MUST(!out.full);
	http_request_start(&again);
	struct span copy = fuzz_copy(buf_span(&out));

	MUST(http_request_parse(&again, copy, MAX_HEAD + 1) == (long)copy.len);
	MUST(same_meaning(r, &again));
	fuzz_free(copy);
}

/* In pieces, and moved towards the front after the first of them. */
static long parse_in_pieces(struct http_request *r, struct span in, u64 way,
			    char *space)
{
	size_t distance = way == 1 ? 0 : MOVED;
	size_t at = 0;
	long status = 0;

	memcpy(space + distance, in.ptr, in.len);
	http_request_start(r);
	while (!status && at < in.len) {
		at += fuzz_piece(way, at, in.len - at);
		status = http_request_parse(
			r, (struct span){ space + distance, at }, MAX_HEAD);
		memmove(space, space + distance, in.len);
		http_request_move(r, distance);
		distance = 0;
	}
	return status;
}

/* A beginning is understood as the whole is, or not yet. */
static void check_beginning(struct span in, size_t n, long status)
{
	struct http_request r;
	struct span copy = fuzz_copy((struct span){ in.ptr, n });
	long early;

	http_request_start(&r);
	early = http_request_parse(&r, copy, MAX_HEAD);
	MUST(!early || early == status);
	MUST(early <= (long)n);
	fuzz_free(copy);
}

void fuzz_one(struct span in)
{
	static char space[8192 + MOVED];
	struct http_request whole;
	struct http_request r;

	if (in.len > sizeof(space) - MOVED)
		return;
	http_request_start(&whole);
	long status = http_request_parse(&whole, in, MAX_HEAD);

	for (unsigned number = 1; number < FUZZ_WAYS && in.len; number++) {
		u64 way = fuzz_way(number, in);

		MUST(parse_in_pieces(&r, in, way, space) == status);
		MUST(status <= 0 || same_meaning(&whole, &r));
		check_beginning(in, fuzz_piece(way, in.len, in.len), status);
	}
	if (status <= 0) {
		MUST(!status || status == -400 || status == -414 ||
		     status == -431 || status == -501 || status == -505);
		return;
	}
	MUST((size_t)status <= in.len && status <= MAX_HEAD);
	check_bytes((struct span){ in.ptr, (size_t)status });
	check_framing(&whole);
	check_values(&whole);
	check_written(&whole);
}
