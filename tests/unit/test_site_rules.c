/* SPDX-License-Identifier: MIT */
/* site/rules.h: what is a rule and what is not, and how many there may be. */
#include "tap.h"
#include "base/buf.h"
#include "site/rules.h"

static struct site_rules rules;
static char text[SITE_RULES_TEXT_MAX];

#define MALFORMED "malformed path"
#define NO_TARGET "no target"
#define NO_PARAMETER "neither a target nor NAME=VALUE"
#define UNSUPPORTED "status or condition is not supported"
#define PROXY "proxying is not supported"
#define UNKNOWN_NAME "the target has a name that the path has not"
#define TOO_MANY "more than 2000 rules, or 100 with ':' or '*'"
#define NO_FIELD "neither a path nor 'Name: value'"
#define NO_PATH "no path above it"
#define NOT_YOURS "not for a rule to set"
#define CONTROL "control byte"

#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static void check_reason(const char *reason, const char *want, long long row)
{
	tap_note("row", row);
	CHECK(!reason == !want);
	if (reason && want)
		CHECK(span_equal(span_from_string(reason),
				 span_from_string(want)));
	tap_note(NULL, 0);
}

/* One text, whose first trouble is @want. Return: what is left. */
static struct span parse(bool headers, struct span s, const char *want,
			 struct site_rules_line *line, long long row)
{
	*line = (struct site_rules_line){ 0 };
	site_rules_clear(&rules);
	check_reason(site_rules_parse(&rules, headers, &s, line), want, row);
	return s;
}

static const struct {
	struct span line;
	const char *reason; /* NULL: it is a rule, as follows */
	const char *from;
	const char *query;
	const char *to;
	u16 status;
	bool forced;
} redirects[] = {
	{ BYTES("/a /b"), NULL, "/a", "", "/b", 301, false },
	{ BYTES("/a /b 302"), NULL, "/a", "", "/b", 302, false },
	{ BYTES("  /a\t /b\t302! "), NULL, "/a", "", "/b", 302, true },
	{ BYTES("/a /b 200!\r"), NULL, "/a", "", "/b", 200, true },
	{ BYTES("/a /b 404 # why"), NULL, "/a", "", "/b", 404, false },
	{ BYTES("/a /b #why 302"), NULL, "/a", "", "/b", 301, false },
	{ BYTES("/a/ /b/#c"), NULL, "/a", "", "/b/#c", 301, false },
	{ BYTES("/ /b"), NULL, "/", "", "/b", 301, false },
	{ BYTES("/a//b/./c/../d /b"), NULL, "/a/b/d", "", "/b", 301, false },
	{ BYTES("/caf%C3%A9 /b"), NULL, "/caf\xc3\xa9", "", "/b", 301, false },
	{ BYTES("/caf\xc3\xa9 /b"), NULL, "/caf\xc3\xa9", "", "/b", 301,
	  false },
	{ BYTES("/a id=:id  tag=x /b/:id 308"), NULL, "/a", "id=:id  tag=x",
	  "/b/:id", 308, false },
	{ BYTES("/a/* https://e.example/:splat"), NULL, "/a/*", "",
	  "https://e.example/:splat", 301, false },
	{ BYTES("/a http://e.example:8080"), NULL, "/a", "",
	  "http://e.example:8080", 301, false },
	{ BYTES("/a http://[::1]:80/ 307"), NULL, "/a", "", "http://[::1]:80/",
	  307, false },
	{ BYTES("/a* /b"), NULL, "/a*", "", "/b", 301, false },
	{ BYTES("/a id=1 /a"), NULL, "/a", "id=1", "/a", 301, false },
	{ BYTES("/a"), NO_TARGET, 0, 0, 0, 0, 0 },
	{ BYTES("/a # /b"), NO_TARGET, 0, 0, 0, 0, 0 },
	{ BYTES("/a 301"), NO_PARAMETER, 0, 0, 0, 0, 0 },
	{ BYTES("/a id=:id"), NO_TARGET, 0, 0, 0, 0, 0 },
	{ BYTES("/a b /c"), NO_PARAMETER, 0, 0, 0, 0, 0 },
	{ BYTES("/a //b.example/"), NO_PARAMETER, 0, 0, 0, 0, 0 },
	{ BYTES("/a ftp://b.example/"), NO_PARAMETER, 0, 0, 0, 0, 0 },
	{ BYTES("a /b"), MALFORMED, 0, 0, 0, 0, 0 },
	{ BYTES("http://a.example/* /b"), MALFORMED, 0, 0, 0, 0, 0 },
	{ BYTES("/a%2fb /b"), MALFORMED, 0, 0, 0, 0, 0 },
	{ BYTES("/a%zz /b"), MALFORMED, 0, 0, 0, 0, 0 },
	{ BYTES("/a%00 /b"), MALFORMED, 0, 0, 0, 0, 0 },
	{ BYTES("/a?id=1 /b"), MALFORMED, 0, 0, 0, 0, 0 },
	{ BYTES("/a/*/b /b"), "'*' is not at the end", 0, 0, 0, 0, 0 },
	{ BYTES("/** /b"), "'*' is not at the end", 0, 0, 0, 0, 0 },
	{ BYTES("/a /a 302"), "leads to itself", 0, 0, 0, 0, 0 },
	{ BYTES("/a/ /a"), "leads to itself", 0, 0, 0, 0, 0 },
	{ BYTES("/a /a/"), "leads to itself", 0, 0, 0, 0, 0 },
	{ BYTES("/ / 200!"), "leads to itself", 0, 0, 0, 0, 0 },
	{ BYTES("/a /b 999"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b 304"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b 3O1"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b !"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b 65837"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b 302 Country=us"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b Language=en"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b 302! Role=admin"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b /c"), UNSUPPORTED, 0, 0, 0, 0, 0 },
	{ BYTES("/a https://b.example/ 200"), PROXY, 0, 0, 0, 0, 0 },
	{ BYTES("/a https://b.example/ 404!"), PROXY, 0, 0, 0, 0, 0 },
	{ BYTES("/a https:///b"), "malformed host", 0, 0, 0, 0, 0 },
	{ BYTES("/a/* https://:splat/"), "malformed host", 0, 0, 0, 0, 0 },
	{ BYTES("/a/* https://b.example:splat"), "malformed host", 0, 0, 0, 0,
	  0 },
	{ BYTES("/a/:b https://:b.example/"), "malformed host", 0, 0, 0, 0, 0 },
	{ BYTES("/a https://u@b.example/"), "malformed host", 0, 0, 0, 0, 0 },
	{ BYTES("/z/:a-:b /y/:a"), UNKNOWN_NAME, 0, 0, 0, 0, 0 },
	{ BYTES("/a/:b /c?d=:e"), UNKNOWN_NAME, 0, 0, 0, 0, 0 },
	{ BYTES("/a http://b.example/:splat"), UNKNOWN_NAME, 0, 0, 0, 0, 0 },
	{ BYTES("/a b=c /:c"), UNKNOWN_NAME, 0, 0, 0, 0, 0 },
	{ BYTES("/a b=:c /:b"), UNKNOWN_NAME, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b/:"), NULL, "/a", "", "/b/:", 301, false },
	{ BYTES("/a /b/Talk:Main?t=12:30#:~:text=c"), NULL, "/a", "",
	  "/b/Talk:Main?t=12:30#:~:text=c", 301, false },
	{ BYTES("/:b /:b-c?d=:b"), NULL, "/:b", "", "/:b-c?d=:b", 301, false },
	{ BYTES("/a /b\0c"), CONTROL, 0, 0, 0, 0, 0 },
	{ BYTES("/a\rX: 1 /b"), CONTROL, 0, 0, 0, 0, 0 },
	{ BYTES("/a /b\x7f"), CONTROL, 0, 0, 0, 0, 0 },
};

static void test_redirects(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(redirects); i++) {
		struct span line = tap_guarded(redirects[i].line);
		const struct site_rule *rule = rules.rule;
		struct site_rules_line at;

		parse(false, line, redirects[i].reason, &at, i);
		tap_note("row", i);
		CHECK_EQ(at.number, 1);
		CHECK_EQ(rules.count, !redirects[i].reason);
		if (rules.count) {
			CHECK(span_equal(rule->from,
					 span_from_string(redirects[i].from)));
			CHECK(span_equal(rule->query,
					 span_from_string(redirects[i].query)));
			CHECK(span_equal(rule->to,
					 span_from_string(redirects[i].to)));
			CHECK_EQ(rule->status, redirects[i].status);
			CHECK_EQ(rule->forced, redirects[i].forced);
		}
		tap_note(NULL, 0);
		tap_unguard(line);
	}
}

/* Each below a path that matches; NULL: one field. */
static const struct {
	struct span line;
	const char *reason;
} headers[] = {
	{ BYTES("X-A: b"), NULL },
	{ BYTES("  x-a:b  "), NULL },
	{ BYTES("\tX-A: b: c\t# d\r"), NULL },
	{ BYTES("X-A: caf\xc3\xa9"), NULL },
	{ BYTES("X-A: a\tb"), NULL },
	{ BYTES("ETags: a"), NULL },
	{ BYTES("SourceMap: //cdn.example/x.map"), NULL },
	{ BYTES("Set-Cookie: a=b"), NULL },
	{ BYTES("# X-A: b"), NULL },
	{ BYTES("X-A"), NO_FIELD },
	{ BYTES("X-A:"), NO_FIELD },
	{ BYTES("X-A:   "), NO_FIELD },
	{ BYTES(": b"), NO_FIELD },
	{ BYTES("X-A : b"), NO_FIELD },
	{ BYTES("X A: b"), NO_FIELD },
	{ BYTES("! X-A: b"), NO_FIELD },
	{ BYTES("X-\xc3\xa4: b"), NO_FIELD },
	{ BYTES("https://a.example/*"), NO_PATH },
	{ BYTES("http://a.example/*"), NO_PATH },
	{ BYTES("Content-Length: 1"), NOT_YOURS },
	{ BYTES("transfer-encoding: chunked"), NOT_YOURS },
	{ BYTES("CONNECTION: close"), NOT_YOURS },
	{ BYTES("Keep-Alive: timeout=1"), NOT_YOURS },
	{ BYTES("Date: now"), NOT_YOURS },
	{ BYTES("Content-Range: bytes 0-1/2"), NOT_YOURS },
	{ BYTES("Content-Encoding: br"), NOT_YOURS },
	{ BYTES("Location: /"), NOT_YOURS },
	{ BYTES("Trailer: X"), NOT_YOURS },
	{ BYTES("Upgrade: h2c"), NOT_YOURS },
	{ BYTES("ETag: \"a\""), NOT_YOURS },
	{ BYTES("Last-Modified: then"), NOT_YOURS },
	{ BYTES("Accept-Ranges: none"), NOT_YOURS },
	{ BYTES("Age: 1"), NOT_YOURS },
	{ BYTES("Allow: PUT"), NOT_YOURS },
	{ BYTES("Basic-Auth: me:secret"), NOT_YOURS },
	{ BYTES("X-A: a\0b"), CONTROL },
	{ BYTES("X-A: a\rX-B: b"), CONTROL },
	{ BYTES("X-A: a\x1b"), CONTROL },
	{ BYTES("X-A: \x7f"), CONTROL },
};

static void test_headers(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(headers); i++) {
		struct span line = tap_guarded(headers[i].line);
		struct span path = SPAN("/*");
		struct site_rules_line at;

		parse(true, path, NULL, &at, i);
		check_reason(site_rules_parse(&rules, true, &line, &at),
			     headers[i].reason, i);
		tap_note("row", i);
		bool comment = span_starts(headers[i].line, SPAN("#"));

		CHECK_EQ(rules.fields, !headers[i].reason && !comment);
		tap_note(NULL, 0);
	}
}

static void test_headers_need_a_path(void)
{
	struct site_rules_line at;

	parse(true, SPAN("X-A: b\n/*\n"), NO_PATH, &at, 1);
	/* One that is refused takes what is below it along. */
	struct span rest = parse(true, SPAN("/a\n/%zz\nX-A: b\nX-B: c\n/b\n"),
				 MALFORMED, &at, 2);

	for (unsigned i = 0; i < 2; i++)
		check_reason(site_rules_parse(&rules, true, &rest, &at),
			     NO_PATH, 3 + i);
	check_reason(site_rules_parse(&rules, true, &rest, &at), NULL, 5);
	CHECK_EQ(rules.count, 2);
	CHECK_EQ(rules.fields, 0);
	/* And so does one of another host. */
	rest = parse(true, SPAN("/a\nhttps://b.example/a\nX-A: b\n"), NO_PATH,
		     &at, 8);
	check_reason(site_rules_parse(&rules, true, &rest, &at), NO_PATH, 9);
	/* And so does a path that has a control byte. */
	rest = parse(true, SPAN("/a\n/b\x01\nX-A: b\n"), CONTROL, &at, 6);
	check_reason(site_rules_parse(&rules, true, &rest, &at), NO_PATH, 7);
}

/* Line ends of either kind, and a last line that has none. */
static void test_lines(void)
{
	struct site_rules_line at = { 0 };
	struct span whole = tap_guarded(
		SPAN("# one\r\n\r\n/a /b\r\n \t\n/x\n/y\r\n/c /d 302"));
	struct span rest = whole;

	site_rules_clear(&rules);
	check_reason(site_rules_parse(&rules, false, &rest, &at), NO_TARGET, 1);
	CHECK_EQ(at.number, 5);
	CHECK_SPAN(at.text, "/x");
	check_reason(site_rules_parse(&rules, false, &rest, &at), NO_TARGET, 2);
	CHECK_EQ(at.number, 6);
	CHECK_SPAN(at.text, "/y");
	check_reason(site_rules_parse(&rules, false, &rest, &at), NULL, 3);
	CHECK_EQ(at.number, 7);
	CHECK_EQ(rules.count, 2);
	CHECK_EQ(rules.rule[1].status, 302);
	tap_unguard(whole);
	parse(false, SPAN(""), NULL, &at, 4);
	CHECK_EQ(at.number, 0);
	parse(false, SPAN("\n\n"), NULL, &at, 5);
	CHECK_EQ(at.number, 2);
}

static struct span fill(const char *before, size_t count, const char *after)
{
	struct buf out = BUF(text);

	buf_put(&out, span_from_string(before));
	for (size_t i = 0; i < count; i++)
		buf_put_char(&out, 'x');
	buf_put(&out, span_from_string(after));
	CHECK(!out.full);
	return buf_span(&out);
}

static void test_long_lines(void)
{
	static const char long_line[] = "longer than 1000 bytes";
	struct site_rules_line at;

	parse(false, fill("/a /", 996, ""), NULL, &at, 1);
	CHECK_EQ(rules.rule[0].to.len, 997);
	parse(false, fill("/a /", 996, "  \r\n"), NULL, &at, 2);
	parse(false, fill("/a /", 997, ""), long_line, &at, 3);
	parse(false, fill("/a /", 1 << 20, "\n/b /c\n"), long_line, &at, 4);
	parse(false, fill("#", 1 << 20, "\n/b /c\n"), NULL, &at, 5);
	CHECK_EQ(rules.count, 1);
	parse(true, fill("/", 999, ""), NULL, &at, 6);
	parse(true, fill("/", 1000, ""), "too long", &at, 7);
	/* A block of fields has its own measure. */
	parse(true, fill("/a\nX-A: ", 3963, ""), NULL, &at, 8);
	CHECK_EQ(rules.fields, 1);
	parse(true, fill("/a\nX-A: ", 3964, ""), "too long", &at, 9);
	parse(true, fill("/a\nX-A: ", 3963, "\n/b\nX: y"), NULL, &at, 10);
	parse(true, fill("/a\nX-A: ", 3963, "\nX: y"), "too long", &at, 11);
	parse(true, fill("/a\nContent-Type: ", 128, ""), NULL, &at, 12);
	parse(true, fill("/a\nContent-Type: ", 129, ""), "too long", &at, 13);
}

/* So many rules fit; each more is refused, and the other kind still fits. */
static void check_limit(const char *end, const char *other, unsigned most)
{
	struct buf out = BUF(text);
	struct site_rules_line at = { 0 };

	site_rules_clear(&rules);
	for (unsigned i = 0; i < most + 2; i++) {
		buf_put_char(&out, '/');
		buf_put_u64(&out, i, 1);
		buf_put(&out, span_from_string(end));
	}
	buf_put(&out, span_from_string(other));
	struct span rest = buf_span(&out);

	for (unsigned i = 0; i < 2; i++) {
		check_reason(site_rules_parse(&rules, false, &rest, &at),
			     TOO_MANY, i);
		CHECK_EQ(at.number, most + 1 + i);
	}
	check_reason(site_rules_parse(&rules, false, &rest, &at), NULL, 2);
	CHECK_EQ(rules.count, most + 1);
}

static void test_many_rules(void)
{
	check_limit(" /x\n", "/a/* /x", SITE_RULES_PLAIN_MAX);
	check_limit("/* /x\n", "/a /x", SITE_RULES_PATTERN_MAX);
	check_limit("/:a /x\n", "/a /x", SITE_RULES_PATTERN_MAX);
}

/* Each of very many is found. */
static void test_all_are_found(void)
{
	struct buf out = BUF(text);
	struct site_rules_line at;

	for (unsigned i = 0; i < SITE_RULES_PLAIN_MAX; i++) {
		buf_puts(&out, "/old/");
		buf_put_u64(&out, i, 1);
		buf_puts(&out, " /new\n");
	}
	parse(false, buf_span(&out), NULL, &at, 0);
	for (unsigned i = 0; i < SITE_RULES_PLAIN_MAX; i++) {
		char path[16];
		struct buf name = BUF(path);

		buf_puts(&name, "/old/");
		buf_put_u64(&name, i, 1);
		struct http_target target = { buf_span(&name), SPAN("") };

		CHECK(site_rules_find(&rules, &target, NULL) == &rules.rule[i]);
	}
}

/* A set is used again: nothing of before is left. */
static void test_clear(void)
{
	const struct http_target target = { SPAN("/a"), SPAN("") };
	struct site_rules_line at;

	parse(false, SPAN("/a /b\n/* /c"), NULL, &at, 0);
	CHECK(site_rules_find(&rules, &target, NULL) == rules.rule);
	parse(false, SPAN("/x /y"), NULL, &at, 1);
	CHECK(!site_rules_find(&rules, &target, NULL));
	site_rules_clear(&rules);
	CHECK(!site_rules_find(&rules, &target, NULL));
}

/* Whatever the bytes are, it comes to an end and stays inside of them. */
static void test_any_bytes(void)
{
	static const char set[] = "/ab:*= \t\n\r#%2f!?&301\0\x80";
	u64 seed = 1;

	for (unsigned i = 0; i < 20000; i++) {
		char bytes[48];
		struct site_rules_line at = { 0 };
		size_t n = 0;

		do {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			bytes[n++] = set[(seed >> 33) % (sizeof(set) - 1)];
		} while (n < sizeof(bytes) && (seed >> 40) % 40);
		struct span whole = tap_guarded((struct span){ bytes, n });
		struct span rest = whole;

		site_rules_clear(&rules);
		for (n = 0; site_rules_parse(&rules, i & 1, &rest, &at); n++)
			;
		CHECK(!rest.len && n <= at.number);
		tap_unguard(whole);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_redirects);
	RUN(test_headers);
	RUN(test_headers_need_a_path);
	RUN(test_lines);
	RUN(test_long_lines);
	RUN(test_many_rules);
	RUN(test_all_are_found);
	RUN(test_clear);
	RUN(test_any_bytes);
	return tap_end();
}
