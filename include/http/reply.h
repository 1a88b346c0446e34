/* SPDX-License-Identifier: MIT */
/* Response heads: RFC 9110 section 15, RFC 9112 section 4. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "base/buf.h"
#include "http/precondition.h"

/* The longest head in bytes, its Location and further fields apart. */
#define HTTP_REPLY_HEAD_MAX 640

/* Of a body that ends with its last chunk, or with the connection. */
#define HTTP_LENGTH_UNKNOWN (~0ULL)

struct http_reply {
	int status;
	bool close;	       /* the connection ends with this reply */
	bool offer_keep_alive; /* say so: a 1.0 client has to be told */
	bool ranges;	       /* Range is understood for this resource */
	bool has_content;      /* type and length are meant for a body */
	bool chunked;	       /* a body of unknown length comes in chunks */
	bool content_range;    /* first, last and size are set */
	u64 content_length;    /* bytes of the body, sent or not (HEAD) */
	u64 first, last, size; /* of a 206; with 416 size alone */
	struct http_validators validators;
	struct span content_type;
	struct span content_encoding;
	bool varies;	      /* by Accept-Encoding */
	struct span location; /* each is left out where it is empty */
	struct span allow;
	struct span retry_after;
	/* What http_reply_put_entity() makes of this, if that is known. */
	struct span prepared;
	struct span fields;    /* further field lines, each with its CRLF */
	bool has_type_options; /* they have X-Content-Type-Options */
};

/** http_reason() - the reason phrase of @status, "Unknown" for others */
struct span http_reason(int status);

/**
 * http_reply_put_entity() - append the fields that are about the content
 *
 * Type, coding, length, range, validators, Vary and Accept-Ranges: what is the
 * same each time that the same is sent.
 */
void http_reply_put_entity(struct buf *out, const struct http_reply *r);

/**
 * http_reply_put_head() - append the head of @r, up to its empty line
 * @date: the Date field, a line with its CRLF
 *
 * What does not fit sets out->full.
 */
void http_reply_put_head(struct buf *out, const struct http_reply *r,
			 struct span date);

#endif
