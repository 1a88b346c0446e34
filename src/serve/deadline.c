/* SPDX-License-Identifier: MIT */
/* The deadlines of connections: see serve/deadline.h. */
#include "serve/deadline.h"
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
