/* SPDX-License-Identifier: MIT */
/*
 * Request bodies: RFC 9112 sections 6.2 and 7. A decoder that is fed the bytes
 * behind a head as they arrive, finds what is payload, and knows where the
 * body ends. It keeps no bytes.
 */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "http/request.h"

/*
 * What a chunked body may carry besides its payload (chunk extensions, zeros
 * before a size, trailer fields, all of it ignored), in bytes over the whole
 * body. Enough
 * for any honest use; without a bound it is a way to keep a server busy.
 */
#define HTTP_CHUNK_OVERHEAD_MAX 8192

enum http_body_state {
	HTTP_BODY_DATA,	      /* payload of Content-Length or of a chunk */
	HTTP_BODY_SIZE_FIRST, /* the first digit of a chunk's size */
	HTTP_BODY_SIZE,	      /* further digits */
	HTTP_BODY_SIZE_SPACE, /* white space before ";" */
	HTTP_BODY_EXTENSION,  /* behind ";", up to the line's end */
	HTTP_BODY_SIZE_LF,    /* CR was seen */
	HTTP_BODY_DATA_CR,    /* the CRLF behind a chunk's payload */
	HTTP_BODY_DATA_LF,
	HTTP_BODY_TRAILER_FIRST, /* first byte of a trailer line */
	HTTP_BODY_TRAILER_NAME,	 /* in a trailer field's name */
	HTTP_BODY_TRAILER_VALUE, /* in its value */
	HTTP_BODY_TRAILER_LF,	 /* CR at the end of a trailer line */
	HTTP_BODY_END_LF,	 /* CR of the last, empty line */
	HTTP_BODY_DONE,
};

struct http_body {
	enum http_body_state state;
	bool chunked;
	u64 left;     /* of the payload, or of this chunk */
	u64 total;    /* payload bytes so far */
	u64 max;      /* payload bytes that are allowed */
	u32 overhead; /* bytes of the rest so far, see above */
};

/**
 * http_body_start() - ready for the first byte behind the head of @r
 * @max: payload bytes that are allowed in chunks; whoever calls has compared
 *       a Content-Length
 */
void http_body_start(struct http_body *b, const struct http_request *r,
		     u64 max);

/**
 * http_body_decode() - take bytes off the front of @in
 * @data: payload that was found, a part of @in, possibly empty
 *
 * Stops behind one run of payload, at the end of the body (state
 * HTTP_BODY_DONE) or at the end of @in; call again until one of the last two.
 *
 * Return: how many bytes of @in were taken, -400 if the chunked coding is
 * malformed, or -413 if the payload is longer than allowed.
 */
long http_body_decode(struct http_body *b, struct span in,
		      struct span *data) MUST_CHECK;

#endif
