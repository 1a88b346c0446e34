/* SPDX-License-Identifier: MIT */
/*
 * site/rules.h: a target, then the text of a file of rules, which is read as
 * either file. Whatever stands in it, an answer's head stays one.
 */
#include "fuzz.h"
#include "site/rules.h"

static struct site_rules rules;

static void parse(struct span text, bool headers)
{
	struct site_rules_line line = { 0, { NULL, 0 } };
	u32 before = 0;
	bool more = true;

	site_rules_clear(&rules);
	while (more) {
		more = site_rules_parse(&rules, headers, &text, &line);
		MUST(!more || line.number > before);
		before = line.number;
	}
	MUST(!text.len);
	MUST(rules.count <= SITE_RULES_MAX);
}

/* A path with which the server would come here. */
static bool read_target(struct span line, struct http_target *t)
{
	static char text[2][HTTP_PATH_MAX + 16];
	struct buf start = BUF(text[0]);
	struct buf path = BUF(text[1]);
	struct http_request r;

	buf_puts(&start, "GET ");
	buf_put(&start, line);
	buf_puts(&start, " HTTP/1.1");
	if (start.full || !fuzz_request(&r, buf_span(&start), SPAN("")) ||
	    http_target_split(&r, t) || t->path.ptr[0] != '/' ||
	    http_path_normalize(t->path, &path))
		return false;
	t->path = buf_span(&path);
	return true;
}

/* RFC 3986: no byte that ends a line, or that a browser would take away. */
static void check_redirects(const struct http_target *t)
{
	static char text[8192];
	const struct site_rule *rule = NULL;

	for (unsigned i = 0; i < 50; i++) {
		struct buf out = BUF(text);
		struct span to;

		rule = site_rules_find(&rules, t, rule);
		if (!rule)
			return;
		MUST(rule->status >= 200 && rule->status <= 599);
		site_rules_put_target(rule, t, &out);
		to = buf_span(&out);
		for (size_t k = 0; k < to.len; k++)
			MUST((u8)to.ptr[k] > 0x20 && (u8)to.ptr[k] < 0x7f);
		MUST(!span_starts(to, SPAN("//")));
		MUST(!span_starts(to, SPAN("/\\")));
	}
}

static void check_headers(const struct http_target *t, bool not_modified)
{
	static char text[8192];
	struct site_fields fields = { .not_modified = not_modified,
				      .lines = BUF(text) };

	site_rules_put_fields(&rules, t, &fields);
	struct span lines = buf_span(&fields.lines);

	while (lines.len && !fields.lines.full) {
		struct span line = fuzz_line(&lines);
		size_t colon = span_find(line, ':');

		MUST(line.len && line.ptr[line.len - 1] == '\r');
		line.len--;
		MUST(colon < line.len);
		MUST(http_request_is_field((struct span){ line.ptr, colon },
					   span_skip(line, colon + 1)));
	}
}

void fuzz_one(struct span in)
{
	struct http_target t;
	bool is_target = read_target(fuzz_line(&in), &t);
	struct span text = fuzz_copy(in);

	parse(text, false);
	if (is_target)
		check_redirects(&t);
	parse(text, true);
	if (is_target) {
		check_headers(&t, false);
		check_headers(&t, true);
	}
	fuzz_free(text);
}
