/* SPDX-License-Identifier: MIT */
/*
 * Connections: see serve/connection.h. One request's way goes through run():
 *
 *	receive() -> http_conn_feed() -> answer() -> send_out() -> finish()
 *
 * Replies are gathered in the exchange's `out` until there is no complete
 * request left, so requests that came together are answered together.
 */
#include "serve/connection.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/worker.h"

/* What a deadline that measures progress asks for, in bytes. */
#define PROGRESS 4096

/* Requests answered, and bytes of a file sent, before others get a turn. */
#define REQUESTS_A_TURN 64
#define FILE_BYTES_A_TURN (1 << 20)

/* How much of what a client goes on sending is thrown away before closing. */
#define LINGER_BYTES 65536

/* A body of up to so many bytes is copied behind its head. */
#define COPY_MAX 4096

/* What a step of run() says. */
enum progress {
	GO_ON,	 /* do the next step */
	BLOCKED, /* wait for the kernel */
	ENDED,	 /* the connection is closed */
};

struct serve_connection *serve_connection_of(struct net_deadline *d)
{
	return (struct serve_connection
			*)(void *)((char *)d -
				   offsetof(struct serve_connection, deadline));
}

static void set_deadline(struct serve_connection *c, enum serve_class class)
{
	struct serve_worker *w = c->worker;

	c->class = (u8) class;
	if (c->x)
		c->x->progress = 0;
	net_deadline_set(&w->classes[class], &c->deadline, w->loop.now);
}

/* A deadline that is not moved by mere activity: once a class, or by progress.
 */
static void keep_deadline(struct serve_connection *c, enum serve_class class)
{
	if (c->class != class || c->x->progress >= PROGRESS)
		set_deadline(c, class);
}

static void log_answer(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	struct serve_log_entry entry = {
		.ip = c->ip,
		.request = &x->http.request,
		.time = c->worker->loop.wall,
		.status = x->status,
		.bytes = x->body_sent,
	};

	serve_log_put(&c->worker->log, &entry);
}

static void close_file(struct serve_exchange *x)
{
	if (x->file >= 0)
		sys_close(x->file);
	x->file = -1;
}

static void give_exchange(struct serve_connection *c)
{
	if (!c->x)
		return;
	/* An answer that was not sent to its end is logged as far as it got. */
	if (c->x->file >= 0)
		log_answer(c);
	close_file(c->x);
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

	while (c->lingered < LINGER_BYTES) {
		long n = sys_recvfrom(c->source.fd, s->content,
				      sizeof(s->content), MSG_DONTWAIT);

		if (n == -EINTR)
			continue;
		if (n == -EAGAIN)
			return;
		if (n <= 0)
			break;
		c->lingered += (u32)n;
	}
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
	give_exchange(c);
	if (!unread || sys_shutdown(c->source.fd, SHUT_WR) < 0) {
		serve_connection_close(c);
		return;
	}
	set_deadline(c, SERVE_LINGER);
	linger(c);
}

/* Whether an exchange for @c was found, by taking that of a slow client. */
static bool take_exchange(struct serve_connection *c)
{
	struct serve_worker *w = c->worker;
	struct net_deadline *oldest =
		net_deadlines_first(&w->classes[SERVE_HEAD]);

	c->x = net_pool_take(&w->exchanges);
	if (!c->x && oldest) {
		struct serve_connection *victim = serve_connection_of(oldest);

		serve_connection_expire(victim);
		if (victim->x)
			serve_connection_close(victim);
		c->x = net_pool_take(&w->exchanges);
	}
	if (!c->x)
		return false;
	struct serve_exchange *x = c->x;

	http_conn_start(&x->http);
	x->in_length = 0;
	x->in_start = 0;
	x->in_next = 0;
	x->in_body = 0;
	x->out_start = 0;
	x->out_length = 0;
	x->progress = 0;
	x->file = -1;
	x->in = (char *)(x + 1);
	return true;
}

/*
 * Make room behind what was received. What must stay is the request so far,
 * at most the longest head, and that moves to the front if there is little.
 */
static void make_room(struct serve_exchange *x, size_t size)
{
	if (x->http.state == HTTP_CONN_BODY) {
		/* All of the body so far was taken. */
		x->in_next = x->in_body;
		x->in_length = x->in_body;
	} else if (x->in_next == x->in_length) {
		x->in_start = 0;
		x->in_next = 0;
		x->in_length = 0;
	}
	if (size - x->in_length >= SERVE_IN_EXTRA)
		return;
	BUG_ON(!x->in_start);
	memmove(x->in, x->in + x->in_start, x->in_length - x->in_start);
	http_request_move(&x->http.request, x->in_start);
	x->in_length -= x->in_start;
	x->in_next -= x->in_start;
	x->in_body -= x->in_body ? x->in_start : 0;
	x->in_start = 0;
}

static enum progress receive(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	size_t size = c->worker->limits.max_head + SERVE_IN_EXTRA;

	if (!c->readable)
		return BLOCKED;
	make_room(x, size);
	size_t room = size - x->in_length;
	long n;

	do {
		n = sys_recvfrom(c->source.fd, x->in + x->in_length, room,
				 MSG_DONTWAIT);
	} while (n == -EINTR);
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
	c->readable = (size_t)n == room || c->hangup;
	x->in_length += (size_t)n;
	x->progress += (u64)n;
	return GO_ON;
}

/* Send @count pieces. Return: bytes sent, 0 if the socket is full, or < 0. */
static long send_pieces(int fd, struct iovec *pieces, size_t count, int flags)
{
	struct user_msghdr message = { .msg_iov = pieces, .msg_iovlen = count };
	long n;

	do {
		n = sys_sendmsg(fd, &message,
				flags | MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n == -EINTR);
	return n == -EAGAIN ? 0 : n;
}

static enum progress send_file(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	u64 before = x->offset;
	u64 left = x->end - x->offset;
	long n;

	do {
		n = sys_sendfile(c->source.fd, x->file, &x->offset,
				 left < FILE_BYTES_A_TURN ? (size_t)left
							  : FILE_BYTES_A_TURN);
	} while (n == -EINTR);
	if (n == -EAGAIN)
		return BLOCKED;
	/* 0: the file has shrunk. What was promised cannot be kept. */
	if (n <= 0) {
		serve_connection_close(c);
		return ENDED;
	}
	x->body_sent += x->offset - before;
	x->progress += x->offset - before;
	if (x->offset == x->end) {
		log_answer(c);
		close_file(x);
		return GO_ON;
	}
	net_loop_again(&c->worker->loop, &c->source);
	return BLOCKED;
}

/*
 * Everything that is to be sent: `out`, then the file. @body: of a small file,
 * in memory just now; what the socket does not take of it the file has.
 */
static enum progress send_out(struct serve_connection *c, struct span body)
{
	struct serve_exchange *x = c->x;

	while (x->out_start < x->out_length || body.len) {
		size_t pending = x->out_length - x->out_start;
		struct iovec pieces[2] = { { x->out + x->out_start, pending },
					   { body.ptr, body.len } };
		bool more = x->file >= 0 && !body.len;
		long n = send_pieces(c->source.fd, pieces, body.len ? 2 : 1,
				     more ? MSG_MORE : 0);

		if (n == 0)
			return BLOCKED;
		if (n < 0) {
			serve_connection_close(c);
			return ENDED;
		}
		size_t head = (size_t)n < pending ? (size_t)n : pending;

		x->progress += (u64)n;
		x->out_start += head;
		body = span_skip(body, (size_t)n - head);
		x->offset += (u64)n - head;
		x->body_sent += (u64)n - head;
	}
	x->out_start = 0;
	x->out_length = 0;
	if (x->file < 0)
		return GO_ON;
	if (x->offset < x->end)
		return send_file(c);
	log_answer(c);
	close_file(x);
	return GO_ON;
}

/* The answer is sent or lies in `out`: on to the next request. */
static void finish(struct serve_connection *c)
{
	c->served = true;
	c->x->in_start = c->x->in_next;
	c->x->in_body = 0;
	/* The deadline was this request's. */
	net_deadline_clear(&c->deadline);
	c->class = SERVE_CLASSES;
	if (!http_conn_next(&c->x->http))
		c->closing = true;
}

static struct span current_date(struct serve_worker *w)
{
	if (w->date_second != w->loop.wall) {
		struct buf date = BUF(w->date);

		http_date_put(&date, w->loop.wall);
		w->date_second = w->loop.wall;
	}
	return (struct span){ w->date, sizeof(w->date) };
}

/* The head, and a body that is worth copying, behind what is in `out`. */
static enum progress queue(struct serve_connection *c, struct serve_answer *a)
{
	struct serve_exchange *x = c->x;
	struct buf out = { x->out, x->out_length, sizeof(x->out), false };

	http_reply_put_head(&out, &a->reply, current_date(c->worker));
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
		close_file(x);
		log_answer(c);
		return GO_ON;
	}
	x->out_length = out.len;
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
	http->close = http->close || w->draining;
	a.reply.close = http->close;
	a.reply.offer_keep_alive = http->request.minor == 0;
	return queue(c, &a);
}

/* Nothing more can be done: which deadline holds while it waits? */
static void wait(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;

	if (x->out_length || x->file >= 0) {
		keep_deadline(c, SERVE_WRITE);
	} else if (x->http.state == HTTP_CONN_BODY) {
		keep_deadline(c, SERVE_BODY);
	} else if (x->in_next < x->in_length) {
		if (c->class != SERVE_HEAD)
			set_deadline(c, SERVE_HEAD);
	} else if (c->served && c->worker->draining) {
		serve_connection_close(c);
	} else {
		give_exchange(c);
		if (c->served)
			set_deadline(c, SERVE_KEEPALIVE);
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
	if (head)
		x->in_body = x->in_start + x->http.head_length;
	if (event != HTTP_NEED_INPUT)
		return answer(c, event);
	enum progress sent = send_out(c, (struct span){ 0 });

	return sent == GO_ON ? receive(c) : sent;
}

/*
 * No memory for a request. The client is told, as far as the socket takes it
 * at once.
 */
static void refuse_busy(struct serve_connection *c)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\n"
				   "Retry-After: 1\r\nContent-Length: 0\r\n"
				   "Connection: close\r\n\r\n";
	struct iovec piece = { text, sizeof(text) - 1 };

	if (send_pieces(c->source.fd, &piece, 1, 0) > 0 &&
	    sys_shutdown(c->source.fd, SHUT_WR) >= 0) {
		set_deadline(c, SERVE_LINGER);
		linger(c);
		return;
	}
	serve_connection_close(c);
}

static enum progress step(struct serve_connection *c, unsigned *answered)
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
	++*answered;
	return GO_ON;
}

static void run(struct serve_connection *c)
{
	unsigned answered = 0;
	enum progress r = GO_ON;

	if (!c->x && !take_exchange(c)) {
		refuse_busy(c);
		return;
	}
	while (r == GO_ON && answered < REQUESTS_A_TURN)
		r = step(c, &answered);
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
	set_deadline(c, SERVE_FRESH);
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
		http_conn_refuse(&c->x->http, 408);
		if (answer(c, HTTP_REFUSE) != ENDED)
			run(c);
		return;
	case SERVE_FRESH:
	case SERVE_WRITE:
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
