/* SPDX-License-Identifier: MIT */
/* The server's own answers: see serve/builtin.h. */
#include "serve/builtin.h"
#include "serve/worker.h"

/* @text in place of the page that @a has; no body stays none (HEAD). */
static void put_text(struct serve_answer *a, struct span type, struct span text)
{
	a->reply.content_type = type;
	a->reply.content_length = text.len;
	if (a->body.len)
		a->body = text;
}

static void answer_health(struct serve_connection *c, struct serve_answer *a)
{
	struct serve_worker *w = c->worker;

	c->quiet = true;
	serve_answer_status(a, &w->scratch, &c->x->http.request,
			    w->draining ? 503 : 200);
	if (!w->draining)
		put_text(a, SPAN("text/plain"), SPAN("ok\n"));
	a->reply.fields = SPAN("Cache-Control: no-store\r\n");
}

bool serve_builtin_find(struct serve_connection *c)
{
	const struct serve_options *o = c->worker->options;
	const struct http_request *r = &c->x->http.request;
	struct http_target target;

	c->builtin = SERVE_BUILTIN_NONE;
	if ((r->method != HTTP_GET && r->method != HTTP_HEAD) ||
	    http_target_split(r, &target))
		target.path = SPAN("-");
	if (span_equal(target.path, o->health_path))
		c->builtin = SERVE_BUILTIN_HEALTH;
	return c->builtin != SERVE_BUILTIN_NONE;
}

void serve_builtin_answer(struct serve_connection *c, struct serve_answer *a)
{
	switch ((enum serve_builtin)c->builtin) {
	case SERVE_BUILTIN_HEALTH:
		answer_health(c, a);
		return;
	case SERVE_BUILTIN_NONE:
		break;
	}
	BUG_ON(true);
}
