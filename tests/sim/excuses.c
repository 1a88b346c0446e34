/* SPDX-License-Identifier: MIT */
/*
 * Why an answer may be missing or another: whose deadline has passed, who had
 * to make room, and whose request a file was looked at for. Each is one
 * client's, and none for the others.
 */
#include "sim.h"

static struct sim_client *find_client(const struct serve_connection *c)
{
	struct sim_fd *fd = sim_get(c->source.fd, "a connection is not open");

	if (fd->kind != SIM_SOCKET)
		sim_fail("a connection is no socket", (u64)c->source.fd);
	return fd->client;
}

/* Since when, at the latest, that deadline could have been set. */
static s64 find_start(const struct sim_client *c, enum serve_class class)
{
	switch (class) {
	case SERVE_HEAD:
	case SERVE_BODY:
		return c->asked_at;
	case SERVE_KEEPALIVE:
	case SERVE_LINGER:
		return c->told_at;
	case SERVE_FRESH:
	case SERVE_WRITE:
	case SERVE_IDLE:
	case SERVE_CLASSES:
		break;
	}
	return c->accepted_at;
}

void sim_client_take(struct sim_client *c, u64 n)
{
	for (u32 i = 0; i < c->count; i++)
		if (c->expect[i].end > c->taken &&
		    c->expect[i].end <= c->taken + n)
			c->asked_at = sim->turn;
	c->taken += n;
}

void sim_connection_expire(struct serve_connection *c)
{
	struct sim_client *client = find_client(c);
	enum serve_class class = (enum serve_class)c->class;
	s64 length = c->worker->classes[class].length * 1000;

	if (class != SERVE_IDLE &&
	    sim->now - find_start(client, class) < length - SIM_SLACK)
		sim_fail("a deadline that has not passed", class);
	sim_trace("deadline", client->fd, class, 0);
	client->expired |= class != SERVE_IDLE && class != SERVE_WRITE;
	sim_real_connection_expire(c);
	/* Whoever reads slowly, but reads, goes on. */
	client->expired |= class == SERVE_WRITE && client->fd < 0;
}

bool sim_builtin_find(struct serve_connection *c)
{
	struct sim_client *client = find_client(c);

	if (client->begun == client->count)
		sim_fail("a request that nobody sent", client->begun);
	client->begun++;
	sim->asking = client;
	return sim_real_builtin_find(c);
}

void sim_degrade(void)
{
	struct sim_client *c = sim->asking;

	if (!c)
		sim_fail("a file is looked at for nobody", 0);
	c->expect[c->begun - 1].degraded = true;
}
