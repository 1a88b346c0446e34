/* SPDX-License-Identifier: MIT */
/*
 * What a program of one's own is written against. It is a table of routes,
 * linked with the server:
 *
 *	static void greet(struct serve_call *c)
 *	{
 *		serve_reply(c, 200, SPAN("text/plain"), SPAN("hello\n"));
 *	}
 *
 *	static const struct serve_route routes[] = {
 *		{ .method = "GET", .path = "/greet", .start = greet },
 *	};
 *	static const struct serve_app app = { routes, ARRAY_SIZE(routes), 0 };
 *
 *	int program_main(int argc, char **argv, char **envp)
 *	{
 *		return serve_app_run(&app, argc, argv, envp);
 *	}
 *
 * `make APP=greet.c` builds it. What no route is for is served from ROOT.
 *
 * Handlers run inside the event loop: they must return soon, and must not
 * wait. At most 1024 calls can be open at a time in a worker, and one that is
 *never finished keeps its place. While a call has nothing to send, a client
 *that ends its side is taken for gone. They allocate nothing: a call has a
 *scratch buffer that the route asks for. Workers are processes, so variables
 *are each worker's own, and what all of them share is the memory that
 *serve_app.shared asks for.
 *
 * Handlers are in the sandbox of the workers (serve/sandbox.h): a system call
 * that serving files does not need ends the worker. What they write to or
 * connect to must be open before there are workers, in program_main(); a
 * program whose handlers need other calls is to be run with --sandbox off.
 *
 * A call goes through these functions of its route, in this order:
 *
 *	start    once; with `receive` as soon as the head has come, otherwise
 *	         when the whole request has. It replies, or begins a stream.
 *	receive  for each piece of the body, and with an empty piece at its end
 *	produce  while a stream has room, until serve_finish()
 *	end      once, if `start` was called, however the call ended
 */
#ifndef SERVE_APP_H
#define SERVE_APP_H

#include "http/reply.h"
#include "http/request.h"

/* What ":name" and "*" of a path stand for, at the most. */
#define SERVE_PARAMS_MAX 4

struct serve_call;

/*
 * A path is matched segment by segment against what is asked for, decoded and
 * without dot segments: "/items/:id" has a parameter that is one segment, and
 * "/files/" followed by an asterisk one that is all the rest. The first row
 * that matches is taken. GET stands for HEAD as well. A path that has rows,
 * but none for the method, is answered 405; GET and HEAD are then served from
 * ROOT.
 */
struct serve_route {
	char method[16];
	char path[64];
	u32 gather;  /* bytes of the body that are gathered; longer is 413 */
	u32 scratch; /* bytes of memory of the call's own, zero at its start */
	void (*start)(struct serve_call *c);
	/*
	 * @data is taken from its front, and what was not taken comes again,
	 * once some of the stream has been sent or SERVE_PACE ms later.
	 * Return: bytes taken. With
	 * this function the body has no limit and is not gathered.
	 */
	size_t (*receive)(struct serve_call *c, struct span data);
	/*
	 * There is room for some of the stream: serve_write() it. Where that
	 * was nothing, it is called again SERVE_PACE ms later, or before.
	 */
	void (*produce)(struct serve_call *c);
	/*
	 * @complete: nothing of the response is missing; it is sent, or on its
	 * way. Otherwise the client went away, a deadline passed, or the
	 * server ends.
	 */
	void (*end)(struct serve_call *c, bool complete);
};

#define SERVE_PACE 100

/* The longest Content-Type of a reply, in bytes. */
#define SERVE_TYPE_MAX 256

struct serve_app {
	const struct serve_route *routes;
	u32 count;
	u32 shared; /* bytes of memory that all workers share, zero at start */
};

/* What a handler sees of its call. All of it stays until `end`. */
struct serve_call {
	const struct http_request *request;
	struct span path;		     /* decoded, without dot segments */
	struct span param[SERVE_PARAMS_MAX]; /* in the order of the path */
	struct span body;		     /* as far as it was gathered */
	void *scratch;
	void *shared;

	/* The rest is the server's. */
	const struct serve_route *route; /* NULL: there is no call */
	const struct serve_calls *calls; /* serve/call.h */
	struct serve_connection *connection;
	bool started;
	bool replied; /* the head is in `out`, or with the connection */
	bool streams; /* and more of the body is to come */
	bool chunked; /* with a head for each chunk */
	bool failed;  /* what was promised cannot be kept */
	u64 left;     /* of the stream's promised length */
	size_t chunk; /* where in `out` the open one begins, 0: none is */
	struct span untaken; /* what `receive` left of the last piece */
};

/**
 * serve_app_run() - be a server: the options of scratchd, and these routes
 *
 * Return: the exit status of the process.
 */
int serve_app_run(const struct serve_app *app, int argc, char **argv,
		  char **envp);

/**
 * serve_site_run() - be a server of files, without a route
 *
 * Return: as above.
 */
int serve_site_run(int argc, char **argv, char **envp);

/** serve_call_query() - the query of the target, encoded, without its "?" */
struct span serve_call_query(const struct serve_call *c);

/** serve_call_now() - seconds since 1970, as of this turn of the loop */
s64 serve_call_now(const struct serve_call *c);

/**
 * serve_field() - a field for the reply that follows in the same function
 *
 * Not for what the server says itself: Date, the length, the type, Connection.
 *
 * Return: false if nothing was added, because @name or @value cannot be a
 * field's (no value may hold a line's end) or there is no room.
 */
bool serve_field(struct serve_call *c, struct span name,
		 struct span value) MUST_CHECK;

/**
 * serve_reply() - the whole response
 * @status: 200 to 599
 * @type: its Content-Type, may be empty where @body is; one that cannot be a
 *        field's value, or is longer than SERVE_TYPE_MAX, makes it 500
 * @body: up to 4096 bytes are copied; more must stay as they are until `end`,
 *        in constants or the scratch buffer
 */
void serve_reply(struct serve_call *c, int status, struct span type,
		 struct span body);

/**
 * serve_reply_file() - a response whose body is a file
 * @fd:   open for reading; the call owns it and closes it
 * @size: bytes of it, from its beginning
 */
void serve_reply_file(struct serve_call *c, int status, struct span type,
		      int fd, u64 size);

/** serve_reply_site() - what ROOT has for this request, as without a route */
void serve_reply_site(struct serve_call *c);

/**
 * serve_reply_stream() - begin a response whose body comes by serve_write()
 * @length: of the body, or HTTP_LENGTH_UNKNOWN (http/reply.h)
 */
void serve_reply_stream(struct serve_call *c, int status, struct span type,
			u64 length);

/**
 * serve_write() - append to the stream
 *
 * Return: how many bytes of @data there was room for; none once the stream is
 * complete.
 */
size_t serve_write(struct serve_call *c, struct span data) MUST_CHECK;

/**
 * serve_finish() - the stream is complete
 *
 * One of a promised length is complete with its last byte, without this. If it
 * is still shorter the connection ends, for the client would wait.
 */
void serve_finish(struct serve_call *c);

#endif
