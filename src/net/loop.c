/* SPDX-License-Identifier: MIT */
/* The event loop: see net/loop.h. */
#include "net/loop.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

/*
 * There is no vDSO here (QEMU has none), so a look at the clock is a system
 * call: one a turn for the deadlines, and a second one when the wall clock's
 * second may have changed.
 */
static long read_clock(struct net_loop *loop)
{
	struct kernel_timespec t;
	long r = sys_clock_gettime(CLOCK_MONOTONIC, &t);

	if (r < 0)
		return r;
	loop->now = t.tv_sec * 1000 + t.tv_nsec / 1000000;
	if (loop->now < loop->wall_read)
		return 0;
	r = sys_clock_gettime(CLOCK_REALTIME, &t);
	if (r < 0)
		return r;
	loop->wall = t.tv_sec;
	/* The next second begins then. */
	loop->wall_read = loop->now + 1000 - t.tv_nsec / 1000000;
	return 0;
}

long net_loop_open(struct net_loop *loop)
{
	long fd = sys_epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return fd;
	*loop = (struct net_loop){ .epoll = (int)fd };
	return read_clock(loop);
}

s64 net_loop_wall_ms(const struct net_loop *loop)
{
	return (loop->wall + 1) * 1000 - (loop->wall_read - loop->now);
}

void net_loop_begin(const struct net_loop *loop, struct net_source *source)
{
	source->turn = loop->turn;
}

long net_loop_add(struct net_loop *loop, struct net_source *source, u32 events)
{
	struct epoll_event event = {
		.events = events,
		.data = (u64)(unsigned long)source,
	};

	return sys_epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &event);
}

void net_loop_remove(struct net_loop *loop, struct net_source *source)
{
	struct epoll_event unused = { 0 };

	/* It fails only for a descriptor that was not added: a bug. */
	BUG_ON(sys_epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, &unused) <
	       0);
}

static void append(struct net_sources *list, struct net_source *source)
{
	if (source->is_again)
		return;
	source->is_again = true;
	source->again = NULL;
	if (list->first)
		list->last->again = source;
	else
		list->first = source;
	list->last = source;
}

void net_loop_again(struct net_loop *loop, struct net_source *source)
{
	loop->asked++;
	append(&loop->again, source);
}

void net_loop_later(struct net_loop *loop, struct net_source *source)
{
	append(&loop->later, source);
}

/* Those that asked so far; who asks now is for the next call. */
static void call_all(struct net_sources *list)
{
	struct net_source *source = list->first;

	list->first = NULL;
	while (source) {
		struct net_source *next = source->again;

		source->is_again = false;
		source->ready(source, 0);
		source = next;
	}
}

long net_loop_wait(struct net_loop *loop, int timeout)
{
	long n = sys_epoll_pwait(
		loop->epoll, loop->events, NET_LOOP_EVENTS,
		loop->again.first || loop->later.first ? 0 : timeout);

	loop->turn++;
	loop->count = n > 0 ? n : 0;
	loop->due = loop->asked + (u32)loop->count;
	loop->asked = 0;
	return n < 0 && n != -EINTR ? n : read_clock(loop);
}

void net_loop_run(struct net_loop *loop)
{
	call_all(&loop->again);
	for (long i = 0; i < loop->count; i++) {
		const struct epoll_event *event = &loop->events[i];
		struct net_source *source =
			(struct net_source *)(unsigned long)event->data;

		if (source->fd >= 0 && source->turn != loop->turn)
			source->ready(source, event->events);
	}
	/* Those that asked before this, and once more those that ask now. */
	call_all(&loop->later);
	call_all(&loop->later);
}
