/* SPDX-License-Identifier: MIT */
/* Range requests: see http/range.h. */
#include "http/range.h"

/* A number of any length: one too large to be counted is as good as 2^64. */
static bool parse_position(struct span digits, u64 *value)
{
	if (span_parse_u64(digits, value))
		return true;
	for (size_t i = 0; i < digits.len; i++)
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
	*value = ~0ULL;
	return digits.len > 0;
}

/* "-" suffix-length: the last bytes. */
static enum http_range parse_suffix(struct span digits, u64 size, u64 *first,
				    u64 *last)
{
	u64 length;

	if (!parse_position(digits, &length))
		return HTTP_RANGE_NONE;
	if (!length)
		return HTTP_RANGE_UNSATISFIABLE;
	/* Satisfiable, but there is no last byte that a 206 could name. */
	if (!size)
		return HTTP_RANGE_NONE;
	*first = length < size ? size - length : 0;
	*last = size - 1;
	return HTTP_RANGE_SOME;
}

static enum http_range parse_one(struct span value, u64 size, u64 *first,
				 u64 *last)
{
	size_t dash = span_find(value, '-');

	if (dash == value.len)
		return HTTP_RANGE_NONE;
	struct span from = { value.ptr, dash };
	struct span to = span_skip(value, dash + 1);

	if (!from.len)
		return parse_suffix(to, size, first, last);
	if (!parse_position(from, first))
		return HTTP_RANGE_NONE;
	*last = ~0ULL;
	if (to.len && !parse_position(to, last))
		return HTTP_RANGE_NONE;
	if (*last < *first)
		return HTTP_RANGE_NONE;
	if (*first >= size)
		return HTTP_RANGE_UNSATISFIABLE;
	if (*last > size - 1)
		*last = size - 1;
	return HTTP_RANGE_SOME;
}

/* Whether the ranges overlap, or little lies between them. */
static bool is_near(u64 first, u64 last, u64 other_first, u64 other_last)
{
	if (first > other_last)
		return first - other_last - 1 <= HTTP_RANGE_GAP;
	return other_first <= last || other_first - last - 1 <= HTTP_RANGE_GAP;
}

static void take_away(struct http_ranges *r, unsigned i)
{
	r->count--;
	for (; i < r->count; i++)
		r->at[i] = r->at[i + 1];
}

/* Those that are near the new one become part of it. */
static void add(struct http_ranges *r, u64 first, u64 last)
{
	unsigned i = 0;

	while (i < r->count) {
		u64 f = r->at[i].first;
		u64 l = r->at[i].last;

		if (!is_near(first, last, f, l)) {
			i++;
			continue;
		}
		first = f < first ? f : first;
		last = l > last ? l : last;
		take_away(r, i);
		/* It has grown: others may be near it now. */
		i = 0;
	}
	r->at[r->count].first = first;
	r->at[r->count].last = last;
	r->count++;
}

enum http_range http_range_parse(struct span value, u64 size,
				 struct http_ranges *ranges)
{
	struct span unit = SPAN("bytes=");
	struct span one;
	unsigned n = 0;

	ranges->count = 0;
	if (value.len < unit.len ||
	    !span_equal_nocase((struct span){ value.ptr, unit.len }, unit))
		return HTTP_RANGE_NONE;
	value = span_skip(value, unit.len);
	while (span_next_token(&value, &one)) {
		u64 first;
		u64 last;
		enum http_range r = parse_one(one, size, &first, &last);

		if (r == HTTP_RANGE_NONE || n++ == HTTP_RANGES_MAX) {
			ranges->count = 0;
			return HTTP_RANGE_NONE;
		}
		if (r == HTTP_RANGE_SOME)
			add(ranges, first, last);
	}
	if (ranges->count)
		return HTTP_RANGE_SOME;
	return n ? HTTP_RANGE_UNSATISFIABLE : HTTP_RANGE_NONE;
}

void http_parts_put_type(struct buf *out, const struct http_parts *p)
{
	buf_puts(out, "multipart/byteranges; boundary=");
	buf_put_hex(out, p->boundary);
}

void http_parts_put_head(struct buf *out, const struct http_parts *p,
			 unsigned i)
{
	buf_put(out, i ? SPAN("\r\n--") : SPAN("--"));
	buf_put_hex(out, p->boundary);
	if (i == p->ranges.count) {
		buf_puts(out, "--\r\n");
		return;
	}
	buf_puts(out, "\r\nContent-Type: ");
	buf_put(out, p->type);
	buf_puts(out, "\r\nContent-Range: bytes ");
	buf_put_u64(out, p->ranges.at[i].first, 1);
	buf_put_char(out, '-');
	buf_put_u64(out, p->ranges.at[i].last, 1);
	buf_put_char(out, '/');
	buf_put_u64(out, p->size, 1);
	buf_puts(out, "\r\n\r\n");
}

u64 http_parts_length(const struct http_parts *p)
{
	char text[HTTP_PART_HEAD_MAX];
	struct buf head = { text, 0, sizeof(text), false };
	u64 length = 0;

	for (unsigned i = 0; i <= p->ranges.count; i++) {
		head.len = 0;
		http_parts_put_head(&head, p, i);
		BUG_ON(head.full);
		length += head.len;
		if (i < p->ranges.count)
			length += p->ranges.at[i].last - p->ranges.at[i].first +
				  1;
	}
	return length;
}
