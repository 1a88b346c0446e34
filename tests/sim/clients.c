/* SPDX-License-Identifier: MIT */
/*
 * Clients: when they connect, how they cut what they send, how they read, and
 * when they have enough. Most have an ordinary network; some are slow, some
 * vanish. They act when the worker sleeps, and between two of its calls.
 */
#include "base/mem.h"
#include "sim.h"

static u32 pick(const u32 *from, u32 count)
{
	return from[sim_random(&sim->plan, count)];
}

/* Rare habits. */
static void plan_habits(struct sim_client *c)
{
	static const u32 slow[] = { 200000, 1500000, 6000000 };

	switch (sim_random(&sim->plan, 16)) {
	case 0: /* sends slowly */
		c->gap = pick(slow, 3);
		c->piece = 1 + sim_random(&sim->plan, 40);
		break;
	case 1: /* reads slowly */
		c->read_gap = pick(slow, 3);
		c->read_size = 500 + sim_random(&sim->plan, 3000);
		break;
	case 2: /* gives up while it sends, without a word */
		c->gives_up = 1 + sim_random(&sim->plan, (u32)c->tx_length);
		break;
	case 3: /* the same with a reset */
		c->gives_up = 1 + sim_random(&sim->plan, (u32)c->tx_length);
		c->vanishes = true;
		break;
	case 4: /* has never read anything */
		c->read_gap = 2000000000;
		break;
	case 5:
		c->stays = true;
		break;
	case 6:
		c->half_closes = true;
		break;
	}
}

static void plan(struct sim_client *c)
{
	static const u32 pieces[] = { 1 << 20, 1 << 20, 1460, 100, 7 };
	static const u32 sizes[] = { SIM_OUT, SIM_OUT, 16384, 4096, 1460 };
	struct buf tx = { c->tx, 0, sizeof(c->tx), false };
	u32 requests = 1 + sim_random(&sim->plan, SIM_REQUESTS - 1);

	c->planned = true;
	c->fd = -1;
	c->at = sim->now + sim_random(&sim->plan, 3000);
	c->piece = pick(pieces, 5);
	c->gap = 10 + sim_random(&sim->plan, 300);
	c->read_size = pick(sizes, 5);
	c->read_gap = 10 + sim_random(&sim->plan, 300);
	c->out_size = pick(sizes, 5);
	c->pipelines = sim_random(&sim->plan, 2);
	c->listener = sim_one_in(&sim->plan, 12);
	/* RFC 9112 section 9.6: after "close" a client asks for nothing. */
	while (c->count < requests && tx.len < SIM_TX / 2 &&
	       !(c->count && c->expect[c->count - 1].close))
		sim_request_put(c, &tx);
	if (c->expect[c->count - 1].status == 400)
		sim_request_put(c, &tx);
	if (tx.full)
		sim_fail("requests that are too long", tx.len);
	c->tx_length = tx.len;
	plan_habits(c);
}

void sim_clients_start(void)
{
	u32 count = 1 + sim_random(&sim->plan, SIM_CLIENTS);

	for (u32 i = 0; i < SIM_CLIENTS; i++)
		memset(&sim->client[i], 0, offsetof(struct sim_client, tx));
	for (u32 i = 0; i < count; i++)
		plan(&sim->client[i]);
}

void sim_client_wake(struct sim_client *c)
{
	if (!c->finished && c->at > sim->now + (s64)c->read_gap)
		c->at = sim->now + (s64)c->read_gap;
}

static void be_woken(struct sim_client *c, s64 at)
{
	if (c->at > at)
		c->at = at;
}

/* It closes its socket, and has no more to say about answers. */
static void leave(struct sim_client *c)
{
	sim->cut |= c->answered < c->count || !sim_answer_between(c);
	c->gone = true;
	c->shut = true;
	c->finished = true;
	c->at = SIM_NEVER;
	if (c->out_length && !c->server_closed)
		c->reset = true;
	c->out_length = 0;
	sim_edge(c);
}

static void read_some(struct sim_client *c)
{
	size_t n = c->out_length < c->read_size ? c->out_length : c->read_size;
	size_t first = SIM_OUT - c->out_start < n ? SIM_OUT - c->out_start : n;
	u32 answered = c->answered;

	if (n) {
		sim_answer_take(c,
				(struct span){ c->out + c->out_start, first });
		sim_answer_take(c, (struct span){ c->out, n - first });
		c->out_start = (c->out_start + n) % SIM_OUT;
		c->out_length -= n;
		if (c->full)
			sim_edge(c);
		c->full = false;
	}
	if (c->out_length) {
		be_woken(c, sim->now + (s64)c->read_gap);
	} else if (c->server_closed || c->server_shut || c->torn) {
		sim_answer_end(c);
		leave(c);
	} else if (c->answered > answered) {
		be_woken(c, sim->now + (s64)c->gap);
	}
}

static void note_sent(struct sim_client *c)
{
	for (u32 i = 0; i < c->count; i++)
		if (c->expect[i].end <= c->sent && !c->expect[i].sent)
			c->expect[i].sent = sim->step;
}

static void send_some(struct sim_client *c)
{
	size_t end = c->tx_length;

	if (!c->pipelines && c->answered < c->count)
		end = c->expect[c->answered].end;
	if (c->answered == c->count)
		end = c->sent;
	size_t n = end > c->sent ? end - c->sent : 0;

	if (!n)
		return;
	n = n < c->piece ? n : c->piece;
	/* The other side is gone, and says so before what it sent is read. */
	if (c->server_closed) {
		c->torn = true;
		c->out_length = 0;
		be_woken(c, sim->now + (s64)c->gap);
		return;
	}
	c->sent += n;
	note_sent(c);
	sim_edge(c);
	if (c->sent < end)
		be_woken(c, sim->now + (s64)c->gap);
}

static void act(struct sim_client *c)
{
	c->at = SIM_NEVER;
	if (c->connected && c->read_gap < 2000000000)
		read_some(c);
	c->connected = true;
	if (c->finished)
		return;
	send_some(c);
	if (c->gives_up && c->sent >= c->gives_up) {
		leave(c);
		c->reset |= c->vanishes;
		return;
	}
	if (c->half_closes && c->sent == c->tx_length && !c->shut) {
		c->shut = true;
		sim_edge(c);
	}
	if ((c->answered == c->count && !c->stays) || c->server_closed)
		leave(c);
}

void sim_clients_act(s64 until)
{
	for (unsigned i = 0; i < SIM_CLIENTS; i++) {
		struct sim_client *c = &sim->client[i];

		if (c->planned && !c->finished && c->at <= until) {
			if (++sim->step > 2 * sim->calls_max)
				sim_fail("a client does not end", i);
			act(c);
			if (sim->traces)
				sim_trace("client", i, (long)c->sent,
					  (long)c->answered);
		}
	}
	if (sim->term_at && sim->term_at <= until) {
		sim->term_at = 0;
		sim->signals |= 1ULL << (SIGTERM - 1);
	}
}

s64 sim_clients_next(void)
{
	s64 next = sim->term_at ? sim->term_at : SIM_NEVER;

	for (unsigned i = 0; i < SIM_CLIENTS; i++) {
		const struct sim_client *c = &sim->client[i];

		if (c->planned && !c->finished && c->at < next)
			next = c->at;
	}
	return next;
}
