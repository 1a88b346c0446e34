/* SPDX-License-Identifier: MIT */
/* The connection's state machine: see http/conn.h. */
#include "http/conn.h"

void http_conn_start(struct http_conn *c)
{
	c->state = HTTP_CONN_HEAD;
	c->close = false;
	c->status = 0;
	c->head_length = 0;
	http_request_start(&c->request);
}

void http_conn_refuse(struct http_conn *c, int status)
{
	c->state = HTTP_CONN_REPLY;
	c->close = true;
	c->status = status;
}

bool http_conn_next(struct http_conn *c)
{
	BUG_ON(c->state != HTTP_CONN_REPLY);
	if (c->close)
		return false;
	http_conn_start(c);
	return true;
}

static enum http_event refuse(struct http_conn *c, long status)
{
	http_conn_refuse(c, (int)status);
	return HTTP_REFUSE;
}

static enum http_event answer(struct http_conn *c)
{
	c->state = HTTP_CONN_REPLY;
	return HTTP_ANSWER;
}

enum http_event http_conn_begin(struct http_conn *c, u64 max_body, bool wanted,
				bool arrived)
{
	const struct http_request *r = &c->request;

	BUG_ON(c->state != HTTP_CONN_BEGIN);
	c->close = !r->keep_alive;
	if (r->expects_unknown)
		return refuse(c, 417);
	if (r->framing == HTTP_LENGTH && r->content_length > max_body)
		return refuse(c, 413);
	if (r->framing == HTTP_NO_BODY)
		return answer(c);
	/*
	 * The client waits before it sends its body, and the answer will not
	 * depend on that: answer now. Whether the body comes after all is
	 * unknown, so the connection is out of step (RFC 9110 10.1.1).
	 */
	if (r->expects_continue && !wanted) {
		c->close = true;
		return answer(c);
	}
	http_body_start(&c->body, r, max_body);
	c->state = HTTP_CONN_BODY;
	return r->expects_continue && !arrived ? HTTP_CONTINUE
					       : HTTP_NEED_INPUT;
}

static enum http_event feed_body(struct http_conn *c, struct span in,
				 size_t *used)
{
	while (*used < in.len && c->body.state != HTTP_BODY_DONE) {
		long n = http_body_decode(&c->body, span_skip(in, *used),
					  &c->data);

		if (n < 0)
			return refuse(c, -n);
		*used += (size_t)n;
		if (c->data.len)
			return HTTP_DATA;
	}
	return c->body.state == HTTP_BODY_DONE ? answer(c) : HTTP_NEED_INPUT;
}

/*
 * Empty lines before a request are nothing, and so is a connection on which
 * nothing else has come: some clients send one behind a body (RFC 9112
 * section 2.2).
 */
static size_t skip_empty_lines(struct http_conn *c, struct span in)
{
	size_t n = 0;

	while (in.len - n >= 2 && in.ptr[n] == '\r' && in.ptr[n + 1] == '\n')
		n += 2;
	if (n)
		http_request_start(&c->request);
	return n;
}

/* How many bytes of @in come before the request line. */
static size_t skipped_before(const struct http_conn *c, struct span in)
{
	return (size_t)(c->request.line.ptr - in.ptr);
}

static enum http_event feed_head(struct http_conn *c, size_t max_head,
				 struct span in, size_t *used)
{
	if (!c->request.line.ptr)
		*used = skip_empty_lines(c, in);
	long n =
		http_request_parse(&c->request, span_skip(in, *used), max_head);

	if (n < 0)
		return refuse(c, -n);
	if (n == 0)
		return HTTP_NEED_INPUT;
	*used += (size_t)n;
	/* Without what the parser itself passed over. */
	c->head_length = *used - skipped_before(c, in);
	c->state = HTTP_CONN_BEGIN;
	return HTTP_BEGIN;
}

enum http_event http_conn_feed(struct http_conn *c, size_t max_head,
			       struct span in, size_t *used)
{
	*used = 0;
	if (c->state == HTTP_CONN_HEAD)
		return feed_head(c, max_head, in, used);
	BUG_ON(c->state != HTTP_CONN_BODY);
	return feed_body(c, in, used);
}
