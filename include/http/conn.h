/* SPDX-License-Identifier: MIT */
/*
 * The connection as a state machine without input or output: bytes in, events
 * out. A driver receives bytes, feeds them, and does what the event says; the
 * event loop is one driver, tests and fuzzers are others.
 *
 *	      head complete          a body follows        body complete
 *	HEAD ---------------> BEGIN ----------------> BODY -------------> REPLY
 *	 ^                      |       no body                             | ^
 *	 |                      +-------------------------------------------|-+
 *	 +----------------------- http_conn_next() -------------------------+
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

enum http_conn_state {
	HTTP_CONN_HEAD,	 /* a head is awaited or arriving */
	HTTP_CONN_BEGIN, /* it is complete: who is the request for? */
	HTTP_CONN_BODY,	 /* a body is arriving */
	HTTP_CONN_REPLY, /* the answer is being made and sent */
};

enum http_event {
	HTTP_NEED_INPUT, /* all bytes were looked at: receive more */
	HTTP_BEGIN,	 /* the head is complete: call http_conn_begin() */
	HTTP_CONTINUE,	 /* send 100 (Continue), then receive more */
	HTTP_DATA,	 /* payload came: conn.data */
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
	struct span data; /* with HTTP_DATA: a part of what was fed */
};

/** http_conn_start() - ready for the first byte of a request */
void http_conn_start(struct http_conn *c);

/**
 * http_conn_feed() - look at received bytes
 * @in:   all bytes that were not taken yet; in state HEAD these are the bytes
 *        of the request so far
 * @used: how many bytes at the front of @in were taken
 *
 * Must not be called in state BEGIN or REPLY.
 *
 * Return: HTTP_NEED_INPUT, HTTP_BEGIN, HTTP_DATA, HTTP_ANSWER or HTTP_REFUSE.
 */
enum http_event http_conn_feed(struct http_conn *c, size_t max_head,
			       struct span in, size_t *used) MUST_CHECK;

/**
 * http_conn_begin() - after HTTP_BEGIN: decide about the body
 * @max_body: bytes of payload that are allowed
 * @wanted:   the answer depends on the body
 * @arrived:  there are received bytes behind the head
 *
 * A client that waits for 100 (Continue) gets it if the body is wanted and
 * has not begun to arrive, and the final answer at once if it is not wanted
 * (RFC 9110 section 10.1.1).
 *
 * Return: HTTP_NEED_INPUT (feed what has arrived, first), HTTP_CONTINUE,
 * HTTP_ANSWER or HTTP_REFUSE.
 */
enum http_event http_conn_begin(struct http_conn *c, u64 max_body, bool wanted,
				bool arrived) MUST_CHECK;

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
