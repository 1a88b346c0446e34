/* SPDX-License-Identifier: MIT */
/* The deadlines of connections: see serve/deadline.h. */
#include "serve/deadline.h"
#include "serve/closing.h"
#include "serve/worker.h"

/* What a deadline that measures progress asks for, in bytes. */
#define PROGRESS 4096

struct serve_connection *serve_deadline_owner(struct net_deadline *d)
{
	char *owner = (char *)d - offsetof(struct serve_connection, deadline);

	return (struct serve_connection *)(void *)owner;
}

void serve_deadline_clear(struct serve_connection *c)
{
	net_deadline_clear(&c->deadline);
	c->class = SERVE_CLASSES;
}

void serve_deadline_set(struct serve_connection *c, enum serve_class class)
{
	struct serve_worker *w = c->worker;

	c->class = (u8) class;
	if (c->x)
		c->x->progress = 0;
	net_deadline_set(&w->classes[class], &c->deadline, w->loop.now);
}

void serve_deadline_keep(struct serve_connection *c, enum serve_class class)
{
	if (c->class != class || c->x->progress >= PROGRESS)
		serve_deadline_set(c, class);
}

void serve_deadline_await_reader(struct serve_connection *c)
{
	if (c->class == SERVE_WRITE && c->x->progress < PROGRESS)
		return;
	serve_deadline_set(c, SERVE_WRITE);
	c->x->unsent = serve_exchange_unsent(c->source.fd);
}

bool serve_deadline_is_read(struct serve_connection *c)
{
	u64 unsent = serve_exchange_unsent(c->source.fd);

	if (unsent + PROGRESS > c->x->unsent)
		return false;
	serve_deadline_set(c, SERVE_WRITE);
	c->x->unsent = unsent;
	return true;
}

/*
 * It waits for its next turn alone, and that will come. What goes on is the
 * time for a head, which does not depend on how the head comes. While answers
 * wait it has none: who is late with a head may be cut off to make room.
 */
static void await_turn(struct serve_connection *c)
{
	if (c->x->http.state != HTTP_CONN_HEAD)
		serve_deadline_clear(c);
	else if (!c->x->out_length && c->x->in_next < c->x->in_length &&
		 c->class != SERVE_HEAD)
		serve_deadline_set(c, SERVE_HEAD);
}

static void await_client(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;

	if (x->out_length || x->memory.len || x->file >= 0) {
		serve_deadline_await_reader(c);
	} else if (x->call.route &&
		   (x->call.untaken.len || x->http.state == HTTP_CONN_REPLY)) {
		serve_deadline_set(c, SERVE_IDLE);
	} else if (x->http.state == HTTP_CONN_BODY) {
		serve_deadline_keep(c, SERVE_BODY);
	} else if (x->in_next < x->in_length) {
		if (c->class != SERVE_HEAD)
			serve_deadline_set(c, SERVE_HEAD);
	} else if (c->served && c->worker->draining) {
		/* An answer that was just sent may be on its way still. */
		if (c->class == SERVE_KEEPALIVE)
			serve_connection_close(c);
		else
			serve_connection_end(c);
	} else if (c->class != SERVE_HEAD) {
		/* Empty lines in pieces do not earn a new deadline. */
		serve_connection_release(c);
		if (c->served && c->class != SERVE_KEEPALIVE)
			serve_deadline_set(c, SERVE_KEEPALIVE);
		BUG_ON(c->class == SERVE_CLASSES);
	}
}

void serve_deadline_choose(struct serve_connection *c)
{
	if (c->source.is_again)
		await_turn(c);
	else
		await_client(c);
}
