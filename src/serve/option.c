/* SPDX-License-Identifier: MIT */
/* What the value of an option means: see serve/option.h. */
#include "serve/option.h"
#include "base/mem.h"
#include "serve/say.h"

/* Up to where the reason stands. Return: the line. */
static struct buf *begin_complaint(const struct serve_setting *s)
{
	struct buf *line = serve_line_begin("");

	buf_put(line, s->name);
	serve_line_put_wrong(s->value);
	return line;
}

enum serve_parsed serve_option_complain(const struct serve_setting *s,
					const char *reason)
{
	begin_complaint(s);
	serve_line_put(reason);
	serve_line_end();
	return SERVE_WRONG;
}

static enum serve_parsed set_number(u64 *field, const struct serve_option *opt,
				    const struct serve_setting *s)
{
	u64 v;

	if (span_parse_u64(s->value, &v) && v >= opt->min && v <= opt->max) {
		*field = v;
		return SERVE_RUN;
	}
	begin_complaint(s);
	serve_line_put_count("not a number from ", opt->min);
	serve_line_put_count(" to ", opt->max);
	serve_line_end();
	return SERVE_WRONG;
}

/* @wrong: what is, or NULL */
static enum serve_parsed judge(const struct serve_setting *s, const char *wrong)
{
	return wrong ? serve_option_complain(s, wrong) : SERVE_RUN;
}

enum serve_parsed serve_option_add_listen(struct serve_options *o,
					  const struct serve_setting *s)
{
	struct span ending = SPAN(",proxy");
	struct span address = s->value;
	size_t cut = address.len - ending.len;

	if (o->listen_count == SERVE_LISTEN_MAX)
		return judge(s, "too many addresses");
	if (address.len > ending.len &&
	    span_equal(span_skip(address, cut), ending)) {
		address.len = cut;
		o->proxied |= 1ULL << o->listen_count;
	}
	return judge(s,
		     net_address_parse(address, &o->listen[o->listen_count++]));
}

static enum serve_parsed add_trusted(struct serve_options *o,
				     const struct serve_setting *s)
{
	if (o->trusted_count == SERVE_TRUSTED_MAX)
		return judge(s, "too many addresses");
	return judge(s, net_network_parse(s->value,
					  &o->trusted[o->trusted_count++]));
}

/* One of several words with "|" between them; the last stands for 0. */
static enum serve_parsed set_word(u64 *field, struct span words,
				  const struct serve_setting *s)
{
	struct span rest = words;
	bool known = false;
	u64 word = 0;

	while (rest.len) {
		struct span name = span_take(&rest, '|');

		if (known)
			word++;
		else
			known = span_equal(s->value, name);
	}
	if (known) {
		*field = word;
		return SERVE_RUN;
	}
	struct buf *line = begin_complaint(s);

	serve_line_put("not one of ");
	buf_put(line, words);
	serve_line_end();
	return SERVE_WRONG;
}

/* UID:GID, or UID for both. Not root, and not -1, which would change nothing.
 */
static enum serve_parsed set_user(struct serve_options *o,
				  const struct serve_setting *s)
{
	size_t n = span_find(s->value, ':');
	struct span user = { s->value.ptr, n };
	struct span group =
		n < s->value.len ? span_skip(s->value, n + 1) : user;

	if (!span_parse_u64(user, &o->user) ||
	    !span_parse_u64(group, &o->group) || !o->user || !o->group ||
	    o->user >= 0xffffffff || o->group >= 0xffffffff)
		return judge(s, "not UID[:GID], numbers above 0");
	return SERVE_RUN;
}

static bool is_name(struct span s)
{
	/* NAME_MAX: a longer one is no name of any file. */
	return s.len && s.len <= 255 && s.ptr[0] != '.' &&
	       span_find(s, '/') == s.len;
}

enum serve_parsed serve_option_set(struct serve_options *o,
				   const struct serve_option *opt,
				   struct span words,
				   const struct serve_setting *s)
{
	void *field = (char *)o + opt->field;

	switch ((enum serve_option_kind)opt->kind) {
	case SERVE_OPTION_NUMBER:
		return set_number(field, opt, s);
	case SERVE_OPTION_LISTEN:
		return serve_option_add_listen(o, s);
	case SERVE_OPTION_METRICS:
		o->metrics = 1;
		return judge(s,
			     net_address_parse(s->value, &o->metrics_address));
	case SERVE_OPTION_TRUSTED:
		return add_trusted(o, s);
	case SERVE_OPTION_USER:
		return set_user(o, s);
	case SERVE_OPTION_WORD:
		return set_word(field, words, s);
	case SERVE_OPTION_NAME:
		if (!is_name(s->value))
			return judge(s, "not a file's name");
		memcpy(field, &s->value, sizeof(s->value));
		return SERVE_RUN;
	case SERVE_OPTION_ENV_JS:
		if (span_find(s->value, '=') == s->value.len)
			return judge(s, "not PATH=NAME,NAME");
		__attribute__((fallthrough));
	case SERVE_OPTION_PATH:
		if (!span_starts(s->value, SPAN("/")))
			return judge(s, "not a path");
		memcpy(field, &s->value, sizeof(s->value));
		return SERVE_RUN;
	case SERVE_OPTION_HELP:
	case SERVE_OPTION_VERSION:
		break;
	}
	BUG_ON(true);
	return SERVE_WRONG;
}
