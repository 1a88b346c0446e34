/* SPDX-License-Identifier: MIT */
/*
 * Options: see serve/options.h. options.def says everything about each; help,
 * command line and environment all come from it. Its texts are one block of
 * bytes: pointers would need relocations.
 */
#include "serve/option.h"
#include "base/mem.h"
#include "kernel/calls.h"
#include "kernel/sys.h"
#include "serve/log.h"
#include "serve/sandbox.h"
#include "serve/say.h"

#define NOWHERE 0
#define FIELD(name) offsetof(struct serve_options, name)

static const struct serve_option options[] = {
#define OPTION(name, letter, kind, field, min, max, value, help)               \
	{ max, min, field, letter, SERVE_OPTION_##kind },
#include "serve/options.def"
#undef OPTION
};

/* Of each option its name, what its value is called, and the help. */
static const char texts[] =
#define OPTION(name, letter, kind, field, min, max, value, help)               \
	name "\0" value "\0" help "\0"
#include "serve/options.def"
#undef OPTION
	;

_Static_assert(ARRAY_SIZE(options) <= 32, "a bit of `given` for each");

static const struct serve_options defaults = {
	.access_log = SERVE_LOG_COMBINED,
	.symlinks = 1,
	.sandbox = SERVE_SANDBOX_AUTO,
	.max_body = 1 << 20,
	.max_header = 16384,
	.header_timeout = 10,
	.body_timeout = 30,
	.write_timeout = 30,
	.keepalive_timeout = 75,
	.cache_size = SERVE_CACHE_FITS,
	.request_memory = ~0ULL,
	.grace = 8,
};

static void print_help(void)
{
	char text[4096];
	struct buf b = BUF(text);
	const char *at = texts;

	buf_puts(&b, "usage: scratchd [options] [ROOT]\n\nServes the files "
		     "below ROOT, a directory (default \".\"), over HTTP.\n\n");
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
		char letter[] = "  -x, --";
		size_t start = b.len;

		letter[3] = options[i].letter;
		buf_put(&b, letter[3] ? SPAN(letter) : SPAN("      --"));
		buf_put(&b, span_take_string(&at));
		buf_put_char(&b, ' ');
		buf_put(&b, span_take_string(&at));
		do
			buf_put_char(&b, ' ');
		while (b.len - start < 31 && !b.full);
		buf_put(&b, span_take_string(&at));
		buf_put_char(&b, '\n');
	}
	buf_puts(
		&b,
		"\nEach option is also a variable, --max-body SCRATCHD_MAX_BODY"
		"; the command line\nwins, then SCRATCHD_LISTEN, then PORT. "
		"SIGTERM and SIGINT finish what was asked\nand end; SIGHUP "
		"opens ROOT anew in new workers.\n");
	serve_print(buf_span(&b));
}

/* What the value of @opt is called. */
static struct span name_value(const struct serve_option *opt)
{
	const char *at = texts;

	for (long i = 0; i < 3 * (opt - options) + 1; i++)
		span_take_string(&at);
	return span_from_string(at);
}

static enum serve_parsed set_option(struct serve_options *o,
				    const struct serve_option *opt,
				    const struct serve_setting *s)
{
	if (opt->kind == SERVE_OPTION_HELP) {
		print_help();
		return SERVE_DONE;
	}
	if (opt->kind == SERVE_OPTION_VERSION) {
		serve_print(SPAN("scratchd " SCRATCHD_VERSION "\n"));
		return SERVE_DONE;
	}
	return serve_option_set(o, opt, name_value(opt), s);
}

/* Whether @name is "MAX_BODY" for the option "max-body". */
static bool is_variable(struct span name, struct span option)
{
	if (name.len != option.len)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = option.ptr[i];
		char upper = c == '-' ? '_' : (char)(c - ('a' - 'A'));

		if (name.ptr[i] != upper)
			return false;
	}
	return true;
}

/* The option whose name @matches @name, or NULL. */
static const struct serve_option *
find_option(struct span name, bool (*matches)(struct span, struct span))
{
	const char *at = texts;

	for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
		if (matches(name, span_take_string(&at)))
			return &options[i];
		span_take_string(&at);
		span_take_string(&at);
	}
	return NULL;
}

static bool takes_value(const struct serve_option *opt)
{
	return opt->kind != SERVE_OPTION_HELP &&
	       opt->kind != SERVE_OPTION_VERSION;
}

/* Several addresses in one variable stand with spaces between them. */
static enum serve_parsed set_from_variable(struct serve_options *o,
					   const struct serve_option *opt,
					   struct span value, struct span name)
{
	struct serve_setting s = { name, value };

	if (opt->kind != SERVE_OPTION_LISTEN &&
	    opt->kind != SERVE_OPTION_TRUSTED)
		return set_option(o, opt, &s);
	while (value.len) {
		s.value = span_take(&value, ' ');
		if (s.value.len && set_option(o, opt, &s))
			return SERVE_WRONG;
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
	struct span prefix = SPAN("SCRATCHD_");
	size_t n = span_find(variable, '=');
	struct span name = { variable.ptr, n };

	if (n + 1 >= variable.len || !span_starts(name, prefix))
		return SERVE_RUN;
	const struct serve_option *opt =
		find_option(span_skip(name, prefix.len), is_variable);

	if (!opt || !takes_value(opt) || given >> (opt - options) & 1)
		return SERVE_RUN;
	return set_from_variable(o, opt, span_skip(variable, n + 1), name);
}

/* The value of the variable @name; ptr is NULL if there is none. */
static struct span find_variable(char **envp, struct span name)
{
	for (; *envp; envp++) {
		struct span s = span_from_string(*envp);

		if (span_starts(s, name) && s.ptr[name.len] == '=')
			return span_skip(s, name.len + 1);
	}
	return (struct span){ NULL, 0 };
}

/*
 * The variables that are named, and no others: the script may be read by
 * everybody. What is not set is null, so that a wrong name is seen.
 */
static bool render_script(struct serve_options *o, char **envp)
{
	static char script[SERVE_ENV_SCRIPT_MAX];
	/* mem_at(): a constant with an address in it would be relocated. */
	struct buf b = { mem_at(script), 0, sizeof(script), false };
	struct span names = span_skip(o->env_js, span_find(o->env_js, '=') + 1);
	struct span name;
	const char *before = "\"";

	buf_puts(&b, "window.ENV={");
	while (span_next_token(&names, &name)) {
		struct span value = find_variable(envp, name);

		buf_puts(&b, before);
		buf_put_json(&b, name);
		buf_puts(&b, value.ptr ? "\":\"" : "\":null");
		buf_put_json(&b, value);
		before = value.ptr ? "\",\"" : ",\"";
	}
	buf_puts(&b, before[0] == '"' && before[1] ? "\"};\n" : "};\n");
	o->env_script = buf_span(&b);
	return !b.full;
}

static enum serve_parsed read_inherited(struct serve_options *o, char **envp)
{
	struct span pid = find_variable(envp, SPAN("LISTEN_PID"));
	struct serve_setting s = { SPAN("LISTEN_FDS"),
				   find_variable(envp, SPAN("LISTEN_FDS")) };
	u64 v;

	/* If they are another process's, so are the variables. */
	if (!span_parse_u64(pid, &v) || v != (u64)sys_getpid() ||
	    !span_parse_u64(s.value, &v))
		return SERVE_RUN;
	if (v > SERVE_LISTEN_MAX - o->listen_count)
		return serve_option_complain(&s, "too many addresses");
	o->inherited = v;
	o->listen_count += v;
	return SERVE_RUN;
}

/* PORT comes last: only where nothing else says where. */
static enum serve_parsed read_port(struct serve_options *o, char **envp)
{
	struct serve_setting s = { SPAN("PORT"),
				   find_variable(envp, SPAN("PORT")) };

	if (!s.value.len)
		s.value = SPAN("8080");
	return serve_option_add_listen(o, &s);
}

struct arguments {
	int count;
	char **next;
};

static const struct serve_option *find_letter(char letter)
{
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (letter && options[i].letter == letter)
			return &options[i];
	return NULL;
}

static enum serve_parsed complain(const char *name, struct span value,
				  const char *reason)
{
	struct serve_setting s = { span_from_string(name), value };

	return serve_option_complain(&s, reason);
}

/*
 * One option: @arg is a dash and a letter, or two and a name. Its value is
 * behind the letter, behind "=", or the next argument.
 */
static enum serve_parsed read_option(struct serve_options *o, struct span arg,
				     struct arguments *args)
{
	bool is_long = span_starts(arg, SPAN("--"));
	size_t n = is_long ? span_find(arg, '=') : 2;
	struct serve_setting s = { { arg.ptr, n }, span_skip(arg, n) };
	const struct serve_option *opt =
		is_long ? find_option(span_skip(s.name, 2), span_equal)
			: find_letter(arg.ptr[1]);
	bool attached = s.value.len > 0;

	/* A build that traces does so always. */
	if (!opt && !span_equal(s.name, SPAN("--trace")))
		return complain("option", arg,
				"there is no such option; see --help");
	if (!opt)
		return KERNEL_TRACE_ROLE[0]
			       ? SERVE_RUN
			       : complain("option", arg,
					  "this build holds no trace; "
					  "make TRACE=1 adds it");
	if (is_long && attached)
		s.value = span_skip(s.value, 1);
	if (!takes_value(opt) && attached)
		return serve_option_complain(&s, "takes no value");
	if (takes_value(opt) && !attached) {
		if (!args->count)
			return serve_option_complain(&s, "a value is missing");
		s.value = span_from_string(*args->next++);
		args->count--;
	}
	o->given |= 1U << (opt - options);
	return set_option(o, opt, &s);
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
		else if (!only_root && arg.len > 1 && arg.ptr[0] == '-')
			r = read_option(o, arg, &args);
		else if (o->root)
			r = complain("ROOT", arg, "there can be only one");
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
	if (r == SERVE_RUN)
		r = read_inherited(o, envp);
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
	o->listen[o->listen_count] = o->metrics_address;
	if (o->env_js.len && !render_script(o, envp))
		return complain("--env-js", o->env_js, "more than 4 KiB");
	o->root_is_default = !o->root;
	if (!o->root)
		o->root = ".";
	if (!*o->root)
		return complain("ROOT", SPAN(""), "not a directory's name");
	return SERVE_RUN;
}
