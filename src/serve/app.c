/* SPDX-License-Identifier: MIT */
/* Programs with routes of their own: see serve/app.h. */
#include "serve/app.h"
#include "kernel/sys.h"
#include "serve/master.h"
#include "serve/route.h"
#include "serve/say.h"

/* What handlers have in common is there before there are workers. */
static int run(struct serve_options *o)
{
	long r = 0;

	if (o->app->shared)
		r = kernel_map(&o->shared, o->app->shared, MAP_SHARED);
	if (r >= 0)
		return serve_master_run(o);
	serve_say_failure("mmap", SPAN("shared memory"), r);
	return 1;
}

int serve_app_run(const struct serve_app *app, int argc, char **argv,
		  char **envp)
{
	struct serve_options options;

	if (serve_route_check(app)) {
		serve_say(SPAN("the table of routes has a row that cannot be "
			       "meant: serve/route.h"));
		return 1;
	}
	switch (serve_options_parse(&options, argc, argv, envp)) {
	case SERVE_RUN:
		options.app = app;
		return run(&options);
	case SERVE_DONE:
		return 0;
	case SERVE_WRONG:
		break;
	}
	return 2;
}
