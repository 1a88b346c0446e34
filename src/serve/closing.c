/* SPDX-License-Identifier: MIT */
/* How connections end: see serve/closing.h. */
#include "serve/closing.h"
#include "kernel/sys.h"
#include "serve/account.h"
#include "serve/call.h"
#include "serve/deadline.h"
#include "serve/worker.h"

void serve_connection_release(struct serve_connection *c)
{
	if (!c->x)
		return;
	serve_call_end(&c->x->call, false);
	/* An answer that was not sent to its end is logged as far as it got. */
	if (c->x->status)
		serve_account_answer(c);
	serve_exchange_close_file(c->x);
	net_pool_give(&c->worker->exchanges, c->x);
	c->x = NULL;
}

void serve_connection_close(struct serve_connection *c)
{
	if (c->source.fd < 0)
		return;
	serve_connection_release(c);
	net_deadline_clear(&c->deadline);
	sys_close(c->source.fd);
	c->source.fd = -1;
	/* One that is still to be called again is given back when it is. */
	if (!c->source.is_again)
		net_pool_give(&c->worker->connections, c);
}

void serve_connection_linger(struct serve_connection *c)
{
	struct serve_scratch *s = &c->worker->scratch;

	if (!serve_exchange_discard(c->source.fd, s->content,
				    sizeof(s->content), &c->lingered))
		serve_connection_close(c);
}

/*
 * All is said, and leaves with the end of sending, at the latest: a close would
 * throw it away if something has come meanwhile. If the client may still be
 * sending, closing now would reset the connection, and the reset could overtake
 * the answer: read on for a while (RFC 9112 section 9.6).
 */
void serve_connection_end(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	bool unread = c->readable || x->in_next < x->in_length ||
		      x->http.status || x->http.state == HTTP_CONN_BODY;

	/* Its body was not read, since the client waits to be told. */
	unread = unread || x->http.request.expects_continue;
	/* The client does not expect the end. */
	unread = unread || c->worker->draining;
	serve_connection_release(c);
	if (sys_shutdown(c->source.fd, SHUT_WR) < 0 || !unread) {
		serve_connection_close(c);
		return;
	}
	serve_deadline_set(c, SERVE_LINGER);
	serve_connection_linger(c);
}

/*
 * Too many requests at once: say so, and hold no memory for it any longer. It
 * may be a HEAD that was not read yet, so there is no page.
 */
static void turn_away(struct serve_connection *c, int status)
{
	static struct http_request unread; /* all zero, and stays so */
	struct http_reply reply = { .status = status, .close = true };
	char text[HTTP_REPLY_HEAD_MAX];
	struct buf out = BUF(text);

	reply.has_content = true;
	reply.retry_after = status == 503 ? SPAN("1") : SPAN("");
	http_reply_put_head(&out, &reply, serve_worker_date(c->worker));
	BUG_ON(out.full);
	serve_account_request(c, c->x ? &c->x->http.request : &unread, status,
			      0);
	serve_connection_release(c);
	if (serve_exchange_send_text(c->source.fd, buf_span(&out)) <= 0 ||
	    sys_shutdown(c->source.fd, SHUT_WR) < 0) {
		serve_connection_close(c);
		return;
	}
	serve_deadline_set(c, SERVE_LINGER);
}

/* There is no exchange for a connection that has something to say, maybe. */
void serve_connection_refuse(struct serve_connection *c)
{
	if (c->worker->draining)
		serve_connection_close(c);
	else
		turn_away(c, 503);
}

/* The client that has been sending its head for the longest time gives way. */
void serve_connection_make_room(struct serve_worker *w)
{
	struct net_deadline *oldest =
		net_deadlines_first(&w->classes[SERVE_HEAD]);

	if (oldest)
		turn_away(serve_deadline_owner(oldest), 408);
}
