/* SPDX-License-Identifier: MIT */
/*
 * Options: see serve/options.h. One table says everything about each; help,
 * command line and environment all come from it. Its texts are arrays, not
 * pointers, so it needs no relocations.
 */
#include "serve/options.h"
#include "base/mem.h"
#include "serve/say.h"

enum kind {
	KIND_HELP,
	KIND_VERSION,
	KIND_NUMBER,
	KIND_LISTEN,
	KIND_NAME,
	/* A word for 1, and "off" for 0. */
	KIND_LOG,
	KIND_LINKS,
	KIND_SWITCH,
};

struct option {
	char name[24];
	char letter; /* 0: none */
	u8 kind;
	u16 field; /* offset in struct serve_options; of a span for a name */
	u32 min;
	u64 max;
	char value[8]; /* what the help calls it */
	char help[48];
};

#define FIELD(name) offsetof(struct serve_options, name)

static const struct option options[] = {
	{ "listen", 'l', KIND_LISTEN, 0, 0, 0, "ADDR",
	  "8080, 127.0.0.1:80, [::1]:80; repeatable [8080]" },
	{ "workers", 'w', KIND_NUMBER, FIELD(workers), 1, 1024, "N",
	  "worker processes [the CPUs that it may use]" },
	{ "access-log", 0, KIND_LOG, FIELD(access_log), 0, 0, "FMT",
	  "combined or off, to standard output [combined]" },
	{ "max-connections", 0, KIND_NUMBER, FIELD(max_connections), 1, 1 << 20,
	  "N", "of a worker [16384, or what descriptors allow]" },
	{ "max-body", 0, KIND_NUMBER, FIELD(max_body), 0, 1ULL << 62, "BYTES",
	  "longest request body [1048576]" },
	{ "max-header", 0, KIND_NUMBER, FIELD(max_header), 512, 1 << 20,
	  "BYTES", "longest request head [16384]" },
	{ "header-timeout", 0, KIND_NUMBER, FIELD(header_timeout), 1, 86400,
	  "S", "for a whole request head [10]" },
	{ "body-timeout", 0, KIND_NUMBER, FIELD(body_timeout), 1, 86400, "S",
	  "for each 4 KiB of a request body [30]" },
	{ "write-timeout", 0, KIND_NUMBER, FIELD(write_timeout), 1, 86400, "S",
	  "for each 4 KiB of a response [30]" },
	{ "keepalive-timeout", 0, KIND_NUMBER, FIELD(keepalive_timeout), 1,
	  86400, "S", "between two requests of a connection [75]" },
	{ "grace", 0, KIND_NUMBER, FIELD(grace), 1, 86400, "S",
	  "to finish requests after SIGTERM or SIGINT [8]" },
	{ "index", 0, KIND_NAME, FIELD(index), 0, 0, "NAME",
	  "what stands for a directory [index.html]" },
	{ "list", 0, KIND_SWITCH, FIELD(list), 0, 0, "on|off",
	  "list directories without an index [off]" },
	{ "spa", 0, KIND_NAME, FIELD(spa), 0, 0, "NAME",
	  "file in ROOT for pages that are missing" },
	{ "clean-urls", 0, KIND_SWITCH, FIELD(clean_urls), 0, 0, "on|off",
	  "/about finds about.html [off]" },
	{ "dotfiles", 0, KIND_SWITCH, FIELD(dotfiles), 0, 0, "on|off",
	  "serve names that begin with a dot [off]" },
	{ "symlinks", 0, KIND_LINKS, FIELD(symlinks), 0, 0, "WORD",
	  "beneath (followed inside ROOT) or off [beneath]" },
	{ "cache-size", 0, KIND_NUMBER, FIELD(cache_size), 0, 1 << 30, "BYTES",
	  "of files that a worker remembers [8388608]" },
	{ "cache-ttl", 0, KIND_NUMBER, FIELD(cache_ttl), 0, 86400000, "MS",
	  "not to look whether they changed [0]" },
	{ "help", 'h', KIND_HELP, 0, 0, 0, "", "show this" },
	{ "version", 'V', KIND_VERSION, 0, 0, 0, "", "show the version" },
};

_Static_assert(ARRAY_SIZE(options) <= 32, "a bit of `given` for each");

static const struct serve_options defaults = {
	.access_log = 1,
	.symlinks = 1,
	.max_body = 1 << 20,
	.max_header = 16384,
	.header_timeout = 10,
	.body_timeout = 30,
	.write_timeout = 30,
	.keepalive_timeout = 75,
	.cache_size = 8 << 20,
	.grace = 8,
};

static void print_help(void)
{
	char text[4096];
	struct buf b = BUF(text);

	buf_puts(&b, "usage: scratchd [options] [ROOT]\n\nServes the files "
		     "below ROOT, a directory (default \".\"), over HTTP.\n\n");
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];
		size_t start = b.len;

		buf_puts(&b, "  ");
		if (o->letter) {
			buf_put_char(&b, '-');
			buf_put_char(&b, o->letter);
			buf_puts(&b, ", ");
		} else {
			buf_puts(&b, "    ");
		}
		buf_puts(&b, "--");
		buf_put(&b, span_from_string(o->name));
		buf_put_char(&b, ' ');
		buf_put(&b, span_from_string(o->value));
		while (b.len - start < 31 && !b.full)
			buf_put_char(&b, ' ');
		buf_put(&b, span_from_string(o->help));
		buf_put_char(&b, '\n');
	}
	buf_puts(
		&b,
		"\nEach option is also a variable, --max-body SCRATCHD_MAX_BODY"
		"; the command line\nwins, then SCRATCHD_LISTEN, then PORT. "
		"SIGTERM and SIGINT finish what was asked\nand end; SIGHUP "
		"opens ROOT anew in new workers.\n\nMemory of a worker, bytes, "
		"at most: 128 * connections + 128 KiB + cache-size +\n"
		"(max-header + 21 KiB) * requests at a time, of which there "
		"are 1024 or fewer;\nwith --list on 33 MiB more. All share "
		"what "
		"_redirects and _headers\nfill of 11 MiB.\n");
	serve_print(buf_span(&b));
}

/* Where a value came from, for messages: "--max-body" or "SCRATCHD_...". */
struct origin {
	struct span prefix;
	struct span name;
};

static enum serve_parsed complain(struct origin from, struct span value,
				  struct span reason)
{
	struct serve_line line;

	serve_line_begin(&line);
	buf_put(&line.out, from.prefix);
	buf_put(&line.out, from.name);
	serve_line_end_wrong(&line, value, reason);
	return SERVE_WRONG;
}

static enum serve_parsed set_number(struct serve_options *o,
				    const struct option *opt, struct span value,
				    struct origin from)
{
	char text[64];
	struct buf reason = BUF(text);
	u64 v;

	if (span_parse_u64(value, &v) && v >= opt->min && v <= opt->max) {
		memcpy((char *)o + opt->field, &v, sizeof(v));
		return SERVE_RUN;
	}
	buf_puts(&reason, "not a number from ");
	buf_put_u64(&reason, opt->min, 1);
	buf_puts(&reason, " to ");
	buf_put_u64(&reason, opt->max, 1);
	return complain(from, value, buf_span(&reason));
}

static enum serve_parsed add_listen(struct serve_options *o, struct span value,
				    struct origin from)
{
	if (o->listen_count == SERVE_LISTEN_MAX)
		return complain(from, value, SPAN("more than 8 addresses"));
	const char *wrong =
		net_address_parse(value, &o->listen[o->listen_count]);

	if (wrong)
		return complain(from, value, span_from_string(wrong));
	o->listen_count++;
	return SERVE_RUN;
}

/* What stands for 1 with an option that can be off. */
static struct span find_word(enum kind kind)
{
	switch (kind) {
	case KIND_LOG:
		return SPAN("combined");
	case KIND_LINKS:
		return SPAN("beneath");
	default:
		return SPAN("on");
	}
}

static enum serve_parsed set_switch(struct serve_options *o,
				    const struct option *opt, struct span value,
				    struct origin from)
{
	struct span word = find_word((enum kind)opt->kind);
	u64 on = span_equal(value, word);
	char text[32];
	struct buf reason = BUF(text);

	memcpy((char *)o + opt->field, &on, sizeof(on));
	if (on || span_equal(value, SPAN("off")))
		return SERVE_RUN;
	buf_puts(&reason, "neither ");
	buf_put(&reason, word);
	buf_puts(&reason, " nor off");
	return complain(from, value, buf_span(&reason));
}

static enum serve_parsed set_option(struct serve_options *o,
				    const struct option *opt, struct span value,
				    struct origin from)
{
	switch ((enum kind)opt->kind) {
	case KIND_NUMBER:
		return set_number(o, opt, value, from);
	case KIND_LISTEN:
		return add_listen(o, value, from);
	case KIND_LOG:
	case KIND_LINKS:
	case KIND_SWITCH:
		return set_switch(o, opt, value, from);
	case KIND_NAME:
		if (!value.len || span_find(value, '/') < value.len ||
		    value.ptr[0] == '.')
			return complain(from, value, SPAN("not a file's name"));
		memcpy((char *)o + opt->field, &value, sizeof(value));
		return SERVE_RUN;
	case KIND_HELP:
		print_help();
		return SERVE_DONE;
	case KIND_VERSION:
		serve_print(SPAN("scratchd " SCRATCHD_VERSION "\n"));
		return SERVE_DONE;
	}
	BUG_ON(true);
	return SERVE_WRONG;
}

/* Whether @name is "SCRATCHD_MAX_BODY" for the option "max-body". */
static bool is_variable(struct span name, struct span option)
{
	struct span prefix = SPAN("SCRATCHD_");

	if (!span_starts(name, prefix) || name.len != prefix.len + option.len)
		return false;
	name = span_skip(name, prefix.len);
	for (size_t i = 0; i < name.len; i++) {
		char c = option.ptr[i];
		char upper = c == '-' ? '_' : (char)(c - ('a' - 'A'));

		if (name.ptr[i] != upper)
			return false;
	}
	return true;
}

static bool takes_value(const struct option *opt)
{
	return opt->kind != KIND_HELP && opt->kind != KIND_VERSION;
}

/* Several addresses in one variable stand with spaces between them. */
static enum serve_parsed set_from_variable(struct serve_options *o,
					   const struct option *opt,
					   struct span value, struct span name)
{
	struct origin from = { SPAN(""), name };

	if (opt->kind != KIND_LISTEN)
		return set_option(o, opt, value, from);
	while (value.len) {
		size_t n = span_find(value, ' ');

		if (n && add_listen(o, (struct span){ value.ptr, n }, from))
			return SERVE_WRONG;
		value = span_skip(value, n < value.len ? n + 1 : n);
	}
	return SERVE_RUN;
}

/*
 * One "NAME=value". A variable that is set to nothing counts as not set.
 * @given: options that the command line has, which wins
 */
static enum serve_parsed read_variable(struct serve_options *o,
				       struct span variable, u32 given)
{
	size_t n = span_find(variable, '=');
	struct span name = { variable.ptr, n };

	if (n + 1 >= variable.len)
		return SERVE_RUN;
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (!(given >> i & 1) && takes_value(&options[i]) &&
		    is_variable(name, span_from_string(options[i].name)))
			return set_from_variable(o, &options[i],
						 span_skip(variable, n + 1),
						 name);
	return SERVE_RUN;
}

/* PORT comes last of the three: only where nothing else says where. */
static enum serve_parsed read_port(struct serve_options *o, char **envp)
{
	for (; *envp; envp++) {
		struct span s = span_from_string(*envp);
		struct origin from = { SPAN(""), SPAN("PORT") };

		if (span_starts(s, SPAN("PORT=")) && s.len > 5)
			return add_listen(o, span_skip(s, 5), from);
	}
	return add_listen(o, SPAN("8080"), (struct origin){ 0 });
}

struct arguments {
	int count;
	char **next;
};

static const struct option *find_long(struct span name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (span_equal(name, span_from_string(options[i].name)))
			return &options[i];
	return NULL;
}

static const struct option *find_letter(char letter)
{
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (letter && options[i].letter == letter)
			return &options[i];
	return NULL;
}

/*
 * One option: @arg is what follows the dashes, its value behind "=" (long) or
 * behind the letter (short), or the next argument.
 */
static enum serve_parsed read_option(struct serve_options *o, struct span arg,
				     bool is_long, struct arguments *args)
{
	size_t n = is_long ? span_find(arg, '=') : 1;
	struct origin from = { is_long ? SPAN("--") : SPAN("-"),
			       { arg.ptr, n } };
	const struct option *opt =
		is_long ? find_long(from.name) : find_letter(arg.ptr[0]);
	struct span value = span_skip(arg, n);
	bool attached = value.len > 0;

	if (!opt)
		return complain((struct origin){ SPAN("option"), SPAN("") },
				(struct span){ arg.ptr - from.prefix.len,
					       arg.len + from.prefix.len },
				SPAN("there is no such option; see --help"));
	if (is_long && attached)
		value = span_skip(value, 1);
	if (!takes_value(opt) && attached)
		return complain(from, value, SPAN("takes no value"));
	if (takes_value(opt) && !attached) {
		if (!args->count)
			return complain(from, value,
					SPAN("a value is missing"));
		value = span_from_string(*args->next++);
		args->count--;
	}
	o->given |= 1U << (opt - options);
	return set_option(o, opt, value, from);
}

static enum serve_parsed read_arguments(struct serve_options *o, int argc,
					char **argv)
{
	struct arguments args = { argc - 1, argv + 1 };
	bool only_root = false;
	enum serve_parsed r = SERVE_RUN;

	while (args.count > 0 && r == SERVE_RUN) {
		struct span arg = span_from_string(*args.next++);

		args.count--;
		if (!only_root && span_equal(arg, SPAN("--")))
			only_root = true;
		else if (!only_root && span_starts(arg, SPAN("--")))
			r = read_option(o, span_skip(arg, 2), true, &args);
		else if (!only_root && arg.len > 1 && arg.ptr[0] == '-')
			r = read_option(o, span_skip(arg, 1), false, &args);
		else if (o->root)
			r = complain((struct origin){ SPAN("ROOT"), SPAN("") },
				     arg, SPAN("there can be only one"));
		else
			o->root = arg.ptr;
	}
	return r;
}

/* What the command line did not say. */
static enum serve_parsed read_environment(struct serve_options *o, char **envp)
{
	enum serve_parsed r = SERVE_RUN;
	u32 given = o->given;

	for (char **v = envp; *v && r == SERVE_RUN; v++)
		r = read_variable(o, span_from_string(*v), given);
	if (r == SERVE_RUN && !o->listen_count)
		r = read_port(o, envp);
	return r;
}

enum serve_parsed serve_options_parse(struct serve_options *o, int argc,
				      char **argv, char **envp)
{
	*o = defaults;
	o->index = SPAN("index.html");
	enum serve_parsed r = read_arguments(o, argc, argv);

	if (r == SERVE_RUN)
		r = read_environment(o, envp);
	if (r != SERVE_RUN)
		return r;
	o->root_is_default = !o->root;
	if (!o->root)
		o->root = ".";
	if (!*o->root)
		return complain((struct origin){ SPAN("ROOT"), SPAN("") },
				SPAN(""), SPAN("not a directory's name"));
	return SERVE_RUN;
}
