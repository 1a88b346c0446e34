/* SPDX-License-Identifier: MIT */
/* The server's own answers: see serve/builtin.h. */
#include "serve/builtin.h"
#include "serve/worker.h"

/* Where the metrics are there is nothing else, least of all the site. */
static enum serve_builtin find(const struct serve_connection *c)
{
	const struct http_request *r = &c->x->http.request;
	struct http_target target;

	if ((r->method != HTTP_GET && r->method != HTTP_HEAD) ||
	    http_target_split(r, &target))
		target.path = SPAN("-");
	if (c->kind == SERVE_METRICS)
		return span_equal(target.path, SPAN("/metrics"))
			       ? SERVE_BUILTIN_METRICS
			       : SERVE_BUILTIN_NOTHING;
	if (span_equal(target.path, c->worker->options->health_path))
		return SERVE_BUILTIN_HEALTH;
	return SERVE_BUILTIN_NONE;
}

bool serve_builtin_find(struct serve_connection *c)
{
	c->builtin = (u8)find(c);
	return c->builtin;
}

/* What the answer's text is, with 200; its status otherwise. */
static int choose_text(struct serve_connection *c, struct buf *text)
{
	switch ((enum serve_builtin)c->builtin) {
	case SERVE_BUILTIN_HEALTH:
		if (c->worker->draining)
			return 503;
		buf_puts(text, "ok\n");
		return 200;
	case SERVE_BUILTIN_METRICS:
		/* The one that asks may have come in this turn. */
		c->worker->counters->active = c->worker->connections.used;
		serve_metrics_put(text, c->worker->metrics);
		return text->full ? 500 : 200;
	case SERVE_BUILTIN_NOTHING:
	case SERVE_BUILTIN_NONE:
		break;
	}
	return 404;
}

void serve_builtin_answer(struct serve_connection *c, struct serve_answer *a)
{
	struct serve_scratch *s = &c->worker->scratch;
	/* It is copied behind the head, for others need its memory. */
	struct buf text = { s->content, 0, SERVE_COPY_MAX, false };
	int status = choose_text(c, &text);

	c->quiet = true;
	serve_answer_status(a, s, &c->x->http.request, status);
	a->reply.fields = SPAN("Cache-Control: no-store\r\n");
	if (status != 200)
		return;
	a->reply.content_type = c->builtin == SERVE_BUILTIN_METRICS
					? SPAN("text/plain; version=0.0.4")
					: SPAN("text/plain");
	a->reply.content_length = text.len;
	if (a->body.len) /* not for HEAD */
		a->body = buf_span(&text);
}
