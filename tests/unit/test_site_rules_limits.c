/* SPDX-License-Identifier: MIT */
/* site/rules.h: what is promised to find room does. */
#include "tap.h"
#include "base/buf.h"
#include "site/rules.h"

static struct site_rules rules;
static char text[SITE_RULES_TEXT_MAX];

/* @blocks with @lines of one name each, all of which find room. */
static void check_lists(unsigned blocks, unsigned lines, size_t length)
{
	struct buf out = BUF(text);
	struct site_rules_line at = { 0 };

	for (unsigned i = 0; i < blocks; i++) {
		buf_put_char(&out, '/');
		buf_put_u64(&out, i, 1);
		for (unsigned n = 0; n < lines; n++) {
			buf_puts(&out, "\nLink:");
			for (size_t k = 0; k < length; k++)
				buf_put_char(&out, (char)('a' + n));
		}
		buf_put_char(&out, '\n');
	}
	CHECK(!out.full);
	struct span rest = buf_span(&out);

	site_rules_clear(&rules);
	CHECK(!site_rules_parse(&rules, true, &rest, &at));
	CHECK_EQ(rules.fields, blocks);
	for (unsigned i = 0; i < rules.fields; i++) {
		struct span list = rules.field[i].value;
		struct span value;

		CHECK_EQ(list.len, lines * (length + 2) - 2);
		for (unsigned n = 0; span_next_token(&list, &value); n++)
			CHECK(value.len == length &&
			      value.ptr[length - 1] == (char)('a' + n));
	}
}

static void test_long_lists(void)
{
	check_lists(400, 20, 75);
	check_lists(800, 2, 1950);
	check_lists(1990, 16, 90);
}

/* Lines that are refused take no room from those that are not. */
static void test_refused_lines(void)
{
	struct site_rules_line at = { 0 };
	struct buf out = BUF(text);

	for (unsigned i = 0; i < 3000; i++) {
		buf_put_char(&out, '/');
		for (unsigned n = 0; n < 900; n++)
			buf_put_char(&out, 'x');
		buf_puts(&out, "%zz /b\n");
	}
	struct span rest = buf_span(&out);

	site_rules_clear(&rules);
	for (unsigned i = 0; i < 3000; i++)
		CHECK(site_rules_parse(&rules, false, &rest, &at) != NULL);
	CHECK_EQ(rules.strings.len, 0);
	CHECK(!rest.len);
}

/* As many fields as there may be, and nothing behind them is touched. */
static void test_many_fields(void)
{
	struct site_rules_line at = { 0 };
	struct buf out = BUF(text);

	for (unsigned i = 0; i < SITE_RULES_FIELDS_MAX; i++) {
		if (i % 64 == 0)
			buf_puts(&out, "/abc\n");
		buf_puts(&out, i & 1 ? "A:b\n" : "B:a\n");
	}
	buf_puts(&out, "C:d\n");
	struct span rest = buf_span(&out);

	site_rules_clear(&rules);
	const char *reason = site_rules_parse(&rules, true, &rest, &at);

	CHECK(reason != NULL);
	CHECK_SPAN(span_from_string(reason), "more than 8192 fields");
	CHECK_EQ(rules.fields, SITE_RULES_FIELDS_MAX);
	CHECK_SPAN(rules.rule[0].from, "/abc");
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_long_lists);
	RUN(test_refused_lines);
	RUN(test_many_fields);
	return tap_end();
}
