/* SPDX-License-Identifier: MIT */
/*
 * The deadlines of connections. A connection has one at a time, of the class
 * that says what it waits for. Mere activity does not move it: that of a head
 * is absolute, those of bodies and responses move on by 4 KiB of progress.
 */
#ifndef SERVE_DEADLINE_H
#define SERVE_DEADLINE_H

#include "serve/connection.h"

/** serve_deadline_owner() - the connection that @d is the deadline of */
struct serve_connection *serve_deadline_owner(struct net_deadline *d);

/** serve_deadline_clear() - @c waits for nothing: its next turn will come */
void serve_deadline_clear(struct serve_connection *c);

/** serve_deadline_set() - from now on @c waits for what @class says */
void serve_deadline_set(struct serve_connection *c, enum serve_class class);

/** serve_deadline_keep() - the same, unless it waits for that without progress
 */
void serve_deadline_keep(struct serve_connection *c, enum serve_class class);

/**
 * serve_deadline_await_reader() - the socket is full: SERVE_WRITE
 *
 * The kernel says that there is room again only when a third of the socket's
 * buffer is free, which may be megabytes, so what has left the buffer counts
 * as progress, too: serve_deadline_is_read().
 */
void serve_deadline_await_reader(struct serve_connection *c);

/**
 * serve_deadline_is_read() - SERVE_WRITE has passed
 *
 * Return: whether the client took some of what it was sent; it then has as
 * much time again.
 */
bool serve_deadline_is_read(struct serve_connection *c);

/**
 * serve_deadline_choose() - nothing more can be done for @c in this turn: which
 * deadline holds while it waits?
 *
 * One that waits for nothing, since the worker ends, is ended.
 */
void serve_deadline_choose(struct serve_connection *c);

#endif
