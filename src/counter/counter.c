/* SPDX-License-Identifier: MIT */
/*
 * counter: a page with a form, and the same as JSON for programs.
 *
 *	curl http://127.0.0.1:8080/api/count
 *	curl -d by=3 http://127.0.0.1:8080/api/count
 *
 * The count is in memory that all workers share; it begins at zero with the
 * server. Everything else is served from ROOT.
 */
#include "http/query.h"
#include "kernel/start.h"
#include "serve/app.h"

/* Bytes of a form: "by=" and a number. */
#define FORM_MAX 64

/* As wide as every machine can add to in one piece. */
static unsigned long *find_count(const struct serve_call *c)
{
	return c->shared;
}

/* Return: whether the form has a number to count by, and it was counted. */
static bool count(struct serve_call *c)
{
	char text[FORM_MAX];
	struct buf by = BUF(text);
	u64 n;

	if (!http_query_find(c->body, SPAN("by"), &by) ||
	    !span_parse_u64(buf_span(&by), &n))
		return false;
	__atomic_fetch_add(find_count(c), (unsigned long)n, __ATOMIC_RELAXED);
	return true;
}

static void reply_json(struct serve_call *c)
{
	char text[64];
	struct buf json = BUF(text);

	buf_puts(&json, "{\"count\":");
	buf_put_u64(&json, __atomic_load_n(find_count(c), __ATOMIC_RELAXED), 1);
	buf_puts(&json, "}\n");
	if (!serve_field(c, SPAN("Cache-Control"), SPAN("no-store")))
		return;
	serve_reply(c, 200, SPAN("application/json"), buf_span(&json));
}

static void count_json(struct serve_call *c)
{
	if (count(c))
		reply_json(c);
	else
		serve_reply(c, 422, SPAN("application/json"),
			    SPAN("{\"error\":\"by: not a number\"}\n"));
}

static void show_page(struct serve_call *c)
{
	char text[512];
	struct buf page = BUF(text);

	buf_puts(&page, "<!doctype html>\n<html lang=\"en\">\n"
			"<meta charset=\"utf-8\">\n<title>counter</title>\n"
			"<form method=\"post\">\n<p>Counted: <output>");
	buf_put_u64(&page, __atomic_load_n(find_count(c), __ATOMIC_RELAXED), 1);
	buf_puts(&page, "</output></p>\n<label>Count by <input name=\"by\" "
			"type=\"number\" min=\"1\" value=\"1\"></label>\n"
			"<button>Count</button>\n</form>\n");
	serve_reply(c, 200, SPAN("text/html; charset=utf-8"), buf_span(&page));
}

/* 303: a reload of the page that comes does not count again. */
static void count_form(struct serve_call *c)
{
	if (count(c) && serve_field(c, SPAN("Location"), SPAN("/counter")))
		serve_reply(c, 303, SPAN(""), SPAN(""));
	else
		serve_reply(c, 422, SPAN("text/html; charset=utf-8"),
			    SPAN("<!doctype html>\n<html lang=\"en\">\n"
				 "<title>counter</title>\n<p>Not a number\n"));
}

static const struct serve_route routes[] = {
	{ .method = "GET", .path = "/counter", .start = show_page },
	{ "POST", "/counter", .gather = FORM_MAX, .start = count_form },
	{ .method = "GET", .path = "/api/count", .start = reply_json },
	{ "POST", "/api/count", .gather = FORM_MAX, .start = count_json },
};

int program_main(int argc, char **argv, char **envp)
{
	static const struct serve_app app = { routes, ARRAY_SIZE(routes),
					      sizeof(u64) };

	return serve_app_run(&app, argc, argv, envp);
}
