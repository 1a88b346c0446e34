/* SPDX-License-Identifier: MIT */
/* Programs with routes of their own: see serve/app.h. */
#include "serve/app.h"
#include "kernel/sys.h"
#include "serve/call.h"
#include "serve/master.h"
#include "serve/route.h"
#include "serve/say.h"

/* @app and @calls: NULL for none. Return: the exit status. */
static int run(const struct serve_app *app, const struct serve_calls *calls,
	       int argc, char **argv, char **envp)
{
	struct serve_options options;
	long r = 0;

	switch (serve_options_parse(&options, argc, argv, envp)) {
	case SERVE_RUN:
		break;
	case SERVE_DONE:
		return 0;
	case SERVE_WRONG:
		return 2;
	}
	options.app = app;
	options.calls = calls;
	/* What handlers have in common is there before there are workers. */
	if (app && app->shared)
		r = kernel_map(&options.shared, app->shared, MAP_SHARED);
	if (r >= 0)
		return serve_master_run(&options);
	serve_say_failure("mmap", SPAN("shared memory"), r);
	return 1;
}

int serve_site_run(int argc, char **argv, char **envp)
{
	return run(NULL, NULL, argc, argv, envp);
}

int serve_app_run(const struct serve_app *app, int argc, char **argv,
		  char **envp)
{
	if (serve_route_check(app)) {
		serve_say("the table of routes has a row that cannot be "
			  "meant: serve/route.h");
		return 1;
	}
	return run(app, &serve_calls, argc, argv, envp);
}
