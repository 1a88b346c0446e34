/* SPDX-License-Identifier: MIT */
/*
 * http/path.h: targets by RFC 9112 section 3.2, paths by RFC 3986 section
 * 5.2.4, and every short path against a model of the three steps.
 */
#include "tap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "http/path.h"

#define NONE "none"

static const struct {
	const char *target;
	const char *path; /* NONE: refused */
	const char *query;
	enum http_method method; /* GET where it is HTTP_UNKNOWN */
} targets[] = {
	{ "/", "/", "", 0 },
	{ "/a/b", "/a/b", "", 0 },
	{ "/a?b", "/a", "?b", 0 },
	{ "/?", "/", "?", 0 },
	{ "/a?b?c/d", "/a", "?b?c/d", 0 },
	{ "//host/a", "//host/a", "", 0 },
	{ "/http://b/", "/http://b/", "", 0 },
	{ "/*", "/*", "", 0 },
	{ "*", "*", "", HTTP_OPTIONS },
	{ "*", NONE, "", 0 },
	{ "*", NONE, "", HTTP_POST },
	{ "**", NONE, "", HTTP_OPTIONS },
	{ "*?a", NONE, "", HTTP_OPTIONS },
	{ "http://a", "/", "", 0 },
	{ "http://a/", "/", "", 0 },
	{ "HTTP://a:80/b?c", "/b", "?c", 0 },
	{ "hTtP://[::1]:443/b", "/b", "", 0 },
	{ "http://a%41/b", "/b", "", 0 },
	/* RFC 9112 section 3.2.4: as "*". */
	{ "http://a", "*", "", HTTP_OPTIONS },
	{ "http://a:80", "*", "", HTTP_OPTIONS },
	{ "http://a/", "/", "", HTTP_OPTIONS },
	{ "http://a?", "/", "?", HTTP_OPTIONS },
	{ "http://a?b", "/", "?b", 0 },
	{ "http://a//b", "//b", "", 0 },
	{ "http://", NONE, "", 0 },
	{ "http:///a", NONE, "", 0 },
	{ "http://?a", NONE, "", 0 },
	{ "http:/a", NONE, "", 0 },
	{ "http:", NONE, "", 0 },
	{ "http://a%4/b", NONE, "", 0 },
	{ "https:/", NONE, "", 0 },
	{ "httpx://a/", NONE, "", 0 },
	{ "ftp://a/", NONE, "", 0 },
	{ "file:///etc/passwd", NONE, "", 0 },
	{ "a:80", NONE, "", HTTP_CONNECT },
	{ "a", NONE, "", 0 },
	{ "../a", NONE, "", 0 },
	{ "?a", NONE, "", 0 },
	{ "%2Fa", NONE, "", 0 },
};

static void test_targets(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(targets); i++) {
		struct http_request r;
		struct http_target t;
		bool valid = !span_equal(span_from_string(targets[i].path),
					 SPAN(NONE));

		tap_note("targets", i);
		http_request_start(&r);
		r.method = targets[i].method ? targets[i].method : HTTP_GET;
		r.target = tap_guarded(span_from_string(targets[i].target));
		CHECK_EQ(http_target_split(&r, &t), valid ? 0 : -400);
		if (valid) {
			CHECK(span_equal(t.path,
					 span_from_string(targets[i].path)));
			CHECK(span_equal(t.query,
					 span_from_string(targets[i].query)));
		}
		tap_unguard(r.target);
	}
}

/* Section 7.4 of RFC 9110: not without TLS. */
static void test_https(void)
{
	static const char *const these[] = { "https://a", "https://a/b",
					     "hTtPs://[::1]:443/b?c",
					     "https://" };

	for (unsigned i = 0; i < ARRAY_SIZE(these); i++) {
		struct http_request r;
		struct http_target t;

		http_request_start(&r);
		r.method = HTTP_GET;
		r.target = tap_guarded(span_from_string(these[i]));
		CHECK_EQ(http_target_split(&r, &t), -421);
		tap_unguard(r.target);
	}
}

static const struct {
	const char *path;
	const char *want; /* NULL: -400 */
} paths[] = {
	{ "/", "/" },
	{ "/a", "/a" },
	{ "/a/", "/a/" },
	{ "/a/b.c", "/a/b.c" },
	{ "/a+b", "/a+b" },
	/* Empty segments. */
	{ "//", "/" },
	{ "///", "/" },
	{ "//a", "/a" },
	{ "/a//b", "/a/b" },
	{ "/a//", "/a/" },
	/* Dot segments: RFC 3986 section 5.2.4, and never above the root. */
	{ "/.", "/" },
	{ "/./", "/" },
	{ "/..", "/" },
	{ "/../", "/" },
	{ "/../../a", "/a" },
	{ "/a/.", "/a/" },
	{ "/a/./", "/a/" },
	{ "/a/./b", "/a/b" },
	{ "/a/..", "/" },
	{ "/a/../", "/" },
	{ "/a/../b", "/b" },
	{ "/a/b/..", "/a/" },
	{ "/a/b/../..", "/" },
	{ "/a/b/../../../c", "/c" },
	{ "/a/b/c/./../../g", "/a/g" },
	{ "/a/../../b/../c/", "/c/" },
	{ "/a//../b", "/b" },
	{ "/a/..//b", "/b" },
	/* Names with dots in them. */
	{ "/...", "/..." },
	{ "/.a", "/.a" },
	{ "/..a", "/..a" },
	{ "/a.", "/a." },
	{ "/a..", "/a.." },
	{ "/a/.../b", "/a/.../b" },
	{ "/a/. ./b", "/a/. ./b" },
	/* Decoded once, before the dots are looked at. */
	{ "/%61", "/a" },
	{ "/%41%5a", "/AZ" },
	{ "/%2e", "/" },
	{ "/%2e%2e", "/" },
	{ "/a/%2e%2E/b", "/b" },
	{ "/a/.%2e/b", "/b" },
	{ "/a/%2e./b", "/b" },
	{ "/a/%2e/b", "/a/b" },
	{ "/%2e%2e/%2e%2e/etc", "/etc" },
	{ "/%2e%2e%2e", "/..." },
	{ "/%252e%252e/a", "/%2e%2e/a" },
	{ "/%252f", "/%2f" },
	{ "/%2500", "/%00" },
	{ "/%25", "/%" },
	{ "/%20%3f%23", "/ ?#" },
	{ "/%c3%a9", "/\xc3\xa9" },
	{ "/%c0%ae%c0%ae/a", "/\xc0\xae\xc0\xae/a" },
	{ "/%ff", "/\xff" },
	{ "/%01%7f", "/\x01\x7f" },
	{ "/\\..\\a", "/\\..\\a" },
	{ "/%5c..%5c", "/\\..\\" },
	/* Refused: read differently further in, or by nobody. */
	{ "/%00", NULL },
	{ "/a%00.html", NULL },
	{ "/%2f", NULL },
	{ "/%2F", NULL },
	{ "/a%2fb", NULL },
	{ "/..%2f..", NULL },
	{ "/%2e%2e%2f", NULL },
	{ "/%", NULL },
	{ "/%2", NULL },
	{ "/a%", NULL },
	{ "/%%", NULL },
	{ "/%%41", NULL },
	{ "/%4%31", NULL },
	{ "/%g0", NULL },
	{ "/%0g", NULL },
	{ "/% 1", NULL },
	{ "/%+1", NULL },
	{ "/%-1", NULL },
	{ "/%0x41", NULL },
	{ "/%u002e", NULL },
	{ "/a/../%", NULL },
};

static void test_paths(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(paths); i++) {
		char text[HTTP_PATH_MAX];
		struct buf b = BUF(text);
		struct span in = tap_guarded(span_from_string(paths[i].path));

		tap_note("paths", i);
		CHECK_EQ(http_path_normalize(in, &b), paths[i].want ? 0 : -400);
		if (paths[i].want)
			tap_check_span(buf_span(&b),
				       span_from_string(paths[i].want), "paths",
				       __FILE__, __LINE__);
		tap_unguard(in);
	}
}

/* What is in the buffer already is no part of the path. */
static void test_appends(void)
{
	char text[HTTP_PATH_MAX + 9];
	struct buf b = BUF(text);

	buf_puts(&b, "/x/y");
	CHECK_EQ(http_path_normalize(SPAN("/../../a/../b"), &b), 0);
	CHECK_SPAN(buf_span(&b), "/x/y/b");
	b.len = 0;
	buf_puts(&b, "..");
	CHECK_EQ(http_path_normalize(SPAN("/.."), &b), 0);
	CHECK_SPAN(buf_span(&b), "../");
}

/* A path of @length bytes, of segments of a hundred. */
static struct span make_path(struct buf *b, size_t length)
{
	b->len = 0;
	while (b->len < length)
		buf_put_char(b, b->len % 100 ? 'a' : '/');
	return buf_span(b);
}

static void test_longest(void)
{
	char in[HTTP_PATH_MAX * 3 + 64];
	char text[HTTP_PATH_MAX];
	char roomy[HTTP_PATH_MAX + 64];
	struct buf path = BUF(in);

	for (size_t n = HTTP_PATH_MAX - 2; n <= HTTP_PATH_MAX + 2; n++) {
		struct buf out = BUF(text);
		struct buf large = BUF(roomy);
		int want = n > HTTP_PATH_MAX ? -414 : 0;

		tap_note("length", (long long)n);
		make_path(&path, n);
		CHECK_EQ(http_path_normalize(buf_span(&path), &out), want);
		/* The limit is not one of the buffer. */
		CHECK_EQ(http_path_normalize(buf_span(&path), &large), want);
		if (!want)
			CHECK(span_equal(buf_span(&out), buf_span(&path)));
	}
	/* Encoded, it may be three times as long. */
	struct buf out = BUF(text);

	path.len = 0;
	buf_put_char(&path, '/');
	while (path.len < (HTTP_PATH_MAX - 1) * 3)
		buf_puts(&path, "%61");
	CHECK_EQ(http_path_normalize(buf_span(&path), &out), 0);
	CHECK_EQ(out.len, HTTP_PATH_MAX);
	buf_puts(&path, "%61");
	out.len = 0;
	CHECK_EQ(http_path_normalize(buf_span(&path), &out), -414);
	/* What is dropped again has no weight. */
	out = BUF(text);
	path.len = 0;
	buf_put_char(&path, '/');
	while (path.len < HTTP_PATH_MAX * 2)
		buf_puts(&path, "a/..//./");
	CHECK_EQ(http_path_normalize(buf_span(&path), &out), 0);
	CHECK_SPAN(buf_span(&out), "/");
}

/*
 * The model: decode, then collapse slashes, then take the dot segments out as
 * RFC 3986 section 5.2.4 says, each step over the whole.
 */
#define MODEL_MAX 16

struct model {
	char text[MODEL_MAX];
	size_t len;
};

static int model_digit(char c)
{
	return c == '2' ? 2 : c == 'e' ? 14 : c == 'a' ? 10 : -1;
}

static bool model_decode(struct model *m, const char *s, size_t len)
{
	m->len = 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '%') {
			m->text[m->len++] = s[i];
			continue;
		}
		if (i + 2 >= len || model_digit(s[i + 1]) < 0 ||
		    model_digit(s[i + 2]) < 0)
			return false;
		m->text[m->len++] = (char)(model_digit(s[i + 1]) * 16 +
					   model_digit(s[i + 2]));
		i += 2;
	}
	return true;
}

static void model_collapse(struct model *m)
{
	size_t to = 0;

	for (size_t i = 0; i < m->len; i++)
		if (m->text[i] != '/' || !to || m->text[to - 1] != '/')
			m->text[to++] = m->text[i];
	m->len = to;
}

static bool begins(const char *in, size_t len, const char *prefix)
{
	size_t n = span_from_string(prefix).len;

	return len >= n && !memcmp(in, prefix, n);
}

/* The input buffer's rules A to E; A and D cannot apply behind a "/". */
static void model_remove_dots(struct model *m)
{
	struct model in = *m;
	char *s = in.text;
	size_t left = m->len;
	size_t to = 0;

	while (left) {
		bool up = begins(s, left, "/../") ||
			  (left == 3 && begins(s, left, "/.."));
		bool here = begins(s, left, "/./") ||
			    (left == 2 && begins(s, left, "/."));
		size_t dots = up ? 3 : here ? 2 : 0;

		if (up) {
			while (to && m->text[to - 1] != '/')
				to--;
			to -= to > 0;
		}
		if (dots && left == dots) {
			/* Replaced by "/", which goes to the output. */
			m->text[to++] = '/';
			break;
		}
		if (dots) {
			s += dots;
			left -= dots;
			continue;
		}
		do {
			m->text[to++] = *s++;
			left--;
		} while (left && *s != '/');
	}
	m->len = to;
}

static void check_model(struct span in)
{
	char text[HTTP_PATH_MAX];
	struct buf b = BUF(text);
	struct model m;
	int r = http_path_normalize(in, &b);

	if (!model_decode(&m, in.ptr, in.len)) {
		CHECK_EQ(r, -400);
		return;
	}
	model_collapse(&m);
	model_remove_dots(&m);
	if (!CHECK_EQ(r, 0) ||
	    !CHECK(span_equal(buf_span(&b), (struct span){ m.text, m.len })))
		tap_check_span(in, SPAN("see above"), "path", __FILE__,
			       __LINE__);
}

/* "/" and all strings of up to six of these, an encoded slash being absent. */
static void test_every_short_path(void)
{
	static const char alphabet[] = { '/', '.', 'a', '%', '2', 'e' };
	struct span in = tap_guarded(SPAN("/123456"));
	char *end = (char *)in.ptr + in.len;
	unsigned count = 1;

	for (unsigned n = 0; n <= 6; n++, count *= 6)
		for (unsigned i = 0; i < count; i++) {
			char *s = end - n;

			for (unsigned j = 0, v = i; j < n; j++, v /= 6)
				s[j] = alphabet[v % 6];
			s[-1] = '/';
			check_model((struct span){ s - 1, n + 1 });
		}
	tap_unguard(in);
}

/* The examples of the RFC itself: the model is right. */
static void test_model(void)
{
	struct model m = { "/a/b/c/./../../g", 16 };

	model_remove_dots(&m);
	CHECK(span_equal((struct span){ m.text, m.len }, SPAN("/a/g")));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_targets);
	RUN(test_https);
	RUN(test_paths);
	RUN(test_appends);
	RUN(test_longest);
	RUN(test_model);
	RUN(test_every_short_path);
	return tap_end();
}
