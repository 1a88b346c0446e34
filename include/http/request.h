/* SPDX-License-Identifier: MIT */
/*
 * Request heads: RFC 9112 sections 2 to 6. The parser works on the caller's
 * buffer, keeps no copy and allocates nothing: the spans of a request point
 * into the bytes it was parsed from.
 *
 * It is strict. Whatever two parsers in a chain could read in two ways is
 * refused, since that is what request smuggling is made of: a bare CR or LF,
 * white space before a colon, a folded line, two lengths, a length beside a
 * transfer coding, a coding that does not end in chunked.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/span.h"

/* RFC 9110 section 9, RFC 5789. Anything else is HTTP_UNKNOWN. */
enum http_method {
	HTTP_UNKNOWN,
	HTTP_CONNECT,
	HTTP_DELETE,
	HTTP_GET,
	HTTP_HEAD,
	HTTP_OPTIONS,
	HTTP_PATCH,
	HTTP_POST,
	HTTP_PUT,
	HTTP_TRACE,
	HTTP_METHODS, /* how many there are */
};

/* The fields that somebody looks at, by the length of their names. */
enum http_field {
	HTTP_HOST,
	HTTP_RANGE,
	HTTP_EXPECT,
	HTTP_REFERER,
	HTTP_IF_MATCH,
	HTTP_IF_RANGE,
	HTTP_CONNECTION,
	HTTP_USER_AGENT,
	HTTP_IF_NONE_MATCH,
	HTTP_CONTENT_LENGTH,
	HTTP_ACCEPT_ENCODING,
	HTTP_X_FORWARDED_FOR,
	HTTP_IF_MODIFIED_SINCE,
	HTTP_TRANSFER_ENCODING,
	HTTP_IF_UNMODIFIED_SINCE,
	HTTP_FIELDS, /* how many there are */
};

/* How the end of the body is known: RFC 9112 section 6.3. */
enum http_framing {
	HTTP_NO_BODY,
	HTTP_LENGTH,
	HTTP_CHUNKED,
};

struct http_request {
	enum http_method method;
	enum http_framing framing;
	u64 content_length; /* bytes, with HTTP_LENGTH */
	u8 minor;	    /* of the version: 0, or 1 for 1.1 and later */
	bool keep_alive;    /* the client wants the connection to go on */
	bool expects_continue;
	bool expects_unknown;
	struct span line; /* the whole request line, for the log */
	struct span method_name;
	struct span target;
	struct span fields; /* all field lines, each with its CRLF */
	/* The first value of each field; ptr is NULL where it is absent. */
	struct span value[HTTP_FIELDS];
	u32 present;  /* bit N: field N came */
	u32 repeated; /* and more than once */

	/* The parser's own: how far it got. */
	size_t line_start;
	size_t scanned;
};

/** http_method_name() - "GET" and so on, "other" for HTTP_UNKNOWN */
struct span http_method_name(enum http_method method);

/** http_request_start() - make @r ready for the first byte of a request */
void http_request_start(struct http_request *r);

/**
 * http_request_parse() - read one request head from the start of @in
 * @r:   as http_request_start() or the last call for this request left it
 * @in:  all bytes of this request that have been received, not altered; when
 *       called again the same bytes at the same place, with more behind them
 * @max: the longest head in bytes
 *
 * Each line is parsed once, when its end has arrived, so the work is linear
 * in the length of the head however it is cut into pieces. Empty lines before
 * the request line are passed over (RFC 9112 section 2.2).
 *
 * Return: the length of the head; 0 if more bytes are needed; or the negative
 * status to answer with before closing: -400, -414 (no end of the request
 * line within @max), -431 (no end of the head), -501 (a transfer coding besides
 * chunked, or no end of the method), -505 (a major version other than 1).
 */
long http_request_parse(struct http_request *r, struct span in,
			size_t max) MUST_CHECK;

/**
 * http_request_judge() - find out what a complete head means as a whole
 *
 * The last step of http_request_parse(): how the body is framed, whether there
 * is one valid Host, what is expected, whether the connection goes on.
 *
 * Return: 0, or a negative status: -400, -501.
 */
long http_request_judge(struct http_request *r) MUST_CHECK;

/** http_request_is_token() - whether @s is a token: RFC 9110 section 5.6.2 */
bool http_request_is_token(struct span s);

/**
 * http_request_is_host() - whether @host is a name or address, and a port
 *
 * uri-host [ ":" port ] or empty: RFC 9110 section 7.2. No user information:
 * section 4.2.4 wants that treated as an error.
 */
bool http_request_is_host(struct span host);

/**
 * http_request_is_field() - whether a field line can be made of the two
 *
 * @name is a token and @value has no control byte but the tab, so that it
 * cannot end the line: RFC 9110 sections 5.1 and 5.5.
 */
bool http_request_is_field(struct span name, struct span value);

/**
 * http_request_move() - the bytes of @r were moved @distance towards the front
 *
 * At any time between http_request_start() and the end of the request.
 */
void http_request_move(struct http_request *r, size_t distance);

/**
 * http_request_next_value() - the values of a field that may be repeated
 * @field: which of them
 * @rest:  begin with @r->fields; moved behind the value that was found, or to
 *         the end: lines are searched only for a field that was repeated
 * @value: set on success
 *
 * Return: false when there is no further one.
 */
bool http_request_next_value(const struct http_request *r,
			     enum http_field field, struct span *rest,
			     struct span *value) MUST_CHECK;

/**
 * http_request_find() - the first value of the field that is called @name
 *
 * Of any field, also of those that have no number here.
 *
 * Return: its value, or a span with ptr NULL if it is absent.
 */
struct span http_request_find(const struct http_request *r, struct span name);

/**
 * http_request_single() - the value of a field that may stand only once
 *
 * Return: its value, or a span with ptr NULL if it is absent or repeated.
 */
struct span http_request_single(const struct http_request *r,
				enum http_field field);

#endif
