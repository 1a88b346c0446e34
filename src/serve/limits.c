/* SPDX-License-Identifier: MIT */
/* What the machine allows: see serve/limits.h. */
#include "serve/limits.h"
#include "kernel/sys.h"
#include "serve/cgroup.h"
#include "serve/say.h"
#include "serve/worker.h"

/* What files of a site take where memory is no matter. */
#define CACHE_SIZE (16 << 20)

/* Of a limit, one such part for caches and two for requests; one is left for
 * connections and the kernel. */
#define PARTS 4

void serve_limits_fit_memory(struct serve_options *o)
{
	/* Version 2 of control groups, and version 1. */
	const char *at = "/sys/fs/cgroup/memory.max\0"
			 "/sys/fs/cgroup/memory/memory.limit_in_bytes\0";
	char text[32];
	u64 limit;
	bool known = false;

	while (*at && !known)
		known = span_parse_u64(
			serve_cgroup_read(span_take_string(&at).ptr, text,
					  sizeof(text)),
			&limit);
	u64 part = (known ? limit : ~0ULL) / (PARTS * o->workers);

	o->request_memory = 2 * part;
	if (o->cache_size == SERVE_CACHE_FITS)
		o->cache_size = part < CACHE_SIZE ? part : CACHE_SIZE;
}

int serve_limits_fit(struct serve_options *o)
{
	struct rlimit64 limit;
	long r = sys_prlimit64(0, RLIMIT_NOFILE, NULL, &limit);

	if (r >= 0) {
		limit.rlim_cur = limit.rlim_max;
		r = sys_prlimit64(0, RLIMIT_NOFILE, &limit, NULL);
	}
	if (r < 0) {
		serve_say_failure("prlimit64", SPAN("NOFILE"), r);
		return 1;
	}
	u64 most =
		limit.rlim_max > 128 ? limit.rlim_max - 64 : limit.rlim_max / 2;

	if (!o->max_connections)
		o->max_connections = most < 16384 ? most : 16384;
	if (o->max_connections <= most && most)
		return 0;
	serve_line_begin("--max-connections:");
	serve_line_put_count(" '", o->max_connections);
	serve_line_put_count("': the limit on open files leaves room for ",
			     most);
	serve_line_end();
	return 2;
}
