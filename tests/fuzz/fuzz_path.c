/* SPDX-License-Identifier: MIT */
/*
 * http/path.h: a method and a target. The path is normalised a second time by
 * lists of segments, and what comes out has to stay what it is.
 */
#include "fuzz.h"
#include "http/path.h"

#define SEGMENTS_MAX 512

static void check_split(const struct http_request *r,
			const struct http_target *t)
{
	MUST(!t->query.len || t->query.ptr[0] == '?');
	MUST(span_find(t->path, '?') == t->path.len);
	if (span_equal(t->path, SPAN("*"))) {
		MUST(r->method == HTTP_OPTIONS && !t->query.len);
		MUST(r->target.ptr[0] == '*' ||
		     span_find(span_skip(r->target, 7), '/') ==
			     r->target.len - 7);
		return;
	}
	MUST(t->path.len && t->path.ptr[0] == '/');
	if (r->target.ptr[0] == '/')
		MUST(t->path.ptr == r->target.ptr &&
		     t->path.len + t->query.len == r->target.len);
	else
		MUST(span_equal((struct span){ r->target.ptr + 4, 3 },
				SPAN("://")));
}

/* Return: whether the whole can be decoded. */
static bool decode(struct span path, struct buf *out)
{
	for (size_t i = 0; i < path.len; i++) {
		unsigned byte = (u8)path.ptr[i];

		if (byte == '%') {
			if (path.len - i < 3)
				return false;
			unsigned high = span_hex_digit(path.ptr[i + 1]);
			unsigned low = span_hex_digit(path.ptr[i + 2]);

			byte = high * 16 + low;
			if (high > 15 || low > 15 || !byte || byte == '/')
				return false;
			i += 2;
		}
		buf_put_char(out, (char)byte);
	}
	return true;
}

static void normalize(struct span path, struct buf *out)
{
	static struct span names[SEGMENTS_MAX];
	size_t count = 0;
	bool folder = true;

	for (path = span_skip(path, 1); path.len;) {
		size_t n = span_find(path, '/');
		struct span name = { path.ptr, n };
		bool dots = span_equal(name, SPAN(".."));

		folder = n < path.len || dots || span_equal(name, SPAN("."));
		path = span_skip(path, n < path.len ? n + 1 : n);
		if (dots)
			count -= count > 0;
		else if (n && !span_equal(name, SPAN(".")))
			names[count++] = name;
	}
	for (size_t i = 0; i < count; i++) {
		buf_puts(out, "/");
		buf_put(out, names[i]);
	}
	if (!count || folder)
		buf_puts(out, "/");
}

/* No name is empty or dots, and no byte is NUL. */
static void check_names(struct span path)
{
	MUST(path.len && path.ptr[0] == '/' && path.len <= HTTP_PATH_MAX);
	MUST(span_find(path, '\0') == path.len);
	path = span_skip(path, 1);
	while (path.len) {
		size_t n = span_find(path, '/');
		struct span name = { path.ptr, n };

		MUST(n && !span_equal(name, SPAN(".")) &&
		     !span_equal(name, SPAN("..")));
		path = span_skip(path, n < path.len ? n + 1 : n);
	}
}

/* Encoded again, each byte but the slashes, it is itself. */
static void check_again(struct span path)
{
	static char text[3 * HTTP_PATH_MAX];
	static char space[HTTP_PATH_MAX + 1];
	static const char digits[] = "0123456789ABCDEFabcdef";
	struct buf encoded = BUF(text);
	struct buf out = BUF(space);

	for (size_t i = 0; i < path.len; i++) {
		u8 c = (u8)path.ptr[i];

		if (c == '/') {
			buf_put_char(&encoded, '/');
			continue;
		}
		buf_put_char(&encoded, '%');
		buf_put_char(&encoded, digits[c >> 4]);
		buf_put_char(&encoded, digits[c & 15]);
	}
	MUST(!encoded.full);
	MUST(http_path_normalize(buf_span(&encoded), &out) == 0);
	MUST(span_equal(buf_span(&out), path));
}

static void check_path(struct span path)
{
	static char space[HTTP_PATH_MAX];
	static char text[2][4 * SEGMENTS_MAX];
	struct buf out = BUF(space);
	struct buf decoded = BUF(text[0]);
	struct buf want = BUF(text[1]);
	int status = http_path_normalize(path, &out);

	if (path.len >= SEGMENTS_MAX)
		return;
	if (!decode(path, &decoded)) {
		MUST(status == -400);
		return;
	}
	MUST(status == 0);
	normalize(buf_span(&decoded), &want);
	MUST(span_equal(buf_span(&out), buf_span(&want)));
	check_names(buf_span(&out));
	check_again(buf_span(&out));
}

void fuzz_one(struct span in)
{
	static char text[8192];
	struct http_request r;
	struct http_target t;
	struct buf line = BUF(text);

	buf_put(&line, in);
	buf_puts(&line, " HTTP/1.1");
	if (line.full || !fuzz_request(&r, buf_span(&line), SPAN("")))
		return;
	int status = http_target_split(&r, &t);

	MUST(status == 0 || status == -400 || status == -421);
	if (status)
		return;
	check_split(&r, &t);
	if (t.path.ptr[0] != '/')
		return;
	struct span copy = fuzz_copy(t.path);

	check_path(copy);
	fuzz_free(copy);
}
