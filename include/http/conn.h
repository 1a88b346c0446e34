/* SPDX-License-Identifier: MIT */
/*
 * The connection as a state machine without input or output: bytes in, events
 * out. A driver receives bytes, feeds them, and does what the event says; the
 * event loop is one driver, tests and fuzzers are others.
 *
 *	         head complete             body complete
 *	HEAD ------------------> BODY ------------------> REPLY
 *	 ^                                                  |
 *	 +-------------------- http_conn_next() ------------+
 *
 * A refusal goes to REPLY from anywhere, and nothing follows it: what has not
 * been read is not in step, so the connection must close.
 *
 * The driver owns the buffer. From the head's first byte to http_conn_next()
 * the head must stay where it is, since the request points into it; the bytes
 * of a body may be overwritten once they are taken.
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "http/body.h"
#include "http/request.h"

struct http_limits {
	size_t max_head; /* bytes of a request's head */
	u64 max_body;	 /* bytes of a request's payload */
};

enum http_conn_state {
	HTTP_CONN_HEAD,	 /* a head is awaited or arriving */
	HTTP_CONN_BODY,	 /* a body is arriving */
	HTTP_CONN_REPLY, /* the answer is being made and sent */
};

enum http_event {
	HTTP_NEED_INPUT, /* all bytes were looked at: receive more */
	HTTP_ANSWER,	 /* the request is complete: answer it */
	HTTP_REFUSE,	 /* answer with conn.status, then close */
};

struct http_conn {
	enum http_conn_state state;
	bool close; /* the connection ends with this answer */
	/* From the request line to the empty line, once that has come. */
	size_t head_length;
	int status; /* of a refusal: 400, 413, 414, 417, 431, 501, 505 */
	struct http_request request;
	struct http_body body;
};

/** http_conn_start() - ready for the first byte of a request */
void http_conn_start(struct http_conn *c);

/**
 * http_conn_feed() - look at received bytes
 * @in:   all bytes that were not taken yet; in state HEAD these are the bytes
 *        of the request so far
 * @used: how many bytes at the front of @in were taken
 *
 * Must not be called in state REPLY.
 */
enum http_event http_conn_feed(struct http_conn *c,
			       const struct http_limits *limits, struct span in,
			       size_t *used) MUST_CHECK;

/**
 * http_conn_refuse() - give up on the request: a deadline passed
 * @status: to answer with
 */
void http_conn_refuse(struct http_conn *c, int status);

/**
 * http_conn_next() - the answer is complete
 *
 * Return: whether the connection goes on; it is then ready for a request.
 */
bool http_conn_next(struct http_conn *c) MUST_CHECK;

#endif
