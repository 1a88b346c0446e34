/* SPDX-License-Identifier: MIT */
/*
 * Calls of handlers: see serve/app.h for the handler's side and serve/call.h
 * for the server's.
 *
 * What a stream with chunks writes becomes one chunk of the response until
 * it is sent: its head is put before with room for four digits, and they are
 * filled in when it is settled. (A chunk is never larger than `out`.)
 */
#include "serve/call.h"
#include "base/mem.h"
#include "http/path.h"
#include "kernel/sys.h"
#include "serve/route.h"
#include "serve/worker.h"

/* "0000\r\n" before a chunk, "\r\n" behind it, "0\r\n\r\n" after the last. */
#define CHUNK_HEAD 6
#define CHUNK_ROOM (CHUNK_HEAD + 2 + 5)

_Static_assert(SERVE_OUT_SIZE <= 0xffff, "four digits are enough for a chunk");

u64 serve_call_scratch_size(const struct serve_route *route)
{
	return ((u64)route->scratch + 15) & ~15ULL;
}

/* Behind what was received; both are multiples of 16 (memory.c). */
static char *find_memory(const struct serve_connection *c)
{
	u64 in = c->worker->options->max_header + SERVE_IN_EXTRA;

	return c->x->in + ((in + 15) & ~15ULL);
}

static bool open(struct serve_connection *c)
{
	const struct serve_options *o = c->worker->options;
	const struct http_request *r = &c->x->http.request;
	struct serve_call *call = &c->x->call;
	char *memory = find_memory(c);
	struct buf path = { memory, 0, SERVE_CALL_PATH_MAX, false };
	struct http_target target;

	if (r->method == HTTP_CONNECT || http_target_split(r, &target) ||
	    target.path.ptr[0] != '/' ||
	    http_path_normalize(target.path, &path))
		return false;
	*call = (struct serve_call){ .request = r,
				     .path = buf_span(&path),
				     .scratch = memory + SERVE_CALL_PATH_MAX,
				     .shared = o->shared,
				     .calls = &serve_calls,
				     .connection = c };
	call->route = serve_route_find(o->app, r->method_name, call->path,
				       call->param);
	if (!call->route)
		return false;
	memset(call->scratch, 0, call->route->scratch);
	call->body.ptr =
		(char *)call->scratch + serve_call_scratch_size(call->route);
	return true;
}

static u64 max_body_of(const struct serve_call *call, u64 max_body)
{
	if (call->route->receive)
		return 1ULL << 62;
	return call->route->gather ? call->route->gather : max_body;
}

static void start(struct serve_call *call)
{
	if (call->started)
		return;
	call->started = true;
	call->connection->worker->scratch.fields_length = 0;
	call->route->start(call);
}

static void await_body(struct serve_call *call, bool ask)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct serve_exchange *x = call->connection->x;
	struct buf out = { x->out, x->out_length, sizeof(x->out), false };
	char *at = x->out + x->out_length;
	size_t length = ask ? sizeof(text) - 1 : 0;

	buf_put(&out, (struct span){ text, length });
	x->out_length = out.len;
	if (!call->route->receive)
		return;
	start(call);
	/* It has its answer without the body: the client need not send it. */
	if (call->replied && !call->streams) {
		x->out_length -= length;
		memmove(at, at + length, x->out_length - (size_t)(at - x->out));
	}
}

static void gather(struct serve_call *call, struct span data)
{
	char *end = (char *)call->scratch +
		    serve_call_scratch_size(call->route) + call->body.len;

	/* A body without `gather` is passed over. */
	if (!call->route->gather)
		return;
	BUG_ON(data.len > call->route->gather - call->body.len);
	memcpy(end, data.ptr, data.len);
	call->body.len += data.len;
}

static void deliver(struct serve_call *call, struct span data)
{
	size_t taken;

	if (!call->route->receive) {
		gather(call, data);
		return;
	}
	/* Who has replied has no use for the rest. */
	if (call->replied && !call->streams) {
		call->untaken.len = 0;
		return;
	}
	call->connection->worker->scratch.fields_length = 0;
	taken = call->route->receive(call, data);
	call->untaken = span_skip(data, taken);
}

static bool produce(struct serve_call *call)
{
	const struct serve_exchange *x = call->connection->x;
	size_t before = x->out_length;

	call->connection->worker->scratch.fields_length = 0;
	call->route->produce(call);
	return x->out_length > before || (call->replied && !call->streams);
}

static void put_allow(const struct serve_call *call, struct serve_answer *a)
{
	struct serve_worker *w = call->connection->worker;
	struct buf allow = BUF(w->scratch.allow);

	serve_route_put_allow(&allow, w->options->app, call->path);
	if (allow.len)
		a->reply.allow = buf_span(&allow);
}

void serve_call_end(struct serve_call *call, bool complete)
{
	const struct serve_route *route = call->route;

	call->route = NULL;
	call->streams = false;
	call->untaken.len = 0;
	if (route && route->end && call->started)
		route->end(call, complete);
}

struct span serve_call_query(const struct serve_call *c)
{
	struct http_target target;

	if (http_target_split(c->request, &target) || !target.query.len)
		return (struct span){ NULL, 0 };
	return span_skip(target.query, 1);
}

s64 serve_call_now(const struct serve_call *c)
{
	return c->connection->worker->loop.wall;
}

bool serve_field(struct serve_call *c, struct span name, struct span value)
{
	struct serve_scratch *s = &c->connection->worker->scratch;
	struct buf fields = { s->fields, s->fields_length, sizeof(s->fields),
			      false };

	if (!http_request_is_field(name, value))
		return false;
	buf_put(&fields, name);
	buf_puts(&fields, ": ");
	buf_put(&fields, value);
	buf_puts(&fields, "\r\n");
	if (fields.full)
		return false;
	s->fields_length = fields.len;
	return true;
}

/* RFC 9110 section 6.4.1: what has no content, whatever the handler says. */
static bool has_no_content(int status)
{
	return status < 200 || status == 204 || status == 304;
}

/* Put @a, the one answer of this call. */
static void put_answer(struct serve_call *c, struct serve_answer *a)
{
	BUG_ON(c->replied);
	c->replied = true;
	/* The body is not awaited: whatever comes of it is out of step. */
	if (!c->streams && c->connection->x->http.state == HTTP_CONN_BODY)
		c->connection->x->http.close = true;
	serve_connection_put(c->connection, a);
}

/* The same of what is the handler's own. */
static void put_reply(struct serve_call *c, struct serve_answer *a,
		      struct span type)
{
	struct serve_scratch *s = &c->connection->worker->scratch;

	BUG_ON(a->reply.status < 200 || a->reply.status > 599);
	if (type.len > SERVE_TYPE_MAX ||
	    !http_request_is_field(SPAN("Content-Type"), type)) {
		site_entity_close(a->file, NULL);
		c->streams = false;
		serve_answer_status(a, s, c->request, 500);
		put_answer(c, a);
		return;
	}
	a->reply.has_content = !has_no_content(a->reply.status);
	a->reply.content_type = type;
	a->reply.fields = (struct span){ s->fields, s->fields_length };
	put_answer(c, a);
}

void serve_reply(struct serve_call *c, int status, struct span type,
		 struct span body)
{
	struct serve_answer a = { .reply.status = status, .file = -1 };

	/* RFC 9110 section 15.3.6: 205 has none, and says so. */
	if (has_no_content(status) || status == 205)
		body.len = 0;
	a.reply.content_length = body.len;
	if (c->request->method != HTTP_HEAD)
		a.body = body;
	put_reply(c, &a, type);
}

void serve_reply_file(struct serve_call *c, int status, struct span type,
		      int fd, u64 size)
{
	struct serve_answer a = { .reply.status = status,
				  .reply.content_length = size,
				  .file = fd,
				  .end = size };

	if (c->request->method == HTTP_HEAD || has_no_content(status) ||
	    !size) {
		sys_close(fd);
		a.file = -1;
	}
	put_reply(c, &a, type);
}

void serve_reply_site(struct serve_call *c)
{
	struct serve_worker *w = c->connection->worker;
	struct serve_answer a;

	serve_answer_request(&a, &w->site, &w->scratch, c->request,
			     w->loop.wall);
	/* What is in memory is the worker's, and the file has it. */
	if (a.file < 0 && a.body.len > SERVE_COPY_MAX && !a.is_static)
		a.file = (int)site_entity_reopen(&w->scratch.entity);
	if (a.file >= 0)
		a.body.len = 0;
	else if (a.body.len > SERVE_COPY_MAX && !a.is_static)
		serve_answer_status(&a, &w->scratch, c->request, 503);
	put_answer(c, &a);
}

void serve_reply_stream(struct serve_call *c, int status, struct span type,
			u64 length)
{
	struct serve_answer a = { .reply.status = status, .file = -1 };
	bool unknown = length == HTTP_LENGTH_UNKNOWN;

	c->streams = length && c->request->method != HTTP_HEAD &&
		     !has_no_content(status);
	c->left = length;
	/* RFC 9112 section 6.1: 1.0 knows no chunks; its body ends the line. */
	c->chunked = c->streams && unknown && c->request->minor;
	if (c->streams && unknown && !c->chunked)
		c->connection->x->http.close = true;
	a.reply.content_length = length;
	a.reply.chunked = unknown && c->request->minor;
	put_reply(c, &a, type);
}

static size_t find_room(const struct serve_call *c)
{
	const struct serve_exchange *x = c->connection->x;
	size_t room = SERVE_OUT_SIZE - x->out_length;

	room = room > CHUNK_ROOM ? room - CHUNK_ROOM : 0;
	return c->left < room ? (size_t)c->left : room;
}

size_t serve_write(struct serve_call *c, struct span data)
{
	struct serve_exchange *x = c->connection->x;
	size_t n = c->streams ? find_room(c) : 0;

	if (n > data.len)
		n = data.len;
	if (!n)
		return 0;
	if (c->chunked && !c->chunk) {
		x->out_length += CHUNK_HEAD;
		c->chunk = x->out_length;
	}
	memcpy(x->out + x->out_length, data.ptr, n);
	x->out_length += n;
	x->body_sent += n;
	if (c->left != HTTP_LENGTH_UNKNOWN)
		c->left -= n;
	c->streams = c->left;
	return n;
}

static void settle(struct serve_call *call)
{
	struct serve_exchange *x = call->connection->x;
	size_t size = x->out_length - call->chunk;
	char *head = x->out + call->chunk - CHUNK_HEAD;

	for (unsigned i = 0; i < 4; i++)
		head[i] = "0123456789abcdef"[size >> (12 - 4 * i) & 15];
	memcpy(head + 4, "\r\n", 2);
	memcpy(x->out + x->out_length, "\r\n", 2);
	x->out_length += 2;
	call->chunk = 0;
}

void serve_finish(struct serve_call *c)
{
	struct serve_exchange *x = c->connection->x;

	if (!c->streams)
		return;
	c->streams = false;
	if (c->chunked) {
		serve_call_settle(c);
		memcpy(x->out + x->out_length, "0\r\n\r\n", 5);
		x->out_length += 5;
	} else if (c->left != HTTP_LENGTH_UNKNOWN) {
		c->failed = true;
	}
}

const struct serve_calls serve_calls = {
	.open = open,
	.max_body = max_body_of,
	.start = start,
	.await_body = await_body,
	.deliver = deliver,
	.produce = produce,
	.settle = settle,
	.put_allow = put_allow,
	.memory = serve_route_memory,
};
