/* SPDX-License-Identifier: MIT */
/* serve/options.h: where and to whom, beyond addresses. */
#include "tap.h"
#include "kernel/sys.h"
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

/* sd_listen_fds(3) */
static void test_inherited(void)
{
	static char text[40];
	struct serve_options o;
	struct buf pid = BUF(text);

	buf_puts(&pid, "LISTEN_PID=");
	buf_put_u64(&pid, (u64)sys_getpid(), 1);
	buf_put_char(&pid, '\0');
	CHECK_EQ(parse(&o, NULL, ARGS(text, "LISTEN_FDS=2", "PORT=1")),
		 SERVE_RUN);
	CHECK_EQ(o.listen_count, 2);
	CHECK_EQ(o.inherited, 2);
	CHECK_EQ(parse(&o, ARGS("-l1"), ARGS("LISTEN_FDS=7", text)), SERVE_RUN);
	CHECK_EQ(o.listen_count, 8);
	CHECK_EQ(o.inherited, 7);
	CHECK_EQ(port(&o, 0), 1);
	CHECK_EQ(parse(&o, ARGS("-l1"), ARGS("LISTEN_FDS=8", text)),
		 SERVE_WRONG);
	/* Not for us, not at all, or not numbers. */
	CHECK_EQ(parse(&o, NULL, ARGS("LISTEN_PID=1", "LISTEN_FDS=1")),
		 SERVE_RUN);
	CHECK_EQ(o.inherited, 0);
	CHECK_EQ(port(&o, 0), 8080);
	CHECK_EQ(parse(&o, NULL, ARGS(text, "LISTEN_FDS=0")), SERVE_RUN);
	CHECK_EQ(o.inherited, 0);
	CHECK_EQ(parse(&o, NULL, ARGS(text, "LISTEN_FDS=-1")), SERVE_RUN);
	CHECK_EQ(o.inherited, 0);
	CHECK_EQ(parse(&o, NULL, ARGS("LISTEN_FDS=1")), SERVE_RUN);
	CHECK_EQ(o.inherited, 0);
}

static void test_health_path(void)
{
	struct serve_options o;

	CHECK_EQ(parse(&o, NULL, NULL), SERVE_RUN);
	CHECK_EQ(o.health_path.len, 0);
	CHECK_EQ(parse(&o, ARGS("--health-path=/healthz"), NULL), SERVE_RUN);
	CHECK_SPAN(o.health_path, "/healthz");
	CHECK_EQ(parse(&o, NULL, ARGS("SCRATCHD_HEALTH_PATH=/x")), SERVE_RUN);
	CHECK_SPAN(o.health_path, "/x");
	CHECK_EQ(parse(&o, ARGS("--health-path=x"), NULL), SERVE_WRONG);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_inherited);
	RUN(test_health_path);
	return tap_end();
}
