/* SPDX-License-Identifier: MIT */
/*
 * http/reply.h: numbers, then values of fields, a line each. The head that is
 * written is read by the grammar, and has what was put into it.
 */
#include "fuzz.h"
#include "http/date.h"
#include "http/reply.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

/* What may stand in a field, of the next line; at most @max bytes. */
static struct span value(struct span *in, char *space, size_t max)
{
	struct buf out = { space, 0, max, false };
	struct span line = span_trim(fuzz_line(in));

	for (size_t i = 0; i < line.len && i < max; i++)
		buf_put_char(&out, (u8)line.ptr[i] > 0x20 && line.ptr[i] != 0x7f
					   ? line.ptr[i]
					   : '_');
	return buf_span(&out);
}

static void fill(struct http_reply *r, struct span *in)
{
	static char text[5][128];
	static const struct span codings[] = { { "", 0 }, { "zstd", 4 } };
	u64 flags = fuzz_number(in);

	*r = (struct http_reply){
		.status = 200 + (int)(flags / 256 % 400),
		.close = flags & 1,
		.offer_keep_alive = flags & 2,
		.ranges = flags & 4,
		.has_content = flags & 8,
		.content_range = flags & 16,
		.varies = flags & 32,
		.content_encoding = codings[flags >> 6 & 1],
		.chunked = flags & 128,
	};
	r->content_length = fuzz_number(in);
	r->first = fuzz_number(in);
	r->last = fuzz_number(in);
	r->size = fuzz_number(in);
	r->validators.last_modified = (s64)fuzz_number(in);
	r->validators.etag = value(in, text[0], 39);
	r->content_type = value(in, text[1], 80);
	r->location = value(in, text[2], sizeof(text[2]));
	r->allow = value(in, text[3], 20);
	r->retry_after = value(in, text[4], 5);
}

/* The rest of the input as field lines. */
static struct span put_fields(struct span in, struct buf *out)
{
	char text[64];

	while (in.len && out->len < 300) {
		buf_puts(out, "X-Extra: ");
		buf_put(out, value(&in, text, sizeof(text)));
		buf_puts(out, "\r\n");
	}
	return buf_span(out);
}

/* The value of the one line of that name, or an empty span. */
static struct span find(struct span lines, struct span name)
{
	struct span found = { NULL, 0 };

	while (lines.len > 2) {
		struct span line = fuzz_line(&lines);
		size_t colon = span_find(line, ':');

		if (!span_equal((struct span){ line.ptr, colon }, name))
			continue;
		MUST(!found.ptr);
		line.len--;
		found = span_skip(line, colon + 2);
	}
	return found;
}

/* The grammar: a token, a colon, a space, text, CRLF. */
static void check_lines(struct span lines)
{
	while (lines.len > 2) {
		struct span line = fuzz_line(&lines);
		size_t colon = span_find(line, ':');

		MUST(colon && colon + 2 <= line.len);
		for (size_t i = 0; i < colon; i++)
			MUST((line.ptr[i] | 0x20) >= 'a'
				     ? (line.ptr[i] | 0x20) <= 'z'
				     : line.ptr[i] == '-');
		MUST(line.ptr[colon + 1] == ' ');
		MUST(line.ptr[line.len - 1] == '\r');
		for (size_t i = colon; i + 1 < line.len; i++)
			MUST((u8)line.ptr[i] >= 0x20 && line.ptr[i] != 0x7f);
	}
	MUST(span_equal(lines, SPAN("\r\n")));
}

static void check_values(struct span lines, const struct http_reply *r)
{
	struct span length = find(lines, SPAN("Content-Length"));
	struct span modified = find(lines, SPAN("Last-Modified"));
	struct span connection = find(lines, SPAN("Connection"));
	u64 n;
	s64 t;

	MUST(span_equal(find(lines, SPAN("Date")), SPAN(DATE)));
	struct span coding = find(lines, SPAN("Transfer-Encoding"));
	bool known = r->content_length != HTTP_LENGTH_UNKNOWN;

	MUST(!length.ptr == !(r->has_content && known));
	MUST(!coding.ptr == !(r->has_content && !known && r->chunked));
	if (length.ptr)
		MUST(span_parse_u64(length, &n) && n == r->content_length);
	if (modified.ptr)
		MUST(http_date_parse(modified, 0, &t));
	MUST(span_equal(find(lines, SPAN("ETag")), r->validators.etag));
	MUST(span_equal(find(lines, SPAN("Location")), r->location));
	MUST(span_equal(find(lines, SPAN("Allow")), r->allow));
	MUST(span_equal(find(lines, SPAN("Retry-After")), r->retry_after));
	MUST(!find(lines, SPAN("Content-Range")).ptr == !r->content_range);
	MUST(!find(lines, SPAN("Vary")).ptr == !r->varies);
	MUST(!find(lines, SPAN("Accept-Ranges")).ptr == !r->ranges);
	MUST(!connection.ptr == !(r->close || r->offer_keep_alive));
	if (r->close)
		MUST(span_equal(connection, SPAN("close")));
}

/* What was prepared is written as it would be made. */
static void check_prepared(struct span whole, const struct http_reply *r)
{
	static char text[2][2048];
	struct buf entity = BUF(text[0]);
	struct buf out = BUF(text[1]);
	struct http_reply again = *r;

	http_reply_put_entity(&entity, r);
	again.prepared = buf_span(&entity);
	http_reply_put_head(&out, &again, SPAN("Date: " DATE "\r\n"));
	MUST(span_equal(whole, buf_span(&out)));
}

/* In less room nothing is written past its end, and that is known. */
static void check_full(struct span whole, const struct http_reply *r,
		       size_t room)
{
	struct span copy = fuzz_copy((struct span){ whole.ptr, room });
	struct buf out = { (char *)copy.ptr, 0, room, false };

	http_reply_put_head(&out, r, SPAN("Date: " DATE "\r\n"));
	MUST(out.full && out.len <= room);
	fuzz_free(copy);
}

void fuzz_one(struct span in)
{
	static char text[2048];
	static char extra[512];
	struct buf fields = BUF(extra);
	struct buf out = BUF(text);
	struct http_reply r;

	fill(&r, &in);
	r.fields = put_fields(in, &fields);
	http_reply_put_head(&out, &r, SPAN("Date: " DATE "\r\n"));
	MUST(!out.full);
	MUST(out.len <= HTTP_REPLY_HEAD_MAX + r.fields.len + r.location.len);
	struct span head = buf_span(&out);
	struct span line = fuzz_line(&head);
	u64 status;

	MUST(span_starts(line, SPAN("HTTP/1.1 ")) && line.len > 14);
	MUST(span_parse_u64((struct span){ line.ptr + 9, 3 }, &status));
	MUST(status == (u64)r.status && line.ptr[12] == ' ');
	MUST(line.ptr[line.len - 1] == '\r');
	check_lines(head);
	check_values(head, &r);
	check_prepared(buf_span(&out), &r);
	check_full(buf_span(&out), &r, (size_t)(r.size % out.len));
}
