/* SPDX-License-Identifier: MIT */
/*
 * The server's side of a call (serve/app.h): it calls the handler's functions
 * as the connection goes on. Nothing here sends or receives; replies are put
 * into the exchange.
 *
 * The memory of a call lies behind the exchange's buffers:
 *
 *	|  path, decoded  |  scratch  |  body, gathered  |
 *
 * What a program without routes never does is behind a table of functions,
 * which serve_app_run() names: so it is linked into programs with routes alone.
 */
#ifndef SERVE_CALL_H
#define SERVE_CALL_H

#include "serve/app.h"
#include "serve/worker.h"

/* The longest path that a route can have; a longer one is looked for in ROOT.
 */
#define SERVE_CALL_PATH_MAX 1024

/** serve_call_scratch_size() - of @route, so that what follows is aligned */
u64 serve_call_scratch_size(const struct serve_route *route);

struct serve_calls {
	bool (*open)(struct serve_connection *c);
	u64 (*max_body)(const struct serve_call *call, u64 max_body);
	void (*start)(struct serve_call *call);
	void (*await_body)(struct serve_call *call, bool ask);
	void (*deliver)(struct serve_call *call, struct span data);
	bool (*produce)(struct serve_call *call);
	void (*settle)(struct serve_call *call);
	void (*put_allow)(const struct serve_call *call,
			  struct serve_answer *a);
	/* Bytes that a call of @app needs besides its buffers. */
	u64 (*memory)(const struct serve_app *app);
};

extern const struct serve_calls serve_calls
	__attribute__((visibility("hidden")));

/**
 * serve_call_open() - the head has come: is there a route for it?
 *
 * Return: whether; the call is then open, and its body is wanted.
 */
static inline MUST_CHECK bool serve_call_open(struct serve_connection *c)
{
	const struct serve_calls *calls = c->worker->options->calls;

	c->x->call.path.len = 0;
	return calls && calls->open(c);
}

/** serve_call_max_body() - bytes of payload that the open call takes */
static inline u64 serve_call_max_body(const struct serve_call *call,
				      u64 max_body)
{
	return call->calls->max_body(call, max_body);
}

/**
 * serve_call_await_body() - the body is still to come, or to be looked at
 * @ask: the client waits for 100 (Continue)
 *
 * Calls `start` if that is not for later. Room for the 100 is in the reserve.
 */
static inline void serve_call_await_body(struct serve_call *call, bool ask)
{
	call->calls->await_body(call, ask);
}

/** serve_call_start() - call `start`; at most once */
static inline void serve_call_start(struct serve_call *call)
{
	call->calls->start(call);
}

/**
 * serve_call_deliver() - @data is what came next of the body, or was left
 *
 * What is not taken becomes call->untaken. An empty one is the end.
 */
static inline void serve_call_deliver(struct serve_call *call, struct span data)
{
	call->calls->deliver(call, data);
}

/** serve_call_produce() - call `produce`. Return: whether it did something */
static inline MUST_CHECK bool serve_call_produce(struct serve_call *call)
{
	return call->calls->produce(call);
}

/** serve_call_settle() - the open chunk gets its size: it may be sent now */
static inline void serve_call_settle(struct serve_call *call)
{
	if (call->chunk)
		call->calls->settle(call);
}

/**
 * serve_call_put_allow() - a path that has routes, but none for this request
 * @a: its answer from the site; 405 and that of OPTIONS get the routes' methods
 */
static inline void serve_call_put_allow(const struct serve_call *call,
					struct serve_answer *a)
{
	if (call->path.len && a->reply.allow.len)
		call->calls->put_allow(call, a);
}

/** serve_call_end() - call `end` if `start` was called; the call is closed */
void serve_call_end(struct serve_call *call, bool complete);

#endif
