/* SPDX-License-Identifier: MIT */
/* Accepting connections: see serve/accept.h. */
#include "serve/accept.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/deadline.h"

/* Connections taken from one listener before the others get a turn. */
#define ACCEPTS_A_TURN 32

/* How long listeners rest before it is tried again, ms. */
#define ACCEPT_PAUSE 100

/* With more than twice another worker's connections, and so many, rest; ms. */
#define SHARE_SLACK 8
#define SHARE_PAUSE 2

/*
 * Then so many at a time: the other one may be awake, and wait for a CPU. If it
 * never comes, this one takes some 1,000 in a second.
 */
#define SHARE_ACCEPTS 2

/* A connection that has said nothing for so long may make room, ms. */
#define FRESH_IDLE 1000

/* All or none: a listener that is watched alone could not be left again. */
long serve_accept_begin(struct serve_worker *w)
{
	for (u32 i = 0; i < w->listener_count; i++) {
		long r = net_loop_add(&w->loop, &w->listeners[i].source,
				      EPOLLIN | EPOLLEXCLUSIVE);

		if (r >= 0)
			continue;
		while (i--)
			net_loop_remove(&w->loop, &w->listeners[i].source);
		return r;
	}
	w->accepting = true;
	w->counters->accepting = true;
	return 0;
}

static void leave_listeners(struct serve_worker *w)
{
	if (!w->accepting)
		return;
	for (u32 i = 0; i < w->listener_count; i++)
		net_loop_remove(&w->loop, &w->listeners[i].source);
	w->accepting = false;
	w->counters->accepting = false;
}

/*
 * Level-triggered listeners would wake the loop again and again while nothing
 * can be accepted: they rest, and the queue is the kernel's. An event, or the
 * time, may show that there is room again.
 */
static void await_room(struct serve_worker *w)
{
	leave_listeners(w);
	w->resting = false;
	w->accept_again = w->loop.now + ACCEPT_PAUSE;
}

/* Until the time has come: no event will announce what is waited for. */
static void rest(struct serve_worker *w, s64 pause)
{
	leave_listeners(w);
	w->resting = true;
	w->accept_again = w->loop.now + pause;
}

/* The first of a class on which nothing has come in this turn, or NULL. */
static struct serve_connection *find_quiet(const struct net_deadlines *class)
{
	for (struct net_deadline *d = class->ends.next; d != &class->ends;
	     d = d->next) {
		struct serve_connection *c = serve_deadline_owner(d);

		if (!c->x)
			return c;
	}
	return NULL;
}

/*
 * The connection that has been idle for the longest time, or NULL. One that
 * was just accepted is not idle: its request is on the way.
 */
static struct serve_connection *find_idle(const struct serve_worker *w)
{
	const struct net_deadlines *fresh = &w->classes[SERVE_FRESH];
	struct serve_connection *c = find_quiet(&w->classes[SERVE_KEEPALIVE]);

	if (!c)
		c = find_quiet(&w->classes[SERVE_LINGER]);
	if (c)
		return c;
	c = find_quiet(fresh);
	if (c && c->deadline.at - fresh->length + FRESH_IDLE > w->loop.now)
		return NULL;
	return c;
}

static bool is_full(const struct serve_worker *w)
{
	return w->connections.used >= w->options->max_connections;
}

/* What to do about a failed accept. Return: whether to try the next one. */
static bool survive_accept(struct serve_worker *w, long err)
{
	struct serve_connection *idle = NULL;

	switch (-err) {
	case EAGAIN:
		return false;
	case ECONNABORTED:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EINTR:
	case ENETDOWN:
	case ENETUNREACH:
	case ENONET:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case EPERM:
	case EPROTO:
		/* accept(2): of that connection alone. */
		return true;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		/* An idle connection has a descriptor to give. */
		idle = find_idle(w);
		break;
	default:
		/* Of the listener, perhaps, which would be ready for ever. */
		break;
	}
	rest(w, ACCEPT_PAUSE);
	if (idle)
		serve_connection_close(idle);
	return false;
}

/*
 * A worker without room must not watch the listeners: the kernel wakes one
 * worker for a connection, and it might be this one.
 */
static bool has_room(const struct serve_worker *w)
{
	return !is_full(w) || find_idle(w);
}

static bool accept_one(struct serve_worker *w, const struct serve_listener *l)
{
	union sockaddr peer;
	u32 length = sizeof(peer);
	u8 ip[16];

	if (!has_room(w)) {
		await_room(w);
		return false;
	}
	long fd = sys_accept4(l->source.fd, &peer, &length,
			      SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return survive_accept(w, fd);
	if (is_full(w))
		serve_connection_close(find_idle(w));
	w->counters->accepted++;
	net_address_pack(&peer, ip);
	serve_connection_open(w, (int)fd, ip, l->kind);
	if (has_room(w))
		return true;
	await_room(w);
	return false;
}

void serve_accept_resume(struct serve_worker *w)
{
	if (w->draining || w->accepting ||
	    (w->resting && w->accept_again > w->loop.now))
		return;
	if (has_room(w)) {
		w->resting = serve_accept_begin(w) < 0;
		if (!w->resting)
			return;
	}
	/* A connection that becomes idle by its silence is no event. */
	if (w->accept_again <= w->loop.now)
		w->accept_again = w->loop.now + ACCEPT_PAUSE;
}

/*
 * Of the workers that wait, the kernel wakes the one that has watched the
 * listener for the longest time: one would get all that comes while there is
 * little to do, and most of what comes at once before another is awake. Who
 * has more connections than another one takes the end of that queue, and who
 * has far more rests. After that it takes some all the same, since the other
 * one may be busy for longer. Return: whether to go on accepting.
 */
static bool share(struct serve_worker *w)
{
	u64 least = serve_metrics_least_active(w->metrics);

	w->counters->active = w->connections.used;
	if (w->connections.used <= least + 1)
		return true;
	w->unshared = ACCEPTS_A_TURN;
	if (w->connections.used > 2 * least + SHARE_SLACK) {
		w->unshared = SHARE_ACCEPTS;
		rest(w, SHARE_PAUSE);
		return false;
	}
	leave_listeners(w);
	serve_accept_resume(w);
	return false;
}

void serve_accept_ready(struct net_source *source, u32 events)
{
	struct serve_listener *l = (struct serve_listener *)source;
	struct serve_worker *w = l->worker;
	u32 unshared = w->unshared;
	u32 most = unshared ? unshared : ACCEPTS_A_TURN;

	(void)events;
	w->unshared = 0;
	for (u32 i = 0; i < most; i++)
		/* It may have been left in this turn, too. */
		if (!w->accepting || !accept_one(w, l) ||
		    (!unshared && !share(w)))
			return;
}

void serve_accept_end(struct serve_worker *w)
{
	for (u32 i = 0; i < w->listener_count; i++)
		while (accept_one(w, &w->listeners[i]))
			;
	leave_listeners(w);
}
