/* SPDX-License-Identifier: MIT */
/*
 * echo: sends back what is posted to it, as it arrives. However long the body
 * is, nothing of it is kept: what cannot be sent back yet is not received.
 *
 *	curl -T- http://127.0.0.1:8080/echo
 *
 * A body with a length is answered with the same length, one in chunks in
 * chunks. Everything else is served from ROOT.
 */
#include "kernel/start.h"
#include "serve/app.h"

static void start(struct serve_call *c)
{
	struct span type = http_request_find(c->request, SPAN("content-type"));
	u64 length = c->request->framing == HTTP_CHUNKED
			     ? HTTP_LENGTH_UNKNOWN
			     : c->request->content_length;

	if (!type.len || type.len > SERVE_TYPE_MAX)
		type = SPAN("application/octet-stream");
	serve_reply_stream(c, 200, type, length);
}

static size_t receive(struct serve_call *c, struct span data)
{
	if (!data.len)
		serve_finish(c);
	return serve_write(c, data);
}

static const struct serve_route routes[] = {
	{ .method = "POST",
	  .path = "/echo",
	  .start = start,
	  .receive = receive },
	{ .method = "PUT",
	  .path = "/echo",
	  .start = start,
	  .receive = receive },
};

int program_main(int argc, char **argv, char **envp)
{
	static const struct serve_app app = { routes, ARRAY_SIZE(routes), 0 };

	return serve_app_run(&app, argc, argv, envp);
}
