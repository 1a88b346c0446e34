/* SPDX-License-Identifier: MIT */
/* site/rules.h: which rule is for a path, where it leads, and its fields. */
#include "tap.h"
#include "base/buf.h"
#include "site/rules.h"

static struct site_rules rules;

static const struct {
	const char *pattern;
	const char *path;
	bool matches;
	const char *name;  /* NULL: none */
	const char *value; /* NULL: the name stands for nothing */
} matches[] = {
	{ "/", "/", true, NULL, NULL },
	{ "/", "/a", false, NULL, NULL },
	{ "/a", "/a", true, NULL, NULL },
	{ "/a", "/a/", true, NULL, NULL },
	{ "/a", "/a/b", false, NULL, NULL },
	{ "/a", "/A", false, NULL, NULL },
	{ "/a", "/ab", false, NULL, NULL },
	{ "/ab", "/a", false, NULL, NULL },
	{ "/*", "/", true, "splat", "" },
	{ "/*", "/a/b", true, "splat", "a/b" },
	{ "/*", "/a/b/", true, "splat", "a/b/" },
	{ "/a/*", "/a", true, "splat", "" },
	{ "/a/*", "/a/", true, "splat", "" },
	{ "/a/*", "/a/b", true, "splat", "b" },
	{ "/a/*", "/ab", false, NULL, NULL },
	{ "/a/*", "/b/a", false, NULL, NULL },
	{ "/a*", "/a", true, "splat", "" },
	{ "/a*", "/ab/c", true, "splat", "b/c" },
	{ "/a*", "/", false, NULL, NULL },
	{ "/:x", "/a", true, "x", "a" },
	{ "/:x", "/a/", true, "x", "a" },
	{ "/:x", "/", false, NULL, NULL },
	{ "/:x", "/a/b", false, NULL, NULL },
	{ "/:x/:y", "/a/b", true, "y", "b" },
	{ "/:x/:y", "/a", false, NULL, NULL },
	{ "/:x/b/:y", "/a/b/c", true, "x", "a" },
	{ "/:x/b/:y", "/a/c/c", false, NULL, NULL },
	{ "/:x/*", "/a/b/c", true, "splat", "b/c" },
	{ "/:x/*", "/a", true, "x", "a" },
	{ "/:xy", "/a", true, "x", NULL },
	{ "/:x", "/a", true, "xy", NULL },
	{ "/:x", "/a", true, "splat", NULL },
	{ "/a:x", "/a:x", true, "x", NULL },
	{ "/a:x", "/ab", false, NULL, NULL },
	{ "/*.js", "/a.js", true, NULL, NULL },
	{ "/*.js", "/a/b.min.js", true, NULL, NULL },
	{ "/*.js", "/a.js.map", false, NULL, NULL },
	{ "/*.js", "/.js", true, NULL, NULL },
	{ "/*/b", "/a/b", true, NULL, NULL },
	{ "/*/b", "/a/b/c/b", true, NULL, NULL },
	{ "/*/b", "/b", false, NULL, NULL },
	{ "/a/*/c/*/e", "/a/b/c/d/e", true, NULL, NULL },
	{ "/a/*/c/*/e", "/a/b/c/c/x/c/e", true, NULL, NULL },
	{ "/a/*/c/*/e", "/a/b/c/d/f", false, NULL, NULL },
	{ "/*/:x/e", "/a/b/c/e", true, "x", "c" },
	{ "/*a*a*b", "/aaaaaaaaaaaaaaaaaaaaaaaaaaa", false, NULL, NULL },
};

static void test_match(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(matches); i++) {
		const char *name = matches[i].name;
		struct span pattern =
			tap_guarded(span_from_string(matches[i].pattern));
		struct span path =
			tap_guarded(span_from_string(matches[i].path));
		struct span value = { 0 };

		tap_note("row", i);
		CHECK_EQ(site_rules_match(pattern, path,
					  span_from_string(name ? name : ""),
					  &value),
			 matches[i].matches);
		CHECK(!value.ptr == !matches[i].value);
		if (value.ptr && matches[i].value)
			CHECK(span_equal(value,
					 span_from_string(matches[i].value)));
		tap_note(NULL, 0);
		tap_unguard(pattern);
		tap_unguard(path);
	}
}

/* Each text is one that is without trouble. */
static void read_rules(bool headers, const char *text)
{
	struct span rest = span_from_string(text);
	struct site_rules_line at = { 0 };

	site_rules_clear(&rules);
	tap_note("line", at.number);
	CHECK(!site_rules_parse(&rules, headers, &rest, &at));
	tap_note(NULL, 0);
}

static struct http_target target_of(const char *path, const char *query)
{
	return (struct http_target){ span_from_string(path),
				     span_from_string(query) };
}

/* Plain rules and patterns among each other: the first in the file counts. */
static void test_first(void)
{
	static const struct {
		const char *path;
		const char *query;
		int rule; /* -1: none */
	} rows[] = {
		{ "/a", "", 0 },	   { "/a/", "", 0 },
		{ "/a/x", "", 1 },	   { "/a/b", "", 1 },
		{ "/b", "?id=1", 4 },	   { "/b", "?id=2", 5 },
		{ "/b", "?id=3", 6 },	   { "/b", "?id=", 9 },
		{ "/b", "", 9 },	   { "/b", "?id=1&x=1", 9 },
		{ "/b", "?x=1&id=4", 9 },  { "/b", "?t=u&id=4", 7 },
		{ "/b", "?id=4&t=u", 7 },  { "/b", "?id=4&t=v", 9 },
		{ "/b", "?id=4&id=4", 9 }, { "/b", "?ID=1", 9 },
		{ "/b/", "?id=1", 4 },	   { "/d", "", 9 },
		{ "/c", "", 3 },	   { "/c/", "", 3 },
		{ "/e/f", "", 8 },
	};

	read_rules(false, "/a /0\n/a/* /1\n/a/b /2\n/c /3\n"
			  "/b id=1 /4\n/b id=2 /5\n/b id=:id /6\n"
			  "/b id=:id t=u /7\n/e/:f /8\n/* /9\n/b /10\n");
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_target target =
			target_of(rows[i].path, rows[i].query);
		const struct site_rule *rule =
			site_rules_find(&rules, &target, NULL);

		tap_note("row", i);
		CHECK_EQ(rule ? rule - rules.rule : -1, rows[i].rule);
		tap_note(NULL, 0);
	}
}

/* All that match, in their order. */
static void test_all(void)
{
	struct http_target target = target_of("/a/b", "");
	static const int want[] = { 0, 2, 3, 5 };
	const struct site_rule *rule = NULL;

	read_rules(true, "/*\n/b\n/a/b\n/a/:x\n/*.js\n/a/b/\n");
	for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
		rule = site_rules_find(&rules, &target, rule);
		CHECK_EQ(rule ? rule - rules.rule : -1, want[i]);
	}
	CHECK(!site_rules_find(&rules, &target, rule));
}

static const struct {
	const char *rule;
	const char *path;
	const char *query;
	const char *want;
} targets[] = {
	{ "/a /b", "/a", "", "/b" },
	{ "/a https://b.example", "/a", "", "https://b.example" },
	/* The query is passed on, unless the rule has something to say. */
	{ "/a /b", "/a", "?x=1", "/b?x=1" },
	{ "/a /b", "/a", "?", "/b?" },
	{ "/a /b?y=2", "/a", "?x=1", "/b?y=2" },
	{ "/a /b?", "/a", "?x=1", "/b?" },
	{ "/a id=:i /b", "/a", "?id=1", "/b" },
	{ "/a id=:i /b?i=:i", "/a", "?id=1", "/b?i=1" },
	{ "/a /b#c", "/a", "?x=1", "/b?x=1#c" },
	{ "/a /b#c?d", "/a", "", "/b#c?d" },
	{ "/a/* /b#:splat", "/a/c", "?x=1", "/b?x=1#c" },
	/* Names. */
	{ "/a/* /b/:splat", "/a/c/d", "", "/b/c/d" },
	{ "/a/* /b/:splat", "/a/c/d/", "", "/b/c/d/" },
	{ "/a/* /b/:splat", "/a", "", "/b/" },
	{ "/a/* /b/:splat.html", "/a/c", "", "/b/c.html" },
	{ "/:y/:m /b-:m-:y.html", "/24/7", "", "/b-7-24.html" },
	{ "/:post-id /p/:post-id", "/7", "", "/p/7" },
	{ "/:a/* /:splat/:a", "/1/2/3", "", "/2/3/1" },
	{ "/:a/* https://b.example:80/:a?s=:splat", "/1/2/3", "",
	  "https://b.example:80/1?s=2/3" },
	{ "/a t=:t i=:i /:i/:t", "/a", "?i=1&t=2", "/1/2" },
	{ "/:t t=:t /:t", "/a", "?t=b", "/a" },
	{ "/:a /b:c/:", "/1", "", "/b:c/:" },
	/* What was written as a URL stays as it is, but for what is none. */
	{ "/a /b%20c%zz%", "/a", "", "/b%20c%25zz%25" },
	{ "/a /caf\xc3\xa9", "/a", "", "/caf%C3%A9" },
	{ "/a /b\\c\"<>^`{|}", "/a", "", "/b%5Cc%22%3C%3E%5E%60%7B%7C%7D" },
	{ "/a /b;c,d@e!$&'()*+=:~-_./[1]", "/a", "",
	  "/b;c,d@e!$&'()*+=:~-_./[1]" },
	{ "/a /b", "/a", "?x=\"\\<>|&y=%41%", "/b?x=%22%5C%3C%3E%7C&y=%41%25" },
	/* What was decoded is encoded, whatever it is. */
	{ "/* /b/:splat", "/\r\nX: 1\x01\x7f", "", "/b/%0D%0AX:%201%01%7F" },
	{ "/* /b/:splat", "/100%25", "", "/b/100%2525" },
	{ "/* /b/:splat", "/a?b#c&d+e", "", "/b/a%3Fb%23c%26d%2Be" },
	{ "/* /b?s=:splat", "/a&b=c", "", "/b?s=a%26b=c" },
	{ "/* /b/:splat", "/caf\xc3\xa9", "", "/b/caf%C3%A9" },
	{ "/a i=:i /b/:i", "/a", "?i=1%2f2?c%00", "/b/1%2f2%3Fc%00" },
	{ "/a i=:i /b/:i", "/a", "?i=%0d%0aX", "/b/%0d%0aX" },
	/* Never another host. */
	{ "/* /:splat", "//evil.example", "", "/evil.example" },
	{ "/* /:splat", "/", "", "/" },
	{ "/a/* /:splat/b.example", "/a/", "", "/b.example" },
	{ "/a/* /:splat/b.example", "/a//", "", "/b.example" },
	{ "/a/* /:splat", "/a/\\evil.example", "", "/%5Cevil.example" },
	{ "/a/* /:splat", "/a/\t/evil.example", "", "/%09/evil.example" },
	{ "/a i=:i /:i", "/a", "?i=/evil.example", "/evil.example" },
	{ "/a i=:i /:i", "/a", "?i=////evil.example", "/evil.example" },
	{ "/a i=:i /:i", "/a", "?i=\\evil.example", "/%5Cevil.example" },
	{ "/a/* https://b.example/:splat", "/a/@evil.example", "",
	  "https://b.example/@evil.example" },
	{ "/a 80=:80 http://b.example:80/:80", "/a", "?80=.evil.example",
	  "http://b.example:80/.evil.example" },
	{ "/:443/* https://b.example:443", "/@evil.example/", "",
	  "https://b.example:443" },
	{ "/:1/* http://[::1]:80", "/.evil.example/", "?x",
	  "http://[::1]:80?x" },
};

static void test_targets(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(targets); i++) {
		struct http_target target =
			target_of(targets[i].path, targets[i].query);
		char memory[128];
		struct buf out = BUF(memory);

		read_rules(false, targets[i].rule);
		target.path = tap_guarded(target.path);
		target.query = tap_guarded(target.query);
		tap_note("row", i);
		CHECK(site_rules_find(&rules, &target, NULL) == rules.rule);
		site_rules_put_target(rules.rule, &target, &out);
		CHECK(span_equal(buf_span(&out),
				 span_from_string(targets[i].want)));
		/* A place that is too small. */
		out = (struct buf){ memory, 0, out.len - 1, false };
		site_rules_put_target(rules.rule, &target, &out);
		CHECK(out.full);
		tap_note(NULL, 0);
		tap_unguard(target.path);
		tap_unguard(target.query);
	}
}

static const char headers[] =
	"/*\n  X-A: 1\n  Cache-Control: no-cache\n  Set-Cookie: a=1\n"
	"  X-B: 1\n"
	"/js/*\n  cache-control: public\n  Cache-Control: max-age=1\n"
	"  CACHE-CONTROL: immutable\n  Set-Cookie: b=1\n  Set-Cookie: c=1\n"
	"/*.html\n  Content-Type: text/plain\n  Content-Type: text/x\n"
	"  Content-Language: de\n  Content-Location: /x\n"
	"/vary\n  Vary: Origin\n  Vary: Cookie\n"
	"/type\n  x-content-type-options: none\n";

/* @file: "" is for /nosuch */
static struct site_fields fields_of(const char *path, bool varies,
				    bool not_modified, char *memory,
				    size_t size)
{
	struct http_target target = target_of(path, "");
	struct site_fields fields = { .varies = varies,
				      .not_modified = not_modified,
				      .lines = { memory, 0, size, false } };

	site_rules_put_fields(&rules, &target, &fields);
	return fields;
}

static void test_fields(void)
{
	char memory[256];
	struct site_fields f;

	read_rules(true, headers);
	f = fields_of("/", false, false, memory, sizeof(memory));
	CHECK_SPAN(buf_span(&f.lines), "X-A: 1\r\nCache-Control: no-cache\r\n"
				       "Set-Cookie: a=1\r\nX-B: 1\r\n");
	CHECK(!f.type.len && !f.has_type_options && !f.varies);
	/* A later path wins; what follows each other is a list. */
	f = fields_of("/js/a", true, false, memory, sizeof(memory));
	CHECK_SPAN(buf_span(&f.lines),
		   "X-A: 1\r\ncache-control: public, max-age=1, immutable\r\n"
		   "Set-Cookie: a=1\r\nX-B: 1\r\nSet-Cookie: b=1\r\n"
		   "Set-Cookie: c=1\r\n");
	CHECK(f.varies);
	f = fields_of("/a.html", false, false, memory, sizeof(memory));
	CHECK_SPAN(buf_span(&f.lines),
		   "X-A: 1\r\nCache-Control: no-cache\r\n"
		   "Set-Cookie: a=1\r\nX-B: 1\r\n"
		   "Content-Language: de\r\nContent-Location: /x\r\n");
	CHECK_SPAN(f.type, "text/x");
	f = fields_of("/a.html", false, true, memory, sizeof(memory));
	CHECK_SPAN(buf_span(&f.lines),
		   "X-A: 1\r\nCache-Control: no-cache\r\n"
		   "Set-Cookie: a=1\r\nX-B: 1\r\nContent-Location: /x\r\n");
	f = fields_of("/type", false, false, memory, sizeof(memory));
	CHECK(f.has_type_options);
}

static void test_vary(void)
{
	char memory[256];
	struct site_fields f;

	read_rules(true, "/*\nVary: Origin\nVary: Cookie\n/b\nvary: X\n");
	f = fields_of("/a", false, false, memory, sizeof(memory));
	CHECK_SPAN(buf_span(&f.lines), "Vary: Origin, Cookie\r\n");
	f = fields_of("/a", true, false, memory, sizeof(memory));
	CHECK_SPAN(buf_span(&f.lines),
		   "Vary: Accept-Encoding, Origin, Cookie\r\n");
	CHECK(!f.varies);
	f = fields_of("/b", true, true, memory, sizeof(memory));
	CHECK_SPAN(buf_span(&f.lines), "vary: Accept-Encoding, X\r\n");
}

/* Nothing is left out without a word. */
static void test_fields_that_do_not_fit(void)
{
	char memory[4096];
	char text[4096];
	struct buf out = BUF(text);
	struct site_fields f;

	read_rules(true, headers);
	f = fields_of("/", false, false, memory, 58);
	CHECK(!f.lines.full);
	f = fields_of("/", false, false, memory, 57);
	CHECK(f.lines.full);
	buf_puts(&out, "/a\n");
	for (unsigned i = 0; i < 64; i++) {
		buf_puts(&out, "X-");
		buf_put_u64(&out, i, 1);
		buf_puts(&out, ": a\n");
	}
	size_t fits = out.len;

	buf_puts(&out, "/*\nX-64: a\n");
	buf_put_char(&out, '\0');
	read_rules(true, text);
	CHECK_EQ(rules.fields, 65);
	f = fields_of("/a", false, false, memory, sizeof(memory));
	CHECK(f.lines.full);
	text[fits] = '\0';
	read_rules(true, text);
	f = fields_of("/a", false, false, memory, sizeof(memory));
	CHECK(!f.lines.full);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_match);
	RUN(test_first);
	RUN(test_all);
	RUN(test_targets);
	RUN(test_fields);
	RUN(test_vary);
	RUN(test_fields_that_do_not_fit);
	return tap_end();
}
