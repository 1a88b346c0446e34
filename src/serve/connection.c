/* SPDX-License-Identifier: MIT */
/*
 * Connections: see serve/connection.h. One request's way goes through run():
 *
 *	receive() -> feed() -> answer() -> queue() -> send_out() -> finish()
 *
 * Replies are gathered in the exchange's `out` until there is no complete
 * request left, so requests that came together are answered together.
 */
#include "serve/connection.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/deadline.h"
#include "serve/worker.h"

/*
 * Steps before others get a turn: an answer takes two, and so does filling the
 * buffer with what a client sends.
 */
#define STEPS_A_TURN 128

/* A body of up to so many bytes is copied behind its head. */
#define COPY_MAX 4096

_Static_assert(SERVE_LOCATION_MAX + SERVE_FIELDS_MAX + SITE_PAGE_MAX <=
		       SERVE_OUT_RESERVE - HTTP_REPLY_HEAD_MAX,
	       "what is queued at once fits where there is the reserve");

/* What a step of run() says. */
enum progress {
	GO_ON,	 /* do the next step */
	BLOCKED, /* wait for the kernel */
	ENDED,	 /* the connection is closed */
};

static void log_entry(struct serve_connection *c,
		      const struct http_request *request, int status, u64 bytes)
{
	struct serve_log_entry entry = {
		.ip = c->ip,
		.request = request,
		.time = c->worker->loop.wall,
		.status = status,
		.bytes = bytes,
	};

	serve_log_put(&c->worker->log, &entry);
}

static void log_answer(struct serve_connection *c)
{
	log_entry(c, &c->x->http.request, c->x->status, c->x->body_sent);
}

static void give_exchange(struct serve_connection *c)
{
	if (!c->x)
		return;
	/* An answer that was not sent to its end is logged as far as it got. */
	if (c->x->file >= 0)
		log_answer(c);
	serve_exchange_close_file(c->x);
	net_pool_give(&c->worker->exchanges, c->x);
	c->x = NULL;
}

void serve_connection_close(struct serve_connection *c)
{
	if (c->source.fd < 0)
		return;
	give_exchange(c);
	net_deadline_clear(&c->deadline);
	sys_close(c->source.fd);
	c->source.fd = -1;
	/* One that is still to be called again is given back when it is. */
	if (!c->source.is_again)
		net_pool_give(&c->worker->connections, c);
}

static void linger(struct serve_connection *c)
{
	struct serve_scratch *s = &c->worker->scratch;

	if (!serve_exchange_discard(c->source.fd, s->content,
				    sizeof(s->content), &c->lingered))
		serve_connection_close(c);
}

/*
 * All is said. If the client may still be sending, closing now would reset
 * the connection and the reset could overtake the answer: stop sending, and
 * read on for a while (RFC 9112 section 9.6).
 */
static void end(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	bool unread = c->readable || x->in_next < x->in_length ||
		      x->http.status || x->http.state == HTTP_CONN_BODY;

	/* Its body was not read, since the client waits to be told. */
	unread = unread || x->http.request.expects_continue;
	/* The client does not expect the end. */
	unread = unread || c->worker->draining;
	give_exchange(c);
	if (!unread || sys_shutdown(c->source.fd, SHUT_WR) < 0) {
		serve_connection_close(c);
		return;
	}
	serve_deadline_set(c, SERVE_LINGER);
	linger(c);
}

/*
 * Too many requests at once: say so in a few words, as far as the socket takes
 * them, and hold no memory for it any longer.
 */
static void turn_away(struct serve_connection *c, int status, struct span text)
{
	static struct http_request unread; /* all zero, and stays so */

	log_entry(c, c->x ? &c->x->http.request : &unread, status, 0);
	give_exchange(c);
	if (serve_exchange_send_text(c->source.fd, text) <= 0 ||
	    sys_shutdown(c->source.fd, SHUT_WR) < 0) {
		serve_connection_close(c);
		return;
	}
	serve_deadline_set(c, SERVE_LINGER);
}

/* There is no exchange for a connection that has something to say, maybe. */
static void refuse_busy(struct serve_connection *c)
{
	if (c->worker->draining) {
		serve_connection_close(c);
		return;
	}
	turn_away(c, 503,
		  SPAN("HTTP/1.1 503 Service Unavailable\r\n"
		       "Retry-After: 1\r\nContent-Length: 0\r\n"
		       "Connection: close\r\n\r\n"));
}

/* The client that has been sending its head for the longest time gives way. */
static void free_exchange(struct serve_worker *w)
{
	struct net_deadline *oldest =
		net_deadlines_first(&w->classes[SERVE_HEAD]);

	if (!oldest)
		return;
	turn_away(serve_deadline_owner(oldest), 408,
		  SPAN("HTTP/1.1 408 Request Timeout\r\n"
		       "Content-Length: 0\r\nConnection: close\r\n\r\n"));
}

/* Return: whether there was an exchange for @c. */
static bool take_exchange(struct serve_connection *c)
{
	struct serve_worker *w = c->worker;

	c->x = net_pool_take(&w->exchanges);
	if (!c->x) {
		free_exchange(w);
		c->x = net_pool_take(&w->exchanges);
	}
	if (!c->x)
		return false;
	serve_exchange_start(c->x);
	return true;
}

static enum progress receive(struct serve_connection *c)
{
	size_t size = c->worker->limits.max_head + SERVE_IN_EXTRA;
	bool full;

	if (!c->readable)
		return BLOCKED;
	long n = serve_exchange_receive(c->x, c->source.fd, size, &full);

	if (n == -EAGAIN) {
		c->readable = false;
		return BLOCKED;
	}
	/* The end of the requests, or of the connection. */
	if (n <= 0) {
		serve_connection_close(c);
		return ENDED;
	}
	/*
	 * Less than there was room for: the socket is empty now, and epoll
	 * will tell when it is not (epoll(7), question 9). Only the end of
	 * the stream might have been told already.
	 */
	c->readable = full || c->hangup;
	return GO_ON;
}

/* @body: see serve_exchange_send() */
static enum progress send_out(struct serve_connection *c, struct span body)
{
	bool has_file = c->x->file >= 0;

	switch (serve_exchange_send(c->x, c->source.fd, body)) {
	case SERVE_SENT:
		if (has_file)
			log_answer(c);
		return GO_ON;
	case SERVE_BLOCKED:
		return BLOCKED;
	case SERVE_AGAIN:
		net_loop_again(&c->worker->loop, &c->source);
		return BLOCKED;
	case SERVE_FAILED:
		break;
	}
	serve_connection_close(c);
	return ENDED;
}

/* The answer is sent or lies in `out`: on to the next request. */
static void finish(struct serve_connection *c)
{
	c->served = true;
	c->x->in_start = c->x->in_next;
	c->x->in_body = 0;
	/* The deadline was this request's. */
	serve_deadline_clear(c);
	if (!http_conn_next(&c->x->http))
		c->closing = true;
}

/* The head, and a body that is worth copying, behind what is in `out`. */
static enum progress queue(struct serve_connection *c, struct serve_answer *a)
{
	struct serve_exchange *x = c->x;
	struct buf out = { x->out, x->out_length, sizeof(x->out), false };

	http_reply_put_head(&out, &a->reply, serve_worker_date(c->worker));
	BUG_ON(out.full);
	x->status = a->reply.status;
	x->body_sent = 0;
	x->file = a->file;
	x->offset = a->offset;
	x->end = a->end;
	if (a->body.len <= COPY_MAX && (a->body.len || x->file < 0)) {
		buf_put(&out, a->body);
		BUG_ON(out.full);
		x->out_length = out.len;
		x->body_sent = a->body.len;
		serve_exchange_close_file(x);
		log_answer(c);
		return GO_ON;
	}
	x->out_length = out.len;
	serve_exchange_start_parts(x, &a->parts);
	return send_out(c, a->body);
}

static enum progress answer(struct serve_connection *c, enum http_event event)
{
	struct serve_worker *w = c->worker;
	struct http_conn *http = &c->x->http;
	struct serve_answer a;

	if (event == HTTP_REFUSE)
		serve_answer_status(&a, &w->scratch, &http->request,
				    http->status);
	else
		serve_answer_request(&a, &w->site, &w->scratch, &http->request,
				     w->loop.wall);
	/* What else has come is answered as well before the end. */
	if (w->draining && c->x->in_next == c->x->in_length && !c->readable)
		http->close = true;
	a.reply.close = http->close;
	a.reply.offer_keep_alive = http->request.minor == 0;
	return queue(c, &a);
}

/* Nothing more can be done: which deadline holds while it waits? */
static void wait(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;

	/* It waits for its next turn alone, and that will come. */
	if (c->source.is_again) {
		serve_deadline_clear(c);
		return;
	}
	if (x->out_length || x->file >= 0) {
		serve_deadline_await_reader(c);
	} else if (x->http.state == HTTP_CONN_BODY) {
		serve_deadline_keep(c, SERVE_BODY);
	} else if (x->in_next < x->in_length) {
		if (c->class != SERVE_HEAD)
			serve_deadline_set(c, SERVE_HEAD);
	} else if (c->served && c->worker->draining) {
		serve_connection_close(c);
	} else if (c->class != SERVE_HEAD) {
		/* Empty lines in pieces do not earn a new deadline. */
		give_exchange(c);
		if (c->served && c->class != SERVE_KEEPALIVE)
			serve_deadline_set(c, SERVE_KEEPALIVE);
	}
}

/* Look at what was received. */
static enum progress feed(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	bool head = x->http.state == HTTP_CONN_HEAD;
	struct span in = { x->in + x->in_next, x->in_length - x->in_next };
	size_t used;
	enum http_event event =
		http_conn_feed(&x->http, &c->worker->limits, in, &used);

	x->in_next += used;
	/* Empty lines before the head are no part of the request. */
	if (head && x->http.state == HTTP_CONN_HEAD)
		x->in_start = x->in_next;
	else if (head && x->http.head_length)
		serve_exchange_set_head(x);
	if (event != HTTP_NEED_INPUT)
		return answer(c, event);
	enum progress sent = send_out(c, (struct span){ 0 });

	return sent == GO_ON ? receive(c) : sent;
}

static enum progress step(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;

	if (x->file >= 0 || c->closing ||
	    SERVE_OUT_SIZE - x->out_length < SERVE_OUT_RESERVE) {
		enum progress r = send_out(c, (struct span){ 0 });

		if (r != GO_ON)
			return r;
	}
	if (c->closing) {
		end(c);
		return ENDED;
	}
	if (x->http.state != HTTP_CONN_REPLY)
		return feed(c);
	finish(c);
	return GO_ON;
}

static void run(struct serve_connection *c)
{
	enum progress r = GO_ON;

	if (!c->x && !take_exchange(c)) {
		refuse_busy(c);
		return;
	}
	/* Closing is not put off: nothing would come to remind of it. */
	for (unsigned i = 0; r == GO_ON && (i < STEPS_A_TURN || c->closing);
	     i++)
		r = step(c);
	if (r == GO_ON) {
		net_loop_again(&c->worker->loop, &c->source);
		r = send_out(c, (struct span){ 0 });
	}
	if (r != ENDED)
		wait(c);
}

static void on_ready(struct net_source *source, u32 events)
{
	struct serve_connection *c = (struct serve_connection *)source;

	/* It was closed while it waited to be called again. */
	if (source->fd < 0) {
		net_pool_give(&c->worker->connections, c);
		return;
	}
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->hangup = true;
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->readable = true;
	if (c->class == SERVE_LINGER)
		linger(c);
	else if (c->x || c->readable)
		run(c);
}

long serve_connection_open(struct serve_worker *worker, int fd, const u8 ip[16])
{
	struct serve_connection *c = net_pool_take(&worker->connections);

	/* The one that made room may be in use up to the next turn. */
	if (!c) {
		sys_close(fd);
		return 0;
	}
	memset(c, 0, sizeof(*c));
	c->source.fd = fd;
	c->source.ready = on_ready;
	c->worker = worker;
	memcpy(c->ip, ip, sizeof(c->ip));
	serve_deadline_set(c, SERVE_FRESH);
	long r = net_loop_add(&worker->loop, &c->source,
			      EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);

	if (r < 0)
		serve_connection_close(c);
	return r;
}

void serve_connection_expire(struct serve_connection *c)
{
	switch ((enum serve_class)c->class) {
	case SERVE_HEAD:
	case SERVE_BODY:
		if (c->x->in_start == c->x->in_length) {
			/* Empty lines, and nothing else. */
			serve_connection_close(c);
			return;
		}
		http_conn_refuse(&c->x->http, 408);
		if (answer(c, HTTP_REFUSE) != ENDED)
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
