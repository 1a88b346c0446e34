/* SPDX-License-Identifier: MIT */
/* serve/options.h: where and to whom, beyond addresses. */
#include "tap.h"
#include "kernel/sys.h"
#include "serve/options.h"

#define MOST 18

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

static void test_proxied(void)
{
	struct serve_options o;

	CHECK_EQ(parse(&o,
		       ARGS("-l1", "-l2,proxy", "--listen=unix:/s,proxy",
			    "-lunix:/a,b"),
		       NULL),
		 SERVE_RUN);
	CHECK_EQ(o.proxied, 6);
	CHECK_EQ(port(&o, 1), 2);
	CHECK_SPAN(span_from_string(o.listen[2].sa.un.sun_path), "/s");
	CHECK_SPAN(span_from_string(o.listen[3].sa.un.sun_path), "/a,b");
	CHECK_EQ(parse(&o, NULL, ARGS("SCRATCHD_LISTEN=1 [::1]:2,proxy")),
		 SERVE_RUN);
	CHECK_EQ(o.proxied, 2);
	CHECK_EQ(parse(&o, NULL, ARGS("PORT=80,proxy")), SERVE_RUN);
	CHECK_EQ(o.proxied, 1);
	CHECK_EQ(parse(&o, ARGS("-l,proxy"), NULL), SERVE_WRONG);
	CHECK_EQ(parse(&o, ARGS("-l1,Proxy"), NULL), SERVE_WRONG);
	CHECK_EQ(parse(&o, ARGS("-l1,proxy,proxy"), NULL), SERVE_WRONG);
}

/* Behind the listeners, of whom there may be eight without it. */
static void test_metrics(void)
{
	struct serve_options o;

	CHECK_EQ(parse(&o, ARGS("--metrics=9100"), NULL), SERVE_RUN);
	CHECK_EQ(o.listen_count, 1);
	CHECK_EQ(o.metrics, 1);
	CHECK_EQ(port(&o, 0), 8080);
	CHECK_EQ(port(&o, 1), 9100);
	CHECK_EQ(parse(&o,
		       ARGS("-l1", "-l2", "-l3", "-l4", "-l5", "-l6", "-l7",
			    "-l8", "--metrics=unix:/m"),
		       NULL),
		 SERVE_RUN);
	CHECK_EQ(o.listen_count, 8);
	CHECK_EQ(o.listen[8].sa.sa_family, AF_UNIX);
	CHECK_EQ(parse(&o, ARGS("--metrics=x"), NULL), SERVE_WRONG);
}

static void test_trusted(void)
{
	struct serve_options o;
	const char *many[18] = { NULL };

	CHECK_EQ(parse(&o, NULL, NULL), SERVE_RUN);
	CHECK_EQ(o.trusted_count, 0);
	CHECK_EQ(parse(&o,
		       ARGS("--trusted-proxy=10.0.0.0/8", "--trusted-proxy",
			    "unix:"),
		       NULL),
		 SERVE_RUN);
	CHECK_EQ(o.trusted_count, 2);
	CHECK_EQ(o.trusted[0].bits, 104);
	CHECK_EQ(o.trusted[1].bits, 128);
	CHECK_EQ(parse(&o, NULL, ARGS("SCRATCHD_TRUSTED_PROXY=::1 fd00::/8")),
		 SERVE_RUN);
	CHECK_EQ(o.trusted_count, 2);
	CHECK_EQ(o.trusted[1].bits, 8);
	for (unsigned i = 0; i < 17; i++) {
		many[i] = "--trusted-proxy=::1";
		CHECK_EQ(parse(&o, many, NULL),
			 i < SERVE_TRUSTED_MAX ? SERVE_RUN : SERVE_WRONG);
	}
}

static void test_env_script(void)
{
	struct serve_options o;
	static char long_value[5000] = "A=";

	CHECK_EQ(parse(&o, ARGS("--env-js=/e=A,B,C,AB"),
		       ARGS("AB=4", "A=<\"", "C=", "BA=9", "X=\"")),
		 SERVE_RUN);
	CHECK_SPAN(o.env_script, "window.ENV={\"A\":\"\\u003c\\u0022\","
				 "\"B\":null,\"C\":\"\",\"AB\":\"4\"};\n");
	CHECK_EQ(parse(&o, ARGS("--env-js=/e="), NULL), SERVE_RUN);
	CHECK_SPAN(o.env_script, "window.ENV={};\n");
	CHECK_EQ(parse(&o, ARGS("--env-js=/e=A"), NULL), SERVE_RUN);
	CHECK_SPAN(o.env_script, "window.ENV={\"A\":null};\n");
	for (unsigned i = 2; i < sizeof(long_value) - 1; i++)
		long_value[i] = 'x';
	CHECK_EQ(parse(&o, ARGS("--env-js=/e=A"), ARGS(long_value)),
		 SERVE_WRONG);
	CHECK_EQ(parse(&o, ARGS("--env-js=/e"), NULL), SERVE_WRONG);
	CHECK_EQ(parse(&o, ARGS("--env-js=e=A"), NULL), SERVE_WRONG);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_inherited);
	RUN(test_health_path);
	RUN(test_proxied);
	RUN(test_metrics);
	RUN(test_trusted);
	RUN(test_env_script);
	return tap_end();
}
