/* SPDX-License-Identifier: MIT */
/* The files of rules: see serve/rules.h. */
#include "serve/rules.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/say.h"

/* So much of a line is said. */
#define SAID_MAX 60

/* So many lines of a file are said, and how many more there are. */
#define LINES_MAX 20

static void say_line(struct span file, const struct site_rules_line *at,
		     const char *reason)
{
	struct span text = at->text;

	if (text.len > SAID_MAX)
		text.len = SAID_MAX;
	struct buf *line = serve_line_begin("");

	buf_put(line, file);
	serve_line_put_count(":", at->number);
	serve_line_end_wrong(text, reason);
}

static void say_more(struct span file, u32 count)
{
	struct buf *line = serve_line_begin("");

	buf_put(line, file);
	serve_line_put_count(": and ", count);
	serve_line_put(" more");
	serve_line_end();
}

/* @text is empty if there is none. Return: 0 or more, or a negative errno. */
static long read_text(struct site_rules *rules, const struct site_root *root,
		      const char *file, struct span *text)
{
	struct statx st;
	int fd;
	long r = site_open(root, file, &st, &fd);

	*text = (struct span){ rules->text, 0 };

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (fd < 0)
		return -EINVAL;
	r = site_read(fd, rules->text, sizeof(rules->text));
	sys_close(fd);
	if (r >= 0)
		text->len = (size_t)r;
	return r == sizeof(rules->text) ? -EFBIG : r;
}

struct site_rules *serve_rules_map(void)
{
	void *memory;
	long r = kernel_map(&memory,
			    SITE_RULES_FILES * sizeof(struct site_rules),
			    MAP_PRIVATE);

	if (r >= 0)
		return memory;
	serve_say_failure("mmap", SPAN("rules"), r);
	return NULL;
}

/* The same, where it is: it stays there. */
static long find_text(const struct site_bundle *bundle, struct span file,
		      struct span *text)
{
	const struct site_bundle_entry *e = site_bundle_entry(bundle, file);

	*text = e ? site_bundle_content(bundle, e) : SPAN("");
	return text->len > SITE_RULES_TEXT_MAX ? -EFBIG : 0;
}

void serve_rules_read(struct site_rules *rules, const struct site_root *root,
		      const struct site_bundle *bundle)
{
	for (unsigned i = 0; i < SITE_RULES_FILES; i++, rules++) {
		struct span file = i == SITE_HEADERS ? SPAN("_headers")
						     : SPAN("_redirects");
		struct site_rules_line line = { 0 };
		const char *reason;
		u32 wrong = 0;
		struct span rest;

		site_rules_clear(rules);
		long r = bundle ? find_text(bundle, file, &rest)
				: read_text(rules, root, file.ptr, &rest);

		if (r < 0) {
			serve_say_failure("read", file, r);
			continue;
		}
		while ((reason = site_rules_parse(rules, i == SITE_HEADERS,
						  &rest, &line)))
			if (wrong++ < LINES_MAX)
				say_line(file, &line, reason);
		if (wrong > LINES_MAX)
			say_more(file, wrong - LINES_MAX);
	}
}
