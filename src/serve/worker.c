/* SPDX-License-Identifier: MIT */
/* Workers: see serve/worker.h. */
#include "serve/worker.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/accept.h"
#include "serve/deadline.h"
#include "serve/memory.h"
#include "serve/say.h"

/*
 * A drain waits so long for the request of a connection that is new, and for
 * whoever reads the log to go on, ms.
 */
#define DRAIN_MOMENT 500

/* How long a client may go on sending after the last answer, ms. */
#define LINGER 2000

/* How soon a log whose reader is behind is written again, ms. */
#define LOG_PACE 100

/* Bytes of bodies that are sent in a turn, and of them to one connection. */
#define SEND_ALL (16U << 20)
#define SEND_MAX (1U << 20)
#define SEND_MIN (1U << 16)

/* All that a worker has, but for what it maps. */
static struct serve_worker worker;

struct span serve_worker_date(struct serve_worker *w)
{
	if (w->date_second != w->loop.wall) {
		struct buf date = BUF(w->date);

		buf_puts(&date, "Date: ");
		http_date_put(&date, w->loop.wall);
		buf_puts(&date, "\r\n");
		w->date_second = w->loop.wall;
	}
	return (struct span){ w->date, sizeof(w->date) };
}

/* Every connection of a class, each once, though some move behind the end. */
static void drain_class(struct serve_worker *w, enum serve_class class)
{
	struct net_deadline *last = w->classes[class].ends.prev;
	struct net_deadline *d = net_deadlines_first(&w->classes[class]);

	while (d) {
		struct net_deadline *next = d == last ? NULL : d->next;

		serve_connection_drain(serve_deadline_owner(d));
		d = next;
	}
}

/*
 * Stop: take what is queued, then no more; answer what was asked; give those
 * that have not asked yet a moment.
 */
static void drain(struct serve_worker *w)
{
	if (w->draining)
		return;
	w->draining = true;
	w->drain_moment_end = w->loop.now + DRAIN_MOMENT;
	w->drain_log_end = w->drain_moment_end;
	w->drain_end = w->loop.now + (s64)w->options->grace * 1000;
	serve_accept_end(w);
	for (u32 i = 0; i < w->listener_count; i++) {
		sys_close(w->listeners[i].source.fd);
		/* An event of this turn may still be waiting for it. */
		w->listeners[i].source.fd = -1;
	}
	drain_class(w, SERVE_KEEPALIVE);
}

static void on_signal(struct net_source *source, u32 events)
{
	struct serve_worker *w = mem_at(&worker);
	struct signalfd_siginfo info;

	(void)events;
	/* SIGHUP is the master's affair, and SIGPIPE nobody's. */
	while (sys_read(source->fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			drain(w);
}

static void close_class(struct serve_worker *w, enum serve_class class)
{
	struct net_deadline *d;

	while ((d = net_deadlines_first(&w->classes[class])))
		serve_connection_close(serve_deadline_owner(d));
}

static void close_waiting(const struct net_sources *list)
{
	for (struct net_source *s = list->first; s; s = s->again)
		serve_connection_close((void *)s);
}

/* Handlers are told that what they do ends here, and the log has it. */
static void close_all(struct serve_worker *w)
{
	/* Those that would go on in this turn or the next have no deadline. */
	close_waiting(&w->loop.again);
	close_waiting(&w->loop.later);
	for (unsigned i = 0; i < SERVE_CLASSES; i++)
		close_class(w, (enum serve_class)i);
}

static void expire(struct serve_worker *w)
{
	for (unsigned i = 0; i < SERVE_CLASSES; i++) {
		struct net_deadline *d;

		while ((d = net_deadlines_first(&w->classes[i])) &&
		       d->at <= w->loop.now)
			serve_connection_expire(serve_deadline_owner(d));
	}
	serve_accept_resume(w);
	if (w->draining && w->drain_moment_end <= w->loop.now)
		close_class(w, SERVE_FRESH);
}

static s64 earlier(s64 a, s64 b)
{
	return a < b ? a : b;
}

/* How long the loop may sleep, ms; -1 for ever. */
static int find_timeout(const struct serve_worker *w)
{
	const s64 never = 1LL << 62;
	s64 at = never;

	for (unsigned i = 0; i < SERVE_CLASSES; i++) {
		struct net_deadline *d = net_deadlines_first(&w->classes[i]);

		if (d)
			at = earlier(at, d->at);
	}
	if (w->draining) {
		at = earlier(at, w->drain_end);
		if (net_deadlines_first(&w->classes[SERVE_FRESH]))
			at = earlier(at, w->drain_moment_end);
	} else if (!w->accepting) {
		at = earlier(at, w->accept_again);
	}
	if (w->log.behind)
		at = earlier(at, w->loop.now + LOG_PACE);
	if (at == never)
		return -1;
	return at <= w->loop.now ? 0 : (int)(at - w->loop.now);
}

static bool is_done(const struct serve_worker *w)
{
	bool behind = w->log.behind && w->loop.now < w->drain_log_end;

	return w->draining && ((!w->connections.used && !behind) ||
			       w->drain_end <= w->loop.now);
}

static long open_signals(struct serve_worker *w)
{
	static const unsigned long set[SIGSET_LONGS] = { 1UL << (SIGTERM - 1) |
							 1UL << (SIGINT - 1) |
							 1UL << (SIGHUP - 1) };
	long fd = sys_signalfd4(set, SFD_NONBLOCK | SFD_CLOEXEC);

	if (fd < 0)
		return fd;
	w->signals = (struct net_source){ .fd = (int)fd, .ready = on_signal };
	return net_loop_add(&w->loop, &w->signals, EPOLLIN);
}

static void init(struct serve_worker *w, const struct serve_inheritance *given)
{
	const struct serve_options *o = given->options;
	const u64 seconds[SERVE_CLASSES] = {
		[SERVE_FRESH] = o->header_timeout,
		[SERVE_HEAD] = o->header_timeout,
		[SERVE_BODY] = o->body_timeout,
		[SERVE_WRITE] = o->write_timeout,
		[SERVE_KEEPALIVE] = o->keepalive_timeout,
	};

	for (unsigned i = 0; i < SERVE_CLASSES; i++)
		net_deadlines_init(&w->classes[i], (s64)seconds[i] * 1000);
	w->classes[SERVE_LINGER].length = LINGER;
	w->classes[SERVE_IDLE].length = SERVE_PACE;
	w->options = o;
	w->metrics = given->metrics;
	w->counters = &given->metrics->slot[given->slot];
	w->site.root = *given->root;
	w->site.bundle = given->bundle;
	w->site.rules = given->rules;
	w->site.index = o->index;
	w->site.spa = o->spa;
	w->site.clean_urls = o->clean_urls;
	w->site.dotfiles = o->dotfiles;
	w->date_second = -1;
	w->listener_count = (u32)(o->listen_count + o->metrics);
	for (u32 i = 0; i < w->listener_count; i++) {
		w->listeners[i].source.fd = given->listeners[i];
		w->listeners[i].source.ready = serve_accept_ready;
		w->listeners[i].worker = w;
		w->listeners[i].kind = i == o->listen_count  ? SERVE_METRICS
				       : o->proxied >> i & 1 ? SERVE_PROXIED
							     : SERVE_PUBLIC;
	}
	/* What the master's pipe for its lines holds is the master's. */
	serve_say_without_waiting();
	serve_log_open(&w->log, (enum serve_log_format)o->access_log,
		       &w->counters->dropped);
}

/* The calls that a worker needs before it can serve. */
static long start(struct serve_worker *w, const struct serve_inheritance *given,
		  const char **call)
{
	*call = "prctl";
	long r = sys_prctl(PR_SET_PDEATHSIG, SIGTERM);

	if (r < 0)
		return r;
	/* The master may have ended before the call above. */
	if (sys_getppid() != given->master)
		sys_exit_group(0);
	*call = "mmap";
	r = serve_memory_map(w, w->options);
	if (r < 0)
		return r;
	*call = "epoll_create1";
	r = net_loop_open(&w->loop);
	if (r < 0)
		return r;
	*call = "signalfd4";
	r = open_signals(w);
	if (r < 0)
		return r;
	/* Before it can be reached by anybody. */
	r = serve_sandbox_enter_worker(given->sandbox, given->root, call);
	if (r < 0)
		return r;
	*call = "epoll_ctl";
	return serve_accept_begin(w);
}

/* How much of it each may have, since who comes in a turn waits for its end. */
static u32 share(u32 due)
{
	u32 most = SEND_ALL / (due | 1);

	if (most > SEND_MAX)
		return SEND_MAX;
	return most < SEND_MIN ? SEND_MIN : most;
}

int serve_worker_run(const struct serve_inheritance *given)
{
	struct serve_worker *w = mem_at(&worker);
	const char *call;

	init(w, given);
	long r = start(w, given, &call);

	while (r >= 0 && !is_done(w)) {
		call = "epoll_pwait";
		r = net_loop_wait(&w->loop, find_timeout(w));
		if (r < 0)
			break;
		site_cache_set_time(&w->cache, w->loop.now,
				    net_loop_wall_ms(&w->loop));
		w->most = share(w->loop.due);
		net_loop_run(&w->loop);
		expire(w);
		w->counters->active = w->connections.used;
		if (serve_log_flush(&w->log))
			w->drain_log_end = w->loop.now + DRAIN_MOMENT;
	}
	close_all(w);
	serve_log_end(&w->log);
	if (r >= 0)
		return 0;
	serve_say_failure(call, SPAN("in a worker"), r);
	return 1;
}
