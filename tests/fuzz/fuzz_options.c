/* SPDX-License-Identifier: MIT */
/*
 * serve/options.h: lines, each an argument; behind an empty line, variables of
 * the environment. Whoever says the same in another way gets the same, and a
 * variable changes nothing that the command line has said.
 */
/* For a call that the project does not use. */
#include <asm/unistd.h>
#include "fuzz.h"
#include "base/hash.h"
#include "base/mem.h"
#include "kernel/sys.h"
#include "serve/options.h"

#define MOST 24

/* Arguments, or variables: strings, and a NULL behind them. */
struct list {
	int count;
	bool full;
	char *at[MOST + 1];
	struct buf out;
	char text[8192];
};

static const struct {
	struct span name;
	size_t field;
	u64 min;
	u64 max;
	enum {
		HELP,
		VERSION,
		LISTEN,
		METRICS,
		TRUSTED,
		USER,
		NAME,
		ENV_JS,
		PATH,
		NUMBER,
		WORD
	} kind;
} options[] = {
#define NOWHERE 0
#define FIELD(name) offsetof(struct serve_options, name)
#define OPTION(name, letter, kind, field, min, max, value, help)               \
	{ { name, sizeof(name) - 1 }, field, min, max, kind },
#include "serve/options.def"
#undef OPTION
};

static void clear(struct list *l)
{
	l->count = 0;
	l->full = false;
	l->at[0] = NULL;
	l->out = (struct buf)BUF(l->text);
}

/* One of @a and @b, together. */
static void add(struct list *l, struct span a, struct span b)
{
	char *start = l->text + l->out.len;

	buf_put(&l->out, a);
	buf_put(&l->out, b);
	buf_put_char(&l->out, '\0');
	l->full = l->out.full || l->count == MOST;
	if (l->full)
		return;
	l->at[l->count++] = start;
	l->at[l->count] = NULL;
}

/* Up to an empty line, or the end. */
static void read_list(struct list *l, struct span *in)
{
	while (in->len && !l->full) {
		struct span line = fuzz_line(in);

		line.len = span_find(line, '\0');
		if (!line.len)
			return;
		add(l, line, SPAN(""));
	}
}

/* What is printed is not looked at here, and would be taken for a result. */
static enum serve_parsed parse(struct serve_options *o, struct list *arguments,
			       struct list *variables)
{
	enum serve_parsed r;
	long nothing = sys_openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

	MUST(nothing >= 0);
	for (long fd = 1; fd <= 2; fd++) {
		MUST(arch_syscall6(fd, 100 + fd, 0, 0, 0, 0, __NR_dup3) >= 0);
		MUST(arch_syscall6(nothing, fd, 0, 0, 0, 0, __NR_dup3) >= 0);
	}
	r = serve_options_parse(o, arguments->count, arguments->at,
				variables->at);
	for (long fd = 1; fd <= 2; fd++) {
		MUST(arch_syscall6(100 + fd, fd, 0, 0, 0, 0, __NR_dup3) >= 0);
		sys_close((int)(100 + fd));
	}
	sys_close((int)nothing);
	return r;
}

static struct span span_of(const void *p, size_t n)
{
	return (struct span){ p, n };
}

static u64 hash_span(const struct serve_options *o, size_t field, u64 seed)
{
	const struct span *s = (const void *)((const char *)o + field);

	return hash_xxh64(*s, seed + !s->ptr);
}

/* Of what was understood; strings may lie elsewhere. */
static u64 hash(const struct serve_options *o)
{
	/* Numbers lie in two places, with strings behind each. */
	size_t first = offsetof(struct serve_options, root);
	size_t second = offsetof(struct serve_options, spa) -
			offsetof(struct serve_options, access_log);
	u64 h = hash_xxh64(span_of(o, first), 0);

	h = hash_xxh64(span_of(&o->access_log, second), h);
	h = hash_span(o, offsetof(struct serve_options, index), h);
	h = hash_span(o, offsetof(struct serve_options, spa), h);
	h = hash_span(o, offsetof(struct serve_options, health_path), h);
	h = hash_span(o, offsetof(struct serve_options, env_js), h);
	h = hash_span(o, offsetof(struct serve_options, env_script), h);
	h = hash_xxh64(span_from_string(o->root), h + o->root_is_default);
	h = hash_xxh64(span_of(o->listen,
			       (size_t)o->listen_count * sizeof(*o->listen)),
		       h);
	h = hash_xxh64(span_of(&o->metrics_address, sizeof(o->metrics_address)),
		       h);
	return hash_xxh64(span_of(o->trusted, (size_t)o->trusted_count *
						      sizeof(*o->trusted)),
			  h);
}

static void check_values(const struct serve_options *o)
{
	static const struct serve_options zeros;

	for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
		u64 value = 0;

		if (options[i].kind != NUMBER || !(o->given >> i & 1))
			continue;
		value = *(const u64 *)(const void *)((const char *)o +
						     options[i].field);
		MUST(value >= options[i].min && value <= options[i].max);
	}
	MUST(o->listen_count >= 1 && o->listen_count <= SERVE_LISTEN_MAX);
	MUST(o->trusted_count <= SERVE_TRUSTED_MAX);
	MUST(o->inherited <= o->listen_count);
	MUST(!(o->proxied >> o->listen_count));
	MUST(o->access_log < 3 && o->sandbox < 3 && o->symlinks < 2);
	MUST(o->list < 2 && o->clean_urls < 2 && o->dotfiles < 2);
	MUST(o->root && *o->root);
	MUST(span_find(o->index, '/') == o->index.len && o->index.len);
	MUST(span_find(o->spa, '/') == o->spa.len);
	MUST(!o->user == !o->group && o->user < ~0U && o->group < ~0U);
	MUST(!o->env_script.len == !o->env_js.len);
	MUST(o->env_script.len <= SERVE_ENV_SCRIPT_MAX);
	MUST(o->metrics || !memcmp(&o->metrics_address, &zeros.metrics_address,
				   sizeof(zeros.metrics_address)));
}

/* Whether the next argument may be the value of @s. */
static bool may_want_value(struct span s)
{
	return s.len && s.ptr[0] == '-' &&
	       !(span_starts(s, SPAN("--")) && span_find(s, '=') < s.len);
}

/* "--name=value" as two arguments, where it surely is an option. */
static void split(const struct list *l, struct list *out)
{
	struct span before = SPAN("");

	clear(out);
	for (int i = 0; i < l->count; i++) {
		struct span s = span_from_string(l->at[i]);
		struct span name = { s.ptr, span_find(s, '=') };

		if (may_want_value(before) || !span_starts(s, SPAN("--")) ||
		    name.len == s.len || name.len == 2 ||
		    span_equal(name, SPAN("--help")) ||
		    span_equal(name, SPAN("--version"))) {
			add(out, s, SPAN(""));
		} else {
			add(out, name, SPAN(""));
			add(out, span_skip(s, name.len + 1), SPAN(""));
		}
		/* Behind "--" no argument is an option. */
		if (!span_equal(before, SPAN("--")))
			before = s;
	}
}

/* Every option that was given, as a variable with a value that none can have.
 */
static void add_wrong(const struct serve_options *o, const struct list *l,
		      struct list *out)
{
	clear(out);
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
		char text[64];
		struct buf name = BUF(text);

		if (!(o->given >> i & 1))
			continue;
		buf_puts(&name, "SCRATCHD_");
		for (size_t k = 0; k < options[i].name.len; k++) {
			char c = options[i].name.ptr[k];

			buf_put_char(&name, c == '-' ? '_' : (char)(c - 32));
		}
		add(out, buf_span(&name), SPAN("=\x01"));
	}
	for (int i = 0; i < l->count; i++)
		add(out, span_from_string(l->at[i]), SPAN(""));
}

static void check_other_ways(const struct serve_options *o, u64 want,
			     enum serve_parsed r, struct list *arguments,
			     struct list *variables)
{
	static struct list other;
	static struct serve_options again;

	split(arguments, &other);
	if (!other.full) {
		MUST(parse(&again, &other, variables) == r);
		MUST(r != SERVE_RUN || hash(&again) == want);
	}
	/* A script may well have any of these variables in it. */
	if (r != SERVE_RUN || o->env_js.len)
		return;
	add_wrong(o, variables, &other);
	if (!other.full) {
		MUST(parse(&again, arguments, &other) == r);
		MUST(hash(&again) == want);
	}
}

void fuzz_one(struct span in)
{
	static struct list arguments;
	static struct list variables;
	static struct serve_options o;
	u64 understood = 0;

	clear(&arguments);
	clear(&variables);
	add(&arguments, SPAN("scratchd"), SPAN(""));
	read_list(&arguments, &in);
	read_list(&variables, &in);
	if (arguments.full || variables.full)
		return;
	enum serve_parsed r = parse(&o, &arguments, &variables);

	MUST(r == SERVE_RUN || r == SERVE_DONE || r == SERVE_WRONG);
	if (r == SERVE_RUN) {
		check_values(&o);
		understood = hash(&o);
	}
	check_other_ways(&o, understood, r, &arguments, &variables);
}
