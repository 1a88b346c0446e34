/* SPDX-License-Identifier: MIT */
/*
 * Connections: see serve/connection.h. One request's way goes through run():
 *
 *	receive_first() -> feed() -> begin() -> answer() -> finish() -> flush()
 *
 * Replies are gathered in the exchange's `out` until there is no complete
 * request left, so requests that came together are answered together.
 */
#include "serve/connection.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/account.h"
#include "serve/builtin.h"
#include "serve/call.h"
#include "serve/client.h"
#include "serve/closing.h"
#include "serve/deadline.h"
#include "serve/transfer.h"
#include "serve/worker.h"

/*
 * Steps before others get a turn: an answer takes two, and so does filling the
 * buffer with what a client sends.
 */
#define STEPS_A_TURN 128

/* The answer is sent or lies in `out`: on to the next request. */
static enum serve_progress finish(struct serve_connection *c)
{
	serve_account_answer(c);
	c->served = true;
	c->x->in_start = c->x->in_next;
	c->x->in_body = 0;
	/* The deadline was this request's. */
	serve_deadline_clear(c);
	if (!http_conn_next(&c->x->http))
		c->closing = true;
	return SERVE_GO_ON;
}

void serve_connection_put(struct serve_connection *c, struct serve_answer *a)
{
	struct serve_exchange *x = c->x;

	/* What else has come is answered as well before the end. */
	if (c->worker->draining && x->in_next == x->in_length && !c->readable)
		x->http.close = true;
	a->reply.close = x->http.close;
	a->reply.offer_keep_alive = x->http.request.minor == 0;
	serve_exchange_put(x, a, serve_worker_date(c->worker));
}

/* From the site, or an error. */
static enum serve_progress answer(struct serve_connection *c,
				  enum http_event event)
{
	struct serve_worker *w = c->worker;
	struct http_conn *http = &c->x->http;
	struct serve_answer a;

	if (event == HTTP_REFUSE)
		serve_answer_status(&a, &w->scratch, &http->request,
				    http->status);
	else if (c->builtin)
		serve_builtin_answer(c, &a);
	else
		serve_answer_request(&a, &w->site, &w->scratch, &http->request,
				     w->loop.wall);
	serve_call_put_allow(&c->x->call, &a);
	serve_connection_put(c, &a);
	if (!c->x->memory.len)
		return SERVE_GO_ON;
	enum serve_progress r = serve_transfer_send(c);

	if (r == SERVE_ENDED || !c->x->memory.len || c->x->is_static)
		return r;
	/* Such memory is the worker's; the file has the same. */
	c->x->memory.len = 0;
	if (c->x->file < 0)
		c->x->file = (int)site_entity_reopen(&w->scratch.entity);
	if (c->x->file >= 0)
		return r;
	serve_connection_close(c);
	return SERVE_ENDED;
}

/*
 * The request cannot be understood to its end, has taken too long, or its
 * handler fails. A response that has begun is cut off, which its framing shows
 * (but to HTTP/1.0, which has none).
 */
static enum serve_progress refuse(struct serve_connection *c)
{
	struct serve_call *call = &c->x->call;
	bool replied = call->route && call->replied;

	serve_call_end(call, false);
	return replied ? finish(c) : answer(c, HTTP_REFUSE);
}

/* What there is goes out, and then more may come in. */
static enum serve_progress flush(struct serve_connection *c)
{
	c->x->ready = false;
	enum serve_progress r = serve_transfer_send(c);

	return r == SERVE_GO_ON ? serve_transfer_receive(c) : r;
}

/*
 * A turn makes the answers of all and then sends them: what one request has
 * brought into the processor's caches, the kernel has not thrown out before
 * the next. An answer that took longer is none that others gain from.
 */
static enum serve_progress flush_later(struct serve_connection *c)
{
	c->x->ready = true;
	net_loop_later(&c->worker->loop, &c->source);
	return SERVE_WAIT;
}

static enum serve_progress act(struct serve_connection *c,
			       enum http_event event)
{
	struct serve_exchange *x = c->x;
	struct serve_call *call = &x->call;

	switch (event) {
	case HTTP_DATA:
		if (call->route)
			serve_call_deliver(call, x->http.data);
		return SERVE_GO_ON;
	case HTTP_ANSWER:
		if (!call->route)
			return answer(c, event);
		serve_call_start(call);
		serve_call_deliver(call, (struct span){ x->in, 0 });
		return SERVE_GO_ON;
	case HTTP_REFUSE:
		return refuse(c);
	case HTTP_NEED_INPUT:
	case HTTP_BEGIN:
	case HTTP_CONTINUE:
		break;
	}
	return x->out_length && x->quick ? flush_later(c) : flush(c);
}

/* The head has come: who is the request for, and is its body wanted? */
static enum serve_progress begin(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	u64 max_body = c->worker->options->max_body;
	bool arrived = x->in_next < x->in_length;

	/* A handler may keep what it finds in the head, which stays there. */
	serve_exchange_pin(x);
	x->began = c->worker->loop.now;
	bool wanted = !serve_builtin_find(c) && serve_call_open(c);

	if (wanted)
		max_body = serve_call_max_body(&x->call, max_body);
	enum http_event event =
		http_conn_begin(&x->http, max_body, wanted, arrived);

	if (x->http.state != HTTP_CONN_BODY)
		return act(c, event);
	if (wanted)
		serve_call_await_body(&x->call, event == HTTP_CONTINUE);
	return SERVE_GO_ON;
}

/* Look at what was received. */
static enum serve_progress feed(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	struct span in = { x->in + x->in_next, x->in_length - x->in_next };
	size_t used;

	if (c->kind == SERVE_PROXIED) {
		long n = serve_client_take_header(c);

		if (n >= 0)
			return n ? SERVE_GO_ON : act(c, HTTP_NEED_INPUT);
		serve_connection_close(c);
		return SERVE_ENDED;
	}
	/* The end of most turns. */
	if (!in.len && x->http.state == HTTP_CONN_HEAD)
		return act(c, HTTP_NEED_INPUT);
	enum http_event event = http_conn_feed(
		&x->http, (size_t)c->worker->options->max_header, in, &used);

	x->in_next += used;
	/* Empty lines before the head are no part of the request. */
	if (x->http.state == HTTP_CONN_HEAD)
		x->in_start = x->in_next;
	return event == HTTP_BEGIN ? begin(c) : act(c, event);
}

/* A handler's response is complete. */
static enum serve_progress close_call(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	size_t used;

	serve_call_end(&x->call, true);
	/* What was not read of the request is out of step. */
	if (x->http.state == HTTP_CONN_BODY &&
	    http_conn_feed(&x->http, 0, (struct span){ x->in, 0 }, &used) !=
		    HTTP_ANSWER)
		http_conn_refuse(&x->http, x->status);
	return finish(c);
}

/* A handler does not do what it has to. */
static enum serve_progress fail_call(struct serve_connection *c)
{
	http_conn_refuse(&c->x->http, 500);
	return refuse(c);
}

/* A handler does nothing for now: what there is goes out, and it is asked
 * again.
 */
static enum serve_progress idle(struct serve_connection *c)
{
	enum serve_progress r = serve_transfer_send(c);

	if (r != SERVE_GO_ON || !c->hangup)
		return r == SERVE_GO_ON ? SERVE_WAIT : r;
	/* Answers before this one may be on their way still. */
	serve_connection_end(c);
	return SERVE_ENDED;
}

/* Let the handler go on with its response. */
static enum serve_progress produce(struct serve_connection *c)
{
	if (!c->x->call.route->produce)
		return fail_call(c);
	return serve_call_produce(&c->x->call) ? SERVE_GO_ON : idle(c);
}

/* What was left of the body, which may be too much still. */
static enum serve_progress deliver_again(struct serve_connection *c)
{
	struct serve_call *call = &c->x->call;
	size_t before = call->untaken.len;

	serve_call_deliver(call, call->untaken);
	if (call->untaken.len < before || (call->replied && !call->streams))
		return SERVE_GO_ON;
	return c->x->out_length ? serve_transfer_send(c) : idle(c);
}

/* The next step of a handler's call. */
static enum serve_progress step_call(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	struct serve_call *call = &x->call;

	if (call->failed)
		return fail_call(c);
	if (call->replied && !call->streams)
		return close_call(c);
	if (call->untaken.len)
		return deliver_again(c);
	return x->http.state == HTTP_CONN_BODY ? feed(c) : produce(c);
}

static enum serve_progress step(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;

	if (x->file >= 0 || x->memory.len || c->closing ||
	    SERVE_OUT_SIZE - x->out_length < SERVE_OUT_RESERVE) {
		enum serve_progress r = serve_transfer_send(c);

		if (r != SERVE_GO_ON)
			return r;
	}
	if (c->closing) {
		serve_connection_end(c);
		return SERVE_ENDED;
	}
	if (x->call.route)
		return step_call(c);
	return x->http.state == HTTP_CONN_REPLY ? finish(c) : feed(c);
}

static void run(struct serve_connection *c)
{
	enum serve_progress r = SERVE_GO_ON;

	if (!c->x && !serve_transfer_begin(c)) {
		serve_connection_refuse(c);
		return;
	}
	/* Closing is not put off: nothing would come to remind of it. */
	c->x->ends_turn = false;
	c->x->received = 0;
	if (c->x->ready)
		r = flush(c);
	for (unsigned i = 0;
	     r == SERVE_GO_ON &&
	     (c->closing || (i < STEPS_A_TURN && !c->x->ends_turn));
	     i++)
		r = step(c);
	if (r == SERVE_GO_ON) {
		net_loop_again(&c->worker->loop, &c->source);
		r = serve_transfer_send(c);
	}
	if (r != SERVE_ENDED)
		serve_deadline_choose(c);
}

/*
 * Go on, and have the loop watch it from now on. A new connection that is
 * answered and closed at once never gets there.
 */
static void go_on(struct serve_connection *c)
{
	if (c->x || c->readable)
		run(c);
	if (c->source.fd < 0 || c->watched)
		return;
	c->watched = true;
	if (net_loop_add(&c->worker->loop, &c->source,
			 EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) >= 0)
		return;
	if (!c->x || serve_transfer_send(c) != SERVE_ENDED)
		serve_connection_close(c);
}

/*
 * A turn receives from all and then answers: one look at a file then does for
 * every request that came before it.
 */
static void receive_first(struct serve_connection *c)
{
	if (serve_transfer_receive(c) != SERVE_ENDED)
		net_loop_later(&c->worker->loop, &c->source);
}

static void on_ready(struct net_source *source, u32 events)
{
	struct serve_connection *c = (void *)source;

	/* It was closed while it waited to be called again. */
	if (source->fd < 0) {
		net_pool_give(&c->worker->connections, c);
		return;
	}
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->hangup = true;
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->readable = true;
	/* A client that is gone ends the work for it. */
	if ((events & EPOLLERR) && c->x && c->x->call.route)
		serve_connection_close(c);
	else if (c->class == SERVE_LINGER)
		serve_connection_linger(c);
	else if (events && !c->x && c->readable && serve_transfer_begin(c))
		receive_first(c);
	else
		go_on(c);
}

void serve_connection_open(struct serve_worker *worker, int fd, const u8 ip[16],
			   enum serve_kind kind)
{
	struct serve_connection *c = net_pool_take(&worker->connections);

	/* The one that made room may be in use up to the next turn. */
	if (!c) {
		sys_close(fd);
		return;
	}
	memset(c, 0, sizeof(*c));
	c->source.fd = fd;
	c->source.ready = on_ready;
	c->worker = worker;
	c->kind = (u8)kind;
	memcpy(c->ip, ip, sizeof(c->ip));
	net_loop_begin(&worker->loop, &c->source);
	serve_deadline_set(c, SERVE_FRESH);
	/*
	 * The kernel held it back until there was something to receive
	 * (TCP_DEFER_ACCEPT). There need not be an exchange for it yet.
	 */
	c->readable = worker->exchanges.used < worker->exchanges.count;
	if (c->readable && serve_transfer_begin(c))
		receive_first(c);
	else
		net_loop_later(&worker->loop, &c->source);
}

void serve_connection_expire(struct serve_connection *c)
{
	switch ((enum serve_class)c->class) {
	case SERVE_HEAD:
	case SERVE_BODY:
		if (c->x->in_start == c->x->in_length ||
		    c->kind == SERVE_PROXIED) {
			/* Empty lines, and nothing else; or a proxy's. */
			serve_connection_close(c);
			return;
		}
		http_conn_refuse(&c->x->http, 408);
		if (refuse(c) != SERVE_ENDED)
			run(c);
		return;
	case SERVE_IDLE:
		run(c);
		return;
	case SERVE_WRITE:
		if (!serve_deadline_is_read(c))
			serve_connection_close(c);
		return;
	case SERVE_FRESH:
	case SERVE_KEEPALIVE:
	case SERVE_LINGER:
		serve_connection_close(c);
		return;
	case SERVE_CLASSES:
		break;
	}
	BUG_ON(true);
}

void serve_connection_drain(struct serve_connection *c)
{
	/* Something may have come that the loop was not told of yet. */
	c->readable = true;
	if (c->class == SERVE_FRESH || c->class == SERVE_KEEPALIVE)
		run(c);
}
