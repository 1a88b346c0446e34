/* SPDX-License-Identifier: MIT */
/* The server's own answers: see serve/builtin.h. */
#include "serve/builtin.h"
#include "base/hash.h"
#include "serve/worker.h"

_Static_assert(SERVE_ENV_SCRIPT_MAX <= SERVE_COPY_MAX, "it has to fit");

/* Where the metrics are there is nothing else, least of all the site. */
static enum serve_builtin find(const struct serve_connection *c)
{
	const struct http_request *r = &c->x->http.request;
	const struct serve_options *o = c->worker->options;
	struct span env_js = { o->env_js.ptr, span_find(o->env_js, '=') };
	struct http_target target;

	if (c->kind != SERVE_METRICS && !o->health_path.len && !o->env_js.len)
		return SERVE_BUILTIN_NONE;
	if ((r->method != HTTP_GET && r->method != HTTP_HEAD) ||
	    http_target_split(r, &target))
		target.path = SPAN("-");
	if (c->kind == SERVE_METRICS)
		return span_equal(target.path, SPAN("/metrics"))
			       ? SERVE_BUILTIN_METRICS
			       : SERVE_BUILTIN_NOTHING;
	if (span_equal(target.path, o->health_path))
		return SERVE_BUILTIN_HEALTH;
	if (span_equal(target.path, env_js))
		return SERVE_BUILTIN_SCRIPT;
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
	case SERVE_BUILTIN_SCRIPT:
		buf_put(text, c->worker->options->env_script);
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

static struct span find_type(u8 builtin)
{
	switch (builtin) {
	case SERVE_BUILTIN_SCRIPT:
		return SPAN("text/javascript; charset=utf-8");
	case SERVE_BUILTIN_METRICS:
		return SPAN("text/plain; version=0.0.4");
	default:
		return SPAN("text/plain");
	}
}

/* The script may be kept, if it is asked each time whether it is the same. */
static int revalidate(struct serve_connection *c, struct http_validators *v)
{
	struct site_entity *e = &c->worker->scratch.entity;

	site_entity_tag(e, hash_xxh64(c->worker->options->env_script, 0));
	v->etag = e->validators.etag;
	int status = http_precondition_check(&c->x->http.request, v, 0);

	return status ? status : 200;
}

void serve_builtin_answer(struct serve_connection *c, struct serve_answer *a)
{
	struct serve_scratch *s = &c->worker->scratch;
	bool is_script = c->builtin == SERVE_BUILTIN_SCRIPT;
	/* It is copied behind the head, for others need its memory. */
	struct buf text = { s->content, 0, SERVE_COPY_MAX, false };
	struct http_validators validators = { 0 };
	int status = choose_text(c, &text);

	if (is_script)
		status = revalidate(c, &validators);
	c->quiet = !is_script;
	serve_answer_status(a, s, &c->x->http.request, status);
	a->reply.fields = is_script ? SPAN("Cache-Control: no-cache\r\n")
				    : SPAN("Cache-Control: no-store\r\n");
	if (status == 304)
		text.len = 0;
	else if (status != 200)
		return;
	a->reply.has_content = status == 200;
	a->reply.validators = validators;
	a->reply.content_type = find_type(c->builtin);
	a->reply.content_length = text.len;
	if (a->body.len) /* not for HEAD */
		a->body = buf_span(&text);
}
