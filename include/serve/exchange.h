/* SPDX-License-Identifier: MIT */
/*
 * An exchange: what a connection has while requests are in flight. Bytes that
 * were received and not yet understood, bytes that are to be sent, and the
 * file whose bytes come after them. It moves bytes between these and a socket
 * and knows nothing else about the connection.
 *
 *	in:  |  done  |  head  |  body, taken  | received, not taken |  free  |
 *	      0        in_start  in_body         in_next               in_length
 *
 *	out: |  sent  |  heads and small bodies, to be sent  |      free      |
 *	      0        out_start                              out_length
 */
#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include "http/conn.h"
#include "http/range.h"
#include "serve/answer.h"
#include "serve/app.h"

/*
 * Room for responses. A head with the longest Location, the most further
 * fields and a page fits SERVE_OUT_RESERVE; a request is looked at only when so
 * much is free.
 */
#define SERVE_OUT_SIZE 16384
#define SERVE_OUT_RESERVE 10240

/* A body of up to so many bytes is copied behind its head. */
#define SERVE_COPY_MAX 4096

/* Received bytes beyond the longest head: room for a body to pass through. */
#define SERVE_IN_EXTRA 4096

struct serve_exchange {
	char *in;
	size_t in_start;
	size_t in_body; /* set once the head is complete */
	size_t in_next;
	size_t in_length;
	size_t out_start;
	size_t out_length;
	u64 progress;	    /* bytes moved since the deadline was set */
	struct span memory; /* what is to be sent behind `out` */
	bool is_static;	    /* memory stays where it is, and is sent from */
	bool ends_turn;	    /* it has taken long: others have waited */
	bool quick;	    /* the last answer was made by no look at a file */
	bool ready;	    /* `out` goes when all have their answers */
	u32 received;	    /* bytes in this turn */
	int file;	    /* -1: none */
	int status; /* of the answer under way, for the log; 0: none is */
	u64 offset; /* in the file: the next byte to be sent, */
	u64 end;    /* and behind the last */
	struct http_conn http;
	u64 body_sent;
	s64 began;  /* when the head was complete, ms */
	u64 unsent; /* bytes in the socket when the deadline was set */
	u64 *held;  /* what it and others take while it is open, or NULL */
	struct site_cache_file *shared; /* what the cache holds of it */
	struct span whole;	 /* what parts are of that come from memory */
	struct http_parts parts; /* of the file, with no ranges: one piece */
	unsigned part;		 /* which one comes next */
	char part_type[HTTP_PART_TYPE_MAX]; /* what parts.type points at */
	struct serve_call call;
	/* So that what lies behind is aligned for everything. */
	_Alignas(16) char out[SERVE_OUT_SIZE];
};

enum serve_sent {
	SERVE_SENT,    /* everything */
	SERVE_BLOCKED, /* the socket is full */
	SERVE_AGAIN,   /* there is more, but others should get a turn */
	SERVE_FAILED,  /* the connection is of no use any more */
};

/** serve_exchange_start() - ready for the first byte of a connection */
void serve_exchange_start(struct serve_exchange *x);

/** serve_exchange_close_file() - the file is no longer needed; need not be open
 */
void serve_exchange_close_file(struct serve_exchange *x);

/**
 * serve_exchange_pin() - the head is complete: in_start and in_body
 *
 * From here to the end of the request it stays where it is.
 */
void serve_exchange_pin(struct serve_exchange *x);

/**
 * serve_exchange_receive() - receive behind what is there
 * @size: of the memory at x->in
 * @full: set if as much came as there was room for
 *
 * Everything that the state machine can take must have been taken.
 *
 * Return: the number of bytes, 0 at the end of the stream, or a negative
 * errno of recvfrom.
 */
long serve_exchange_receive(struct serve_exchange *x, int fd, size_t size,
			    bool *full) MUST_CHECK;

/**
 * serve_exchange_put() - the head of @a behind what is in `out`
 * @date: the Date field, a line with its CRLF
 *
 * And what belongs to the answer besides: a small body is copied behind it, a
 * larger one becomes x->memory, a file x->file. Nothing is sent.
 */
void serve_exchange_put(struct serve_exchange *x, struct serve_answer *a,
			struct span date);

/**
 * serve_exchange_send() - send `out`, then x->memory, then the file
 * @most: about so many bytes of memory or of the file; SERVE_AGAIN if there are
 *        more
 * @last: sending ends as soon as all is sent
 *
 * What is last waits for that end and goes with it, in one packet instead of
 * two (send(2), MSG_MORE).
 *
 * Where there are both, x->memory has bytes of the file from x->offset on, and
 * whoever put it there may take away what was not sent of it: that is then
 * sent from the file. A file is closed when its last byte was sent. Memory that
 * is static has no file and stays until it is sent.
 */
enum serve_sent serve_exchange_send(struct serve_exchange *x, int fd,
				    size_t most, bool last) MUST_CHECK;

/**
 * serve_exchange_discard() - receive and throw away
 * @memory: of @size bytes
 * @count:  bytes thrown away so far, moved on
 *
 * Return: whether there may be more later: not at the end of the stream, and
 * not when it was too much (4 MiB).
 */
bool serve_exchange_discard(int fd, char *memory, size_t size,
			    u32 *count) MUST_CHECK;

/**
 * serve_exchange_unsent() - bytes that the other side has not taken yet
 *
 * In the socket's buffer and on the way (tcp(7), SIOCOUTQ). Where that is not
 * to be known it is 0.
 */
u64 serve_exchange_unsent(int fd);

/**
 * serve_exchange_send_text() - send @text, as much as the socket takes
 *
 * Return: the number of bytes, 0 if it is full, or a negative errno.
 */
long serve_exchange_send_text(int fd, struct span text) MUST_CHECK;

#endif
