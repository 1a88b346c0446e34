/* SPDX-License-Identifier: MIT */
/* Targets and paths: see http/path.h. */
#include "http/path.h"

static void split_query(struct span s, struct http_target *t)
{
	size_t n = span_find(s, '?');

	t->path = (struct span){ s.ptr, n };
	t->query = span_skip(s, n);
}

/*
 * "http://" authority [path] [query]: the authority is that of Host. Without
 * path and query OPTIONS means the server: RFC 9112 section 3.2.4.
 */
static int split_absolute(struct span s, enum http_method method,
			  struct http_target *t)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] != '/' && s.ptr[n] != '?')
		n++;
	if (!n || !http_request_is_host((struct span){ s.ptr, n }))
		return -400;
	split_query(span_skip(s, n), t);
	if (!t->path.len)
		t->path = method == HTTP_OPTIONS && !t->query.len ? SPAN("*")
								  : SPAN("/");
	return 0;
}

static bool skip_scheme(struct span *s, struct span scheme)
{
	struct span start = { s->ptr, scheme.len };

	if (s->len < scheme.len || !span_equal_nocase(start, scheme))
		return false;
	*s = span_skip(*s, scheme.len);
	return true;
}

int http_target_split(const struct http_request *r, struct http_target *t)
{
	struct span s = r->target;

	if (s.len && s.ptr[0] == '/') {
		split_query(s, t);
		return 0;
	}
	if (span_equal(s, SPAN("*")) && r->method == HTTP_OPTIONS) {
		*t = (struct http_target){ s, { s.ptr, 0 } };
		return 0;
	}
	if (skip_scheme(&s, SPAN("http://")))
		return split_absolute(s, r->method, t);
	return skip_scheme(&s, SPAN("https://")) ? -421 : -400;
}

/* How many bytes of @s are themselves. */
static size_t measure_plain(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] != '%' && s.ptr[n] != '/')
		n++;
	return n;
}

/*
 * The next byte of the path, decoded, taken off @s. Return: the byte, or -400.
 */
static int take_byte(struct span *s)
{
	char c = s->ptr[0];

	if (c != '%') {
		*s = span_skip(*s, 1);
		return (u8)c;
	}
	if (s->len < 3)
		return -400;
	unsigned high = span_hex_digit(s->ptr[1]);
	unsigned low = span_hex_digit(s->ptr[2]);
	unsigned byte = high << 4 | low;

	if (high > 15 || low > 15 || byte == 0 || byte == '/')
		return -400;
	*s = span_skip(*s, 3);
	return (int)byte;
}

/*
 * @out ends in a segment without a slash behind it: drop it if it is empty or
 * ".", and with it the one before if it is "..".
 * @start: where the path begins in @out
 * Return: whether the segment stays.
 */
static bool close_segment(struct buf *out, size_t start)
{
	size_t at = out->len;

	while (out->ptr[at - 1] != '/')
		at--;
	struct span segment = { out->ptr + at, out->len - at };

	if (span_equal(segment, SPAN(".."))) {
		out->len = at;
		if (at - 1 > start) {
			at--;
			while (out->ptr[at - 1] != '/')
				at--;
			out->len = at;
		}
		return false;
	}
	if (!segment.len || span_equal(segment, SPAN("."))) {
		out->len = at;
		return false;
	}
	return true;
}

int http_path_normalize(struct span path, struct buf *out)
{
	size_t start = out->len;

	BUG_ON(!path.len || path.ptr[0] != '/');
	buf_put_char(out, '/');
	path = span_skip(path, 1);
	while (path.len && !out->full) {
		size_t n = measure_plain(path);

		buf_put(out, (struct span){ path.ptr, n });
		path = span_skip(path, n);
		if (!path.len)
			break;
		int c = take_byte(&path);

		if (c < 0)
			return c;
		/* A slash here was not encoded: it ends a segment. */
		if (c != '/')
			buf_put_char(out, (char)c);
		else if (close_segment(out, start))
			buf_put_char(out, '/');
		if (out->len - start > HTTP_PATH_MAX)
			return -414;
	}
	if (out->full || out->len - start > HTTP_PATH_MAX)
		return -414;
	close_segment(out, start);
	return 0;
}
