/* SPDX-License-Identifier: MIT */
/*
 * serve/options.h: command lines and environments, what they set, who wins, and
 * what is said about a wrong one. Standard output and standard error of a child
 * are files here, so that what was printed can be read.
 */
#include "tap.h"
#include "kernel/sys.h"
#include "serve/log.h"
#include "serve/options.h"

#define MOST 12

/* Lists that end in NULL; argv[0] is added. */
static enum serve_parsed parse(struct serve_options *o, const char *const *args,
			       const char *const *variables)
{
	static char *none[] = { NULL };
	char *argv[MOST + 2] = { (char *)"scratchd" };
	int argc = 1;

	while (args && args[argc - 1]) {
		argv[argc] = (char *)args[argc - 1];
		argc++;
	}
	return serve_options_parse(o, argc, argv,
				   variables ? (char **)variables : none);
}

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static u32 port(const struct serve_options *o, unsigned i)
{
	const u8 *p = o->listen[i].sa.in.sin_port;

	return (u32)p[0] << 8 | p[1];
}

static bool is_root(const struct serve_options *o, const char *root)
{
	return span_equal(span_from_string(o->root), span_from_string(root));
}

static void test_defaults(void)
{
	struct serve_options o;

	CHECK_EQ(parse(&o, NULL, NULL), SERVE_RUN);
	CHECK_EQ(o.listen_count, 1);
	CHECK_EQ(port(&o, 0), 8080);
	CHECK(o.listen[0].any);
	CHECK_EQ(o.workers, 0);
	CHECK_EQ(o.access_log, SERVE_LOG_COMBINED);
	CHECK_EQ(o.max_connections, 0);
	CHECK_EQ(o.max_body, 1 << 20);
	CHECK_EQ(o.max_header, 16384);
	CHECK_EQ(o.header_timeout, 10);
	CHECK_EQ(o.body_timeout, 30);
	CHECK_EQ(o.write_timeout, 30);
	CHECK_EQ(o.keepalive_timeout, 75);
	CHECK_EQ(o.grace, 8);
	CHECK_SPAN(o.index, "index.html");
	CHECK_EQ(o.spa.len, 0);
	CHECK_EQ(o.list, 0);
	CHECK_EQ(o.clean_urls, 0);
	CHECK_EQ(o.dotfiles, 0);
	CHECK_EQ(o.symlinks, 1);
	CHECK(is_root(&o, "."));
}

/* Each option that is a number, between its bounds. */
static const struct {
	const char *option;
	const char *variable;
	size_t field;
	u64 min, max;
} numbers[] = {
#define ROW(option, variable, field, min, max)                                 \
	{                                                                      \
		option, "SCRATCHD_" variable,                                  \
			offsetof(struct serve_options, field), min, max        \
	}
	ROW("--workers", "WORKERS", workers, 1, 1024),
	ROW("--max-connections", "MAX_CONNECTIONS", max_connections, 1,
	    1 << 20),
	ROW("--max-body", "MAX_BODY", max_body, 0, 1ULL << 62),
	ROW("--max-header", "MAX_HEADER", max_header, 512, 1 << 20),
	ROW("--header-timeout", "HEADER_TIMEOUT", header_timeout, 1, 86400),
	ROW("--body-timeout", "BODY_TIMEOUT", body_timeout, 1, 86400),
	ROW("--write-timeout", "WRITE_TIMEOUT", write_timeout, 1, 86400),
	ROW("--keepalive-timeout", "KEEPALIVE_TIMEOUT", keepalive_timeout, 1,
	    86400),
	ROW("--grace", "GRACE", grace, 1, 86400),
};

static const char *number(struct buf *b, const char *name, char sign, u64 v)
{
	b->len = 0;
	buf_put(b, span_from_string(name));
	if (sign)
		buf_put_char(b, sign);
	buf_put_u64(b, v, 1);
	buf_put_char(b, '\0');
	return b->ptr;
}

/* The same value in the three ways; they agree. */
static void check_number(unsigned i, u64 v, enum serve_parsed want)
{
	char text[3][64];
	struct buf b[3] = { BUF(text[0]), BUF(text[1]), BUF(text[2]) };
	const char *value = number(&b[0], "", 0, v);
	const char *attached = number(&b[1], numbers[i].option, '=', v);
	const char *variable = number(&b[2], numbers[i].variable, '=', v);
	struct serve_options o[3];

	CHECK_EQ(parse(&o[0], ARGS(numbers[i].option, value), NULL), want);
	CHECK_EQ(parse(&o[1], ARGS(attached), NULL), want);
	CHECK_EQ(parse(&o[2], NULL, ARGS(variable)), want);
	for (unsigned j = 0; want == SERVE_RUN && j < 3; j++)
		CHECK_EQ(*(u64 *)(void *)((char *)&o[j] + numbers[i].field), v);
}

static void test_numbers(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
		tap_note(numbers[i].option, i);
		check_number(i, numbers[i].min, SERVE_RUN);
		check_number(i, numbers[i].min + 1, SERVE_RUN);
		check_number(i, numbers[i].max, SERVE_RUN);
		check_number(i, numbers[i].max + 1, SERVE_WRONG);
		if (numbers[i].min)
			check_number(i, numbers[i].min - 1, SERVE_WRONG);
	}
}

static void test_forms(void)
{
	struct serve_options o;

	CHECK_EQ(parse(&o, ARGS("-w", "3", "-l", "81", "/srv"), NULL),
		 SERVE_RUN);
	CHECK_EQ(o.workers, 3);
	CHECK_EQ(port(&o, 0), 81);
	CHECK(is_root(&o, "/srv"));
	CHECK_EQ(parse(&o, ARGS("-w3", "/srv", "-l127.0.0.1:82"), NULL),
		 SERVE_RUN);
	CHECK_EQ(o.workers, 3);
	CHECK_EQ(port(&o, 0), 82);
	CHECK(!o.listen[0].any);
	/* The last one counts. */
	CHECK_EQ(parse(&o, ARGS("--grace=1", "--grace", "2"), NULL), SERVE_RUN);
	CHECK_EQ(o.grace, 2);
	CHECK_EQ(parse(&o, ARGS("--access-log", "off", "--index=a.htm"), NULL),
		 SERVE_RUN);
	CHECK_EQ(o.access_log, 0);
	CHECK_SPAN(o.index, "a.htm");
	CHECK_EQ(parse(&o, ARGS("--access-log=combined"), NULL), SERVE_RUN);
	CHECK_EQ(o.access_log, SERVE_LOG_COMBINED);
	CHECK_EQ(parse(&o,
		       ARGS("--spa=app.html", "--clean-urls", "on",
			    "--dotfiles=on", "--symlinks=off", "--list=on"),
		       NULL),
		 SERVE_RUN);
	CHECK_EQ(o.list, 1);
	CHECK_SPAN(o.spa, "app.html");
	CHECK_SPAN(o.index, "index.html");
	CHECK_EQ(o.clean_urls, 1);
	CHECK_EQ(o.dotfiles, 1);
	CHECK_EQ(o.symlinks, 0);
	CHECK_EQ(parse(&o,
		       ARGS("--symlinks=off", "--symlinks=beneath",
			    "--dotfiles=on", "--dotfiles=off"),
		       NULL),
		 SERVE_RUN);
	CHECK_EQ(o.symlinks, 1);
	CHECK_EQ(o.dotfiles, 0);
	/* Behind "--" nothing is an option. */
	CHECK_EQ(parse(&o, ARGS("--", "--grace"), NULL), SERVE_RUN);
	CHECK(is_root(&o, "--grace"));
	CHECK_EQ(parse(&o, ARGS("-w1", "--", "--"), NULL), SERVE_RUN);
	CHECK(is_root(&o, "--"));
	CHECK_EQ(parse(&o, ARGS("--"), NULL), SERVE_RUN);
	CHECK(is_root(&o, "."));
	CHECK_EQ(parse(&o, ARGS("-"), NULL), SERVE_RUN);
	CHECK(is_root(&o, "-"));
}

static void test_listen(void)
{
	struct serve_options o;

	CHECK_EQ(parse(&o, ARGS("-l1", "-l[::1]:2", "--listen=127.0.0.1:3"),
		       NULL),
		 SERVE_RUN);
	CHECK_EQ(o.listen_count, 3);
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(port(&o, i), i + 1);
	CHECK_EQ(o.listen[1].sa.sa_family, AF_INET6);
	CHECK_EQ(o.listen[2].sa.sa_family, AF_INET);
	CHECK_EQ(parse(&o,
		       ARGS("-l1", "-l2", "-l3", "-l4", "-l5", "-l6", "-l7",
			    "-l8"),
		       NULL),
		 SERVE_RUN);
	CHECK_EQ(o.listen_count, SERVE_LISTEN_MAX);
	CHECK_EQ(port(&o, 7), 8);
	CHECK_EQ(parse(&o,
		       ARGS("-l1", "-l2", "-l3", "-l4", "-l5", "-l6", "-l7",
			    "-l8", "-l9"),
		       NULL),
		 SERVE_WRONG);
	CHECK_EQ(parse(&o, NULL, ARGS("SCRATCHD_LISTEN=1  [::1]:2 3 ")),
		 SERVE_RUN);
	CHECK_EQ(o.listen_count, 3);
	CHECK_EQ(port(&o, 2), 3);
	CHECK_EQ(parse(&o, NULL, ARGS("SCRATCHD_LISTEN=1 2 3 4 5 6 7 8 9")),
		 SERVE_WRONG);
}

/* The command line, then SCRATCHD_LISTEN, then PORT, then 8080. */
static void test_who_wins(void)
{
	struct serve_options o;

	CHECK_EQ(parse(&o, ARGS("-l1"), ARGS("PORT=3", "SCRATCHD_LISTEN=2 4")),
		 SERVE_RUN);
	CHECK_EQ(o.listen_count, 1);
	CHECK_EQ(port(&o, 0), 1);
	CHECK_EQ(parse(&o, NULL, ARGS("PORT=3", "SCRATCHD_LISTEN=2")),
		 SERVE_RUN);
	CHECK_EQ(o.listen_count, 1);
	CHECK_EQ(port(&o, 0), 2);
	CHECK_EQ(parse(&o, NULL, ARGS("A=B", "PORT=3")), SERVE_RUN);
	CHECK_EQ(o.listen_count, 1);
	CHECK_EQ(port(&o, 0), 3);
	CHECK_EQ(parse(&o, NULL, ARGS("PORT=", "SCRATCHD_LISTEN=")), SERVE_RUN);
	CHECK_EQ(port(&o, 0), 8080);
	CHECK_EQ(parse(&o, ARGS("--grace=5"),
		       ARGS("SCRATCHD_GRACE=6", "SCRATCHD_WORKERS=7",
			    "SCRATCHD_INDEX=i", "SCRATCHD_ACCESS_LOG=off")),
		 SERVE_RUN);
	CHECK_EQ(o.grace, 5);
	CHECK_EQ(o.workers, 7);
	CHECK_SPAN(o.index, "i");
	CHECK_EQ(o.access_log, 0);
	CHECK_EQ(port(&o, 0), 8080);
}

/* What others put into an environment; one of these Kubernetes does. */
static void test_foreign_variables(void)
{
	struct serve_options o;

	CHECK_EQ(parse(&o, NULL,
		       ARGS("SCRATCHD_PORT=tcp://10.0.0.1:80", "SCRATCHD_=x",
			    "SCRATCHD_GRACEFUL=x", "SCRATCHD_GRAC=x",
			    "SCRATCHD_max_body=x", "SCRATCHD_MAX-BODY=x",
			    "XSCRATCHD_GRACE=x", "scratchd_grace=x", "GRACE=x",
			    "SCRATCHD_GRACE")),
		 SERVE_RUN);
	CHECK_EQ(o.grace, 8);
	CHECK_EQ(parse(&o, NULL,
		       ARGS("SCRATCHD_HELP=1", "SCRATCHD_VERSION=1",
			    "SCRATCHD_GRACE=", "=", "", "SCRATCHD_ROOT=x",
			    "PORTS=1", "XPORT=1", "PORT")),
		 SERVE_RUN);
	CHECK_EQ(o.grace, 8);
	CHECK_EQ(port(&o, 0), 8080);
	CHECK(is_root(&o, "."));
}

struct run {
	const char *args[4];
	const char *variable; /* or NULL */
	enum serve_parsed want;
	const char *output; /* the beginning of the one line on stderr */
};

static const struct run wrong[] = {
	{ { "--nothing" },
	  NULL,
	  SERVE_WRONG,
	  "scratchd: option: '--nothing': there is no such option" },
	{ { "--grac", "1" }, NULL, SERVE_WRONG, "scratchd: option: '--grac'" },
	{ { "--Grace", "1" }, NULL, SERVE_WRONG, "scratchd: option: '--Grace" },
	{ { "--=1" }, NULL, SERVE_WRONG, "scratchd: option: '--=1'" },
	{ { "-x" }, NULL, SERVE_WRONG, "scratchd: option: '-x'" },
	{ { "-W1" }, NULL, SERVE_WRONG, "scratchd: option: '-W1'" },
	{ { "--grace" }, NULL, SERVE_WRONG, "scratchd: --grace: " },
	{ { "-w" }, NULL, SERVE_WRONG, "scratchd: -w: " },
	{ { "--grace=" }, NULL, SERVE_WRONG, "scratchd: --grace: ''" },
	{ { "--grace", "" }, NULL, SERVE_WRONG, "scratchd: --grace: ''" },
	{ { "--grace", "--help" },
	  NULL,
	  SERVE_WRONG,
	  "scratchd: --grace: '--help': not a number from 1 to 86400" },
	{ { "--grace=1s" }, NULL, SERVE_WRONG, "scratchd: --grace: '1s'" },
	{ { "--grace=-1" }, NULL, SERVE_WRONG, "scratchd: --grace: '-1'" },
	{ { "--grace=99999999999999999999" },
	  NULL,
	  SERVE_WRONG,
	  "scratchd: --grace: '99999999999999999999'" },
	{ { "-w=1" }, NULL, SERVE_WRONG, "scratchd: -w: '=1'" },
	{ { "--help=1" }, NULL, SERVE_WRONG, "scratchd: --help: '1'" },
	{ { "-h1" }, NULL, SERVE_WRONG, "scratchd: -h: '1'" },
	{ { "--access-log", "xml" },
	  NULL,
	  SERVE_WRONG,
	  "scratchd: --access-log: 'xml'" },
	{ { "--symlinks=on" },
	  NULL,
	  SERVE_WRONG,
	  "scratchd: --symlinks: 'on': not one of beneath|off" },
	{ { "--dotfiles=1" },
	  NULL,
	  SERVE_WRONG,
	  "scratchd: --dotfiles: '1': not one of on|off" },
	{ { "--access-log=" }, NULL, SERVE_WRONG, "scratchd: --access-log:" },
	{ { "--index=" }, NULL, SERVE_WRONG, "scratchd: --index: ''" },
	{ { "--index=a/b" }, NULL, SERVE_WRONG, "scratchd: --index: 'a/b'" },
	{ { "--index=.." }, NULL, SERVE_WRONG, "scratchd: --index: '..'" },
	{ { "--index=.x" }, NULL, SERVE_WRONG, "scratchd: --index: '.x'" },
	{ { "--listen=http" },
	  NULL,
	  SERVE_WRONG,
	  "scratchd: --listen: 'http': not a port" },
	{ { "-l", "a:80" }, NULL, SERVE_WRONG, "scratchd: -l: 'a:80': not a " },
	{ { "a", "b" }, NULL, SERVE_WRONG, "scratchd: ROOT: 'b'" },
	{ { "a", "--", "b" }, NULL, SERVE_WRONG, "scratchd: ROOT: 'b'" },
	{ { "" }, NULL, SERVE_WRONG, "scratchd: ROOT: ''" },
	/* What is shown has nothing in it that a terminal would obey. */
	{ { "--x\x1b[m\n'" },
	  NULL,
	  SERVE_WRONG,
	  "scratchd: option: '--x\\x1b[m\\x0a\\x27'" },
	{ { NULL },
	  "SCRATCHD_GRACE=x",
	  SERVE_WRONG,
	  "scratchd: SCRATCHD_GRACE: 'x': not a number from 1 to 86400" },
	{ { NULL },
	  "SCRATCHD_LISTEN=80 x",
	  SERVE_WRONG,
	  "scratchd: SCRATCHD_LISTEN: 'x'" },
	{ { NULL }, "PORT=x", SERVE_WRONG, "scratchd: PORT: 'x'" },
	{ { NULL }, "PORT=1 2", SERVE_WRONG, "scratchd: PORT: '1 2'" },
};

/* In a child: parse with @fd replaced by a file. Return: 0 if all is well. */
static int check_output(const struct run *run, int fd, bool whole_line)
{
	const char *variables[] = { run->variable, NULL };
	struct serve_options o;
	char text[8192];

	sys_close(fd);
	if (tap_memory_file(SPAN("")) != fd)
		return 2;
	if (parse(&o, run->args, variables) != run->want)
		return 3;
	long n = sys_pread64(fd, text, sizeof(text), 0);
	struct span got = { text, n > 0 ? (size_t)n : 0 };

	if (!span_starts(got, span_from_string(run->output)))
		return 4;
	if (whole_line && span_find(got, '\n') + 1 != got.len)
		return 5;
	return got.len && got.ptr[got.len - 1] == '\n' ? 0 : 6;
}

static int check_stderr(void *run)
{
	return check_output(run, 2, true);
}

static int check_stdout(void *run)
{
	return check_output(run, 1, false);
}

static void test_wrong(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		tap_note("wrong", i);
		CHECK_EQ(tap_child(check_stderr, (void *)&wrong[i]), 0);
	}
}

static const struct run done[] = {
	{ { "--help" }, NULL, SERVE_DONE, "usage: scratchd [options] [ROOT]" },
	{ { "-h" }, NULL, SERVE_DONE, "usage: scratchd [options] [ROOT]" },
	{ { "--version" }, NULL, SERVE_DONE, "scratchd " SCRATCHD_VERSION },
	{ { "-V" }, NULL, SERVE_DONE, "scratchd " SCRATCHD_VERSION "\n" },
	/* What comes later is not looked at. */
	{ { "--version", "--nothing" }, NULL, SERVE_DONE, "scratchd " },
};

static void test_done(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(done); i++) {
		tap_note("done", i);
		CHECK_EQ(tap_child(check_stdout, (void *)&done[i]), 0);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_defaults);
	RUN(test_numbers);
	RUN(test_forms);
	RUN(test_listen);
	RUN(test_who_wins);
	RUN(test_foreign_variables);
	RUN(test_wrong);
	RUN(test_done);
	return tap_end();
}
