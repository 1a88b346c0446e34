/* SPDX-License-Identifier: MIT */
/* Exchanges: see serve/exchange.h. */
#include "serve/exchange.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

_Static_assert(HTTP_REPLY_HEAD_MAX + SERVE_TYPE_MAX + SERVE_FIELDS_MAX +
			       SERVE_COPY_MAX <=
		       SERVE_OUT_RESERVE,
	       "and so does what a handler replies at once");

_Static_assert(HTTP_REPLY_HEAD_MAX + SERVE_LOCATION_MAX + SERVE_FIELDS_MAX +
			       SITE_PAGE_MAX <=
		       SERVE_OUT_RESERVE,
	       "what is queued at once fits where there is the reserve");

_Static_assert(HTTP_REPLY_HEAD_MAX + HTTP_PART_HEAD_MAX <= SERVE_OUT_RESERVE,
	       "the first part's head fits behind that of the response");

_Static_assert(SITE_LISTING_SMALL <= SERVE_COPY_MAX,
	       "a listing without a file is copied");

/*
 * How much of what a client goes on sending is thrown away before closing: what
 * a proxy has of a body that is too long, and sends before it looks for an
 * answer, or the answer is lost and its own client gets 502.
 */
#define LINGER_BYTES (4 << 20)

void serve_exchange_start(struct serve_exchange *x)
{
	http_conn_start(&x->http);
	x->in_start = 0;
	x->in_body = 0;
	x->in_next = 0;
	x->in_length = 0;
	x->out_start = 0;
	x->out_length = 0;
	x->progress = 0;
	x->received = 0;
	x->quick = false;
	x->ready = false;
	x->memory.len = 0;
	x->file = -1;
	x->shared = NULL;
	x->held = NULL;
	x->status = 0;
	x->parts.ranges.count = 0;
	x->call = (struct serve_call){ 0 };
	x->in = (char *)(x + 1);
}

void serve_exchange_close_file(struct serve_exchange *x)
{
	site_entity_close(x->file, x->shared);
	if (x->held)
		*x->held -= site_listing_weight(x->end);
	x->file = -1;
	x->shared = NULL;
	x->held = NULL;
	x->parts.ranges.count = 0;
}

static void move_to_front(struct serve_exchange *x)
{
	memmove(x->in, x->in + x->in_start, x->in_length - x->in_start);
	http_request_move(&x->http.request, x->in_start);
	x->in_length -= x->in_start;
	x->in_next -= x->in_start;
	x->in_body -= x->in_start;
	x->in_start = 0;
}

void serve_exchange_pin(struct serve_exchange *x)
{
	x->in_start = (size_t)(x->http.request.line.ptr - x->in);
	x->in_body = x->in_start + x->http.head_length;
	/* Without a body nothing is received before the request is done. */
	if (x->http.request.framing != HTTP_NO_BODY && x->in_start)
		move_to_front(x);
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
	x->in_body = x->in_start;
	move_to_front(x);
}

long serve_exchange_receive(struct serve_exchange *x, int fd, size_t size,
			    bool *full)
{
	make_room(x, size);
	size_t room = size - x->in_length;
	long n;

	do {
		n = sys_recvfrom(fd, x->in + x->in_length, room, MSG_DONTWAIT);
	} while (n == -EINTR);
	if (n <= 0)
		return n;
	x->in_length += (size_t)n;
	x->progress += (u64)n;
	*full = (size_t)n == room;
	return n;
}

/*
 * A single piece goes by a call that has no list of pieces to fetch and check,
 * which is some 0.1 us less.
 *
 * Return: bytes sent, 0 if the socket is full, or a negative errno.
 */
static long send_pieces(int fd, struct span first, struct span second,
			int flags)
{
	struct iovec pieces[] = { { first.ptr, first.len },
				  { second.ptr, second.len } };
	struct user_msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };
	struct span one = first.len ? first : second;
	long n;

	flags |= MSG_DONTWAIT | MSG_NOSIGNAL;
	do {
		n = first.len && second.len
			    ? sys_sendmsg(fd, &message, flags)
			    : sys_sendto(fd, one.ptr, one.len, flags);
	} while (n == -EINTR);
	return n == -EAGAIN ? 0 : n;
}

bool serve_exchange_discard(int fd, char *memory, size_t size, u32 *count)
{
	while (*count < LINGER_BYTES) {
		long n = sys_recvfrom(fd, memory, size, MSG_DONTWAIT);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n == -EAGAIN;
		*count += (u32)n;
	}
	return false;
}

u64 serve_exchange_unsent(int fd)
{
	int bytes = 0;

	if (sys_ioctl(fd, SIOCOUTQ, &bytes) < 0 || bytes < 0)
		return 0;
	return (u64)bytes;
}

long serve_exchange_send_text(int fd, struct span text)
{
	return send_pieces(fd, text, SPAN(""), 0);
}

static enum serve_sent send_file(struct serve_exchange *x, int fd, size_t most)
{
	u64 before = x->offset;
	u64 left = x->end - x->offset;
	long n;

	do {
		n = sys_sendfile(fd, x->file, &x->offset,
				 left < most ? (size_t)left : most);
	} while (n == -EINTR);
	if (n == -EAGAIN)
		return SERVE_BLOCKED;
	/* 0: the file has shrunk. What was promised cannot be kept. */
	if (n <= 0)
		return SERVE_FAILED;
	x->body_sent += x->offset - before;
	x->progress += x->offset - before;
	return x->offset < x->end ? SERVE_AGAIN : SERVE_SENT;
}

/* The next part's head, and where its bytes are. Return: false at the end. */
static bool next_part(struct serve_exchange *x)
{
	struct buf out = { x->out, x->out_length, sizeof(x->out), false };
	unsigned i = x->part;

	if (!x->parts.ranges.count || i > x->parts.ranges.count)
		return false;
	http_parts_put_head(&out, &x->parts, i);
	BUG_ON(out.full);
	x->body_sent += out.len - x->out_length;
	x->out_length = out.len;
	if (i < x->parts.ranges.count) {
		x->offset = x->parts.ranges.at[i].first;
		x->end = x->parts.ranges.at[i].last + 1;
		if (x->is_static)
			x->memory =
				(struct span){ x->whole.ptr + x->offset,
					       (size_t)(x->end - x->offset) };
	}
	x->part++;
	return true;
}

static void start_parts(struct serve_exchange *x,
			const struct http_parts *parts)
{
	if (!parts->ranges.count)
		return;
	x->parts = *parts;
	memcpy(x->part_type, parts->type.ptr, parts->type.len);
	x->parts.type.ptr = x->part_type;
	x->part = 0;
	next_part(x);
}

void serve_exchange_put(struct serve_exchange *x, struct serve_answer *a,
			struct span date)
{
	struct buf out = { x->out, x->out_length, sizeof(x->out), false };

	http_reply_put_head(&out, &a->reply, date);
	x->status = a->reply.status;
	x->body_sent = 0;
	x->file = a->file;
	x->is_static = a->is_static;
	x->whole = a->whole;
	x->shared = a->shared;
	x->offset = a->offset;
	x->end = a->end;
	x->held = a->file < 0 ? NULL : a->held;
	if (x->held)
		*x->held += site_listing_weight(x->end);
	x->ends_turn = a->held;
	x->quick = a->reply.prepared.len;
	if (a->body.len && a->body.len <= SERVE_COPY_MAX) {
		buf_put(&out, a->body);
		x->body_sent = a->body.len;
		a->body.len = 0;
		serve_exchange_close_file(x);
	}
	BUG_ON(out.full);
	x->out_length = out.len;
	x->memory = a->body;
	start_parts(x, &a->parts);
}

/* What is in `out`, and x->memory; with @last the connection's end follows. */
static enum serve_sent send_memory(struct serve_exchange *x, int fd,
				   size_t most, bool last)
{
	u64 before = x->progress;

	while (x->out_start < x->out_length || x->memory.len) {
		struct span out = { x->out + x->out_start,
				    x->out_length - x->out_start };
		struct span memory = x->memory;
		bool more = last ||
			    (x->file >= 0 && !memory.len && x->offset < x->end);

		if (memory.len > most)
			memory.len = most;
		long n = send_pieces(fd, out, memory, more ? MSG_MORE : 0);

		if (n <= 0)
			return n ? SERVE_FAILED : SERVE_BLOCKED;
		size_t head = (size_t)n < out.len ? (size_t)n : out.len;
		size_t rest = (size_t)n - head;

		x->progress += (u64)n;
		x->out_start += head;
		x->memory = span_skip(x->memory, rest);
		x->offset += rest;
		x->body_sent += rest;
		if (x->memory.len && x->progress - before >= most)
			return SERVE_AGAIN;
	}
	x->out_start = 0;
	x->out_length = 0;
	return SERVE_SENT;
}

enum serve_sent serve_exchange_send(struct serve_exchange *x, int fd,
				    size_t most, bool last)
{
	u64 before = x->body_sent;

	do {
		enum serve_sent r = send_memory(x, fd, most, last);

		if (r == SERVE_SENT && x->file >= 0 && x->offset < x->end)
			r = send_file(x, fd, most);
		if (r != SERVE_SENT)
			return r;
		if (x->body_sent - before > most)
			return SERVE_AGAIN;
	} while (next_part(x));
	serve_exchange_close_file(x);
	return SERVE_SENT;
}
