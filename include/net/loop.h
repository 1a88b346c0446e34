/* SPDX-License-Identifier: MIT */
/*
 * The event loop: epoll, and the time. A source is a descriptor with the
 * function to call when it is ready. A connection is registered once,
 * edge-triggered, for both directions, and never changed: whoever gets an event
 * works until the kernel says EAGAIN, or asks to be called again in the next
 * turn. Listeners are level-triggered, and watched while there is room.
 *
 * Sources live in memory that is never given back. An event that was already
 * fetched for a source which has been removed meanwhile finds a source with
 * fd -1, or a successor that began in this turn, which it is not for.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "kernel/abi.h"

struct net_source {
	/* @events: EPOLLIN and so on, 0 when called again on its own wish */
	void (*ready)(struct net_source *source, u32 events);
	struct net_source *again; /* the next one to call again */
	int fd;
	bool is_again; /* in one of the two lists */
	u64 turn;      /* in which it began */
};

/* Sources to be called, in the order in which they asked. */
struct net_sources {
	struct net_source *first;
	struct net_source *last;
};

/* Events fetched by one call: more would only delay the first of them. */
#define NET_LOOP_EVENTS 256

struct net_loop {
	int epoll;
	s64 now;       /* monotonic, ms, as of the end of the last wait */
	s64 wall;      /* seconds since 1970 */
	s64 wall_read; /* when now reaches this, wall has to be read again */
	u64 turn;
	struct net_sources again; /* in the next turn */
	struct net_sources later; /* in this one, after all events */
	u32 asked;		  /* how often, for the next turn */
	u32 due;		  /* about how many are called in this one */
	long count;		  /* of events in this turn */
	struct epoll_event events[NET_LOOP_EVENTS];
};

/**
 * net_loop_open() - an empty loop
 *
 * Return: 0, or a negative errno of epoll_create1 or clock_gettime.
 */
long net_loop_open(struct net_loop *loop) MUST_CHECK;

/** net_loop_wall_ms() - ms since 1970, as of this turn */
s64 net_loop_wall_ms(const struct net_loop *loop);

/** net_loop_begin() - @source begins now: no event so far is for it */
void net_loop_begin(const struct net_loop *loop, struct net_source *source);

/**
 * net_loop_add() - watch @source->fd
 * @events: EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET for a connection
 *
 * Return: 0, or a negative errno of epoll_ctl.
 */
long net_loop_add(struct net_loop *loop, struct net_source *source,
		  u32 events) MUST_CHECK;

/** net_loop_remove() - stop watching a descriptor that stays open elsewhere */
void net_loop_remove(struct net_loop *loop, struct net_source *source);

/**
 * net_loop_again() - call @source in the next turn, which will not wait
 *
 * It is called even if its fd is -1 by then, so that its owner knows when its
 * memory is no longer in use here.
 */
void net_loop_again(struct net_loop *loop, struct net_source *source);

/**
 * net_loop_later() - call @source in this turn, once all have had their event
 *
 * Who asks for it when called so is called once more after all others of them;
 * who asks then, or between two turns, in the next one, which will not wait.
 * What net_loop_again() says of an fd of -1 is true here as well.
 */
void net_loop_later(struct net_loop *loop, struct net_source *source);

/**
 * net_loop_wait() - wait for events, and look at the clock: a turn begins
 * @timeout: ms to wait at the most, -1 for ever
 *
 * Return: 0, or a negative errno of epoll_pwait (never EINTR) or
 * clock_gettime.
 */
long net_loop_wait(struct net_loop *loop, int timeout) MUST_CHECK;

/** net_loop_run() - call the sources that have an event, or wanted another turn
 */
void net_loop_run(struct net_loop *loop);

#endif
