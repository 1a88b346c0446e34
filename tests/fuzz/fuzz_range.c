/* SPDX-License-Identifier: MIT */
/*
 * http/range.h: a size, then the value of a Range field. It is read a second
 * time by the grammar alone; what was asked for has to be sent, and little
 * besides.
 */
#include "fuzz.h"
#include "http/range.h"

struct asked {
	unsigned count; /* of elements */
	unsigned some;	/* that can be satisfied */
	struct {
		u64 first;
		u64 last;
	} at[HTTP_RANGES_MAX + 1];
};

/* Return: whether there are digits alone; past the last number is the last. */
static bool read_number(struct span s, u64 *value)
{
	*value = 0;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)((u8)s.ptr[i] - '0');

		if (digit > 9)
			return false;
		if (*value > ~0ULL / 10 ||
		    (*value == ~0ULL / 10 && digit > ~0ULL % 10))
			*value = ~0ULL;
		else if (*value != ~0ULL)
			*value = *value * 10 + digit;
	}
	return s.len > 0;
}

/* Return: whether the element is well-formed, and can be answered. */
static bool read_one(struct asked *a, struct span one, u64 size)
{
	size_t dash = span_find(one, '-');
	struct span from = { one.ptr, dash };
	u64 first;
	u64 last;

	if (dash == one.len || a->count++ == HTTP_RANGES_MAX)
		return false;
	struct span to = span_skip(one, dash + 1);
	if (!from.len) {
		if (!read_number(to, &last) || (last && !size))
			return false;
		if (!last)
			return true;
		first = last < size ? size - last : 0;
		last = size - 1;
	} else {
		if (!read_number(from, &first) ||
		    (to.len && !read_number(to, &last)))
			return false;
		if (!to.len)
			last = ~0ULL;
		if (last < first)
			return false;
		if (first >= size)
			return true;
		last = last < size ? last : size - 1;
	}
	a->at[a->some].first = first;
	a->at[a->some].last = last;
	a->some++;
	return true;
}

static enum http_range read_all(struct asked *a, struct span value, u64 size)
{
	*a = (struct asked){ 0 };
	if (value.len < 6 ||
	    !span_equal_nocase((struct span){ value.ptr, 6 }, SPAN("bytes=")))
		return HTTP_RANGE_NONE;
	value = span_skip(value, 6);
	while (value.len) {
		size_t n = span_find(value, ',');
		struct span one = span_trim((struct span){ value.ptr, n });

		value = span_skip(value, n < value.len ? n + 1 : n);
		if (one.len && !read_one(a, one, size))
			return HTTP_RANGE_NONE;
	}
	if (!a->count)
		return HTTP_RANGE_NONE;
	return a->some ? HTTP_RANGE_SOME : HTTP_RANGE_UNSATISFIABLE;
}

/*
 * From the first byte of a range to its last, each step by a range that was
 * asked for and begins no further off than the gap that is filled.
 * Return: the number of the last one that lies in it, from 1.
 */
static unsigned check_cover(const struct asked *a, u64 first, u64 last)
{
	unsigned youngest = 0;
	u64 end = first; /* what is covered lies before it */
	bool grows = true;

	for (unsigned i = 0; i < a->some; i++)
		if (a->at[i].first >= first && a->at[i].last <= last)
			youngest = i + 1;
	while (grows) {
		grows = false;
		for (unsigned i = 0; i < a->some; i++) {
			u64 from = a->at[i].first;

			if (from < first || a->at[i].last < end ||
			    (end == first
				     ? from != end
				     : from > end &&
					       from - end > HTTP_RANGE_GAP))
				continue;
			end = a->at[i].last + 1;
			grows = true;
		}
	}
	MUST(end == last + 1);
	return youngest;
}

static void check_some(const struct asked *a, const struct http_ranges *r,
		       u64 size)
{
	unsigned before = 0;

	MUST(r->count >= 1 && r->count <= a->some);
	for (unsigned i = 0; i < r->count; i++) {
		u64 first = r->at[i].first;
		u64 last = r->at[i].last;

		MUST(first <= last && last < size);
		for (unsigned j = 0; j < r->count; j++)
			MUST(i == j || r->at[j].first < first ||
			     (r->at[j].first > last &&
			      r->at[j].first - last - 1 > HTTP_RANGE_GAP));
		unsigned youngest = check_cover(a, first, last);

		MUST(youngest > before);
		before = youngest;
	}
	for (unsigned i = 0; i < a->some; i++) {
		unsigned inside = 0;

		for (unsigned j = 0; j < r->count; j++)
			inside += a->at[i].first >= r->at[j].first &&
				  a->at[i].last <= r->at[j].last;
		MUST(inside == 1);
	}
}

/* "--" boundary, two fields, an empty line; the numbers are those. */
static void check_part(const struct http_parts *p, unsigned i, struct span head)
{
	char text[128];
	struct buf line = BUF(text);

	buf_puts(&line, "Content-Range: bytes ");
	buf_put_u64(&line, p->ranges.at[i].first, 1);
	buf_puts(&line, "-");
	buf_put_u64(&line, p->ranges.at[i].last, 1);
	buf_puts(&line, "/");
	buf_put_u64(&line, p->size, 1);
	buf_puts(&line, "\r");
	if (i) {
		MUST(span_equal(fuzz_line(&head), SPAN("\r")));
	}
	MUST(span_starts(fuzz_line(&head), SPAN("--")));
	MUST(span_starts(fuzz_line(&head), SPAN("Content-Type: ")));
	MUST(span_equal(fuzz_line(&head), buf_span(&line)));
	MUST(span_equal(head, SPAN("\r\n")));
}

static void check_parts(const struct http_ranges *r, u64 size)
{
	static char type[HTTP_PART_TYPE_MAX];
	struct http_parts p = {
		*r, size, size * 0x9E3779B185EBCA87ULL, { type, sizeof(type) }
	};
	u64 length = 0;

	for (size_t i = 0; i < sizeof(type); i++)
		type[i] = 't';
	for (unsigned i = 0; i <= r->count; i++) {
		char text[HTTP_PART_HEAD_MAX];
		struct buf head = BUF(text);

		http_parts_put_head(&head, &p, i);
		MUST(!head.full);
		length += head.len;
		if (i == r->count)
			break;
		length += r->at[i].last - r->at[i].first + 1;
		check_part(&p, i, buf_span(&head));
	}
	MUST(http_parts_length(&p) == length);
}

void fuzz_one(struct span in)
{
	u64 size = fuzz_number(&in);
	struct http_ranges ranges;
	struct asked asked;
	struct span value = fuzz_copy(in);
	enum http_range kind = http_range_parse(value, size, &ranges);

	MUST(read_all(&asked, value, size) == kind);
	if (kind == HTTP_RANGE_SOME) {
		check_some(&asked, &ranges, size);
		check_parts(&ranges, size);
	} else {
		MUST(!ranges.count);
	}
	fuzz_free(value);
}
