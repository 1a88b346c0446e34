/* SPDX-License-Identifier: MIT */
/* Listening sockets: see serve/listeners.h. */
#include "serve/listeners.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "net/listen.h"
#include "serve/say.h"

/* The first descriptor that comes with the process: sd_listen_fds(3). */
#define INHERITED_FIRST 3

static bool is_inherited(const struct serve_options *o, u64 i)
{
	return i >= o->listen_count - o->inherited && i < o->listen_count;
}

/* The first @count of them. */
static void close_some(const struct serve_options *o, const int *fds, u64 count)
{
	for (u64 i = 0; i < count; i++) {
		const struct net_address *a = &o->listen[i];

		sys_close(fds[i]);
		/* The file of an inherited one is whose who made it. */
		if (a->sa.sa_family != AF_UNIX || is_inherited(o, i))
			continue;
		long r = net_listen_remove(a);

		if (r < 0)
			serve_say_failure("unlinkat",
					  span_from_string(a->sa.un.sun_path),
					  r);
	}
}

/* What most often is the matter, and what helps. */
static const char *advise(const struct net_address *a, long err)
{
	if (a->sa.sa_family == AF_UNIX)
		return "";
	if (err == -EADDRINUSE)
		return "try another port";
	if (err == -EACCES)
		return "ports below 1024 are root's; try another port";
	return "";
}

long serve_listeners_open(struct serve_options *o, int *fds)
{
	for (u64 i = 0; i < o->listen_count + o->metrics; i++) {
		struct net_address *a = &o->listen[i];
		const char *call = "LISTEN_FDS";
		long r;

		if (is_inherited(o, i)) {
			fds[i] = (int)(INHERITED_FIRST + i + o->inherited -
				       o->listen_count);
			r = net_listen_inherit(fds[i], a);
		} else {
			r = net_listen(a, &call);
			fds[i] = (int)r;
		}
		if (r >= 0)
			continue;
		struct buf *line = serve_line_begin(call);

		serve_line_put(" ");
		if (is_inherited(o, i))
			buf_put_u64(line, (u64)fds[i], 1);
		else
			net_address_put(line, &a->sa);
		serve_line_end_failure(r, advise(a, r));
		close_some(o, fds, i);
		return r;
	}
	return 0;
}

void serve_listeners_say(const struct serve_options *o)
{
	for (u64 i = 0; i < o->listen_count + o->metrics; i++) {
		struct buf *line = serve_line_begin(
			i < o->listen_count ? "listening on " : "metrics on ");

		net_address_put(line, &o->listen[i].sa);
		if (o->proxied >> i & 1)
			serve_line_put(",proxy");
		serve_line_end();
	}
}

void serve_listeners_close(const struct serve_options *o, const int *fds)
{
	close_some(o, fds, o->listen_count + o->metrics);
}
