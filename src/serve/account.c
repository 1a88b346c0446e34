/* SPDX-License-Identifier: MIT */
/* What is kept of a request: see serve/account.h. */
#include "serve/account.h"
#include "serve/client.h"
#include "serve/worker.h"

void serve_account_request(struct serve_connection *c,
			   const struct http_request *request, int status,
			   u64 bytes)
{
	struct serve_worker *w = c->worker;
	u8 ip[16];
	struct serve_log_entry entry = {
		.ip = ip,
		.request = request,
		.time = w->loop.wall,
		.status = status,
		.bytes = bytes,
		.milliseconds = c->x ? (u64)(w->loop.now - c->x->began) : 0,
	};

	if (c->quiet) {
		c->quiet = false;
		return;
	}
	serve_metrics_count(w->counters, request->method, status, bytes);
	serve_client_find(c, request, ip);
	serve_log_put(&w->log, &entry);
}

void serve_account_answer(struct serve_connection *c)
{
	serve_account_request(c, &c->x->http.request, c->x->status,
			      c->x->body_sent);
	c->x->status = 0;
	c->x->began = c->worker->loop.now;
}
