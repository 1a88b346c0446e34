/* SPDX-License-Identifier: MIT */
/* Handlers: an echo, one that gathers, one that streams, and one that rests. */
#include "sim.h"

#define STREAM 30000
#define STREAM_AT 4711

struct progress {
	u64 sent;
	bool rested;
};

static void end(struct serve_call *c, bool complete)
{
	(void)c;
	(void)complete;
	sim->ended++;
}

static void start_echo(struct serve_call *c)
{
	u64 length = c->request->framing == HTTP_CHUNKED
			     ? HTTP_LENGTH_UNKNOWN
			     : c->request->content_length;

	sim->begun++;
	serve_reply_stream(c, 200, SPAN("text/plain"), length);
}

static size_t receive_echo(struct serve_call *c, struct span data)
{
	if (!data.len)
		serve_finish(c);
	return serve_write(c, data);
}

static void start_gather(struct serve_call *c)
{
	sim->begun++;
	serve_reply(c, 200, SPAN("text/plain"), c->body);
}

static void start_stream(struct serve_call *c)
{
	sim->begun++;
	serve_reply_stream(c, 200, SPAN("text/plain"), HTTP_LENGTH_UNKNOWN);
}

static void produce(struct serve_call *c)
{
	struct progress *p = c->scratch;
	u64 left = STREAM - p->sent;

	p->sent +=
		serve_write(c, (struct span){ sim_bytes + STREAM_AT + p->sent,
					      left < 3000 ? left : 3000 });
	if (p->sent == STREAM)
		serve_finish(c);
}

/* Every other time there is nothing to be said yet. */
static void produce_with_pauses(struct serve_call *c)
{
	struct progress *p = c->scratch;

	p->rested = !p->rested;
	if (!p->rested)
		produce(c);
}

static const struct serve_route routes[] = {
	{ .method = "POST",
	  .path = "/echo",
	  .start = start_echo,
	  .receive = receive_echo,
	  .end = end },
	{ .method = "POST",
	  .path = "/gather",
	  .gather = 2000,
	  .start = start_gather,
	  .end = end },
	{ .method = "GET",
	  .path = "/stream",
	  .scratch = sizeof(struct progress),
	  .start = start_stream,
	  .produce = produce,
	  .end = end },
	{ .method = "GET",
	  .path = "/pauses",
	  .scratch = sizeof(struct progress),
	  .start = start_stream,
	  .produce = produce_with_pauses,
	  .end = end },
};

const struct serve_app sim_app = { routes, ARRAY_SIZE(routes), 0 };
