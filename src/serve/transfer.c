/* SPDX-License-Identifier: MIT */
/* The bytes of a connection: see serve/transfer.h. */
#include "serve/transfer.h"
#include "kernel/errno.h"
#include "serve/call.h"
#include "serve/closing.h"
#include "serve/worker.h"

/*
 * Bytes that are received before others get a turn: a head of this length, full
 * of fields, takes longer to read than most answers take to make.
 */
#define BYTES_A_TURN 16384

bool serve_transfer_begin(struct serve_connection *c)
{
	struct serve_worker *w = c->worker;

	c->x = net_pool_take(&w->exchanges);
	if (!c->x) {
		serve_connection_make_room(w);
		c->x = net_pool_take(&w->exchanges);
	}
	if (!c->x)
		return false;
	serve_exchange_start(c->x);
	c->x->began = w->loop.now;
	return true;
}

enum serve_progress serve_transfer_receive(struct serve_connection *c)
{
	size_t size = (size_t)c->worker->options->max_header + SERVE_IN_EXTRA;
	bool full;

	if (!c->readable)
		return SERVE_WAIT;
	long n = serve_exchange_receive(c->x, c->source.fd, size, &full);

	if (n == -EAGAIN) {
		c->readable = false;
		return SERVE_WAIT;
	}
	/* The end of the requests, or of the connection. */
	if (n <= 0) {
		serve_connection_close(c);
		return SERVE_ENDED;
	}
	/*
	 * Less than there was room for: the socket is empty now, and epoll
	 * will tell when it is not (epoll(7), question 9). Only the end of
	 * the stream might have been told already.
	 */
	c->readable = full || c->hangup;
	c->x->received += (u32)n;
	if (c->x->received >= BYTES_A_TURN)
		c->x->ends_turn = true;
	/* What has come may have been sent after a file was changed. */
	site_cache_turn(&c->worker->cache);
	return SERVE_GO_ON;
}

enum serve_progress serve_transfer_send(struct serve_connection *c)
{
	serve_call_settle(&c->x->call);
	switch (serve_exchange_send(c->x, c->source.fd, c->worker->most,
				    c->closing)) {
	case SERVE_SENT:
		return SERVE_GO_ON;
	case SERVE_BLOCKED:
		return SERVE_WAIT;
	case SERVE_AGAIN:
		net_loop_again(&c->worker->loop, &c->source);
		return SERVE_WAIT;
	case SERVE_FAILED:
		break;
	}
	serve_connection_close(c);
	return SERVE_ENDED;
}
