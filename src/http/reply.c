/* SPDX-License-Identifier: MIT */
/* Response heads: see http/reply.h. */
#include "http/reply.h"
#include "http/date.h"

/* A line each: arrays of a fixed width would be twice as long. */
static const char reasons[] = "200 OK\n"
			      "201 Created\n"
			      "202 Accepted\n"
			      "204 No Content\n"
			      "205 Reset Content\n"
			      "206 Partial Content\n"
			      "301 Moved Permanently\n"
			      "302 Found\n"
			      "303 See Other\n"
			      "304 Not Modified\n"
			      "307 Temporary Redirect\n"
			      "308 Permanent Redirect\n"
			      "400 Bad Request\n"
			      "401 Unauthorized\n"
			      "403 Forbidden\n"
			      "404 Not Found\n"
			      "405 Method Not Allowed\n"
			      "406 Not Acceptable\n"
			      "408 Request Timeout\n"
			      "409 Conflict\n"
			      "410 Gone\n"
			      "411 Length Required\n"
			      "412 Precondition Failed\n"
			      "413 Content Too Large\n"
			      "414 URI Too Long\n"
			      "415 Unsupported Media Type\n"
			      "416 Range Not Satisfiable\n"
			      "417 Expectation Failed\n"
			      "421 Misdirected Request\n"
			      "422 Unprocessable Content\n"
			      "428 Precondition Required\n"
			      "429 Too Many Requests\n"
			      "431 Request Header Fields Too Large\n"
			      "451 Unavailable For Legal Reasons\n"
			      "500 Internal Server Error\n"
			      "501 Not Implemented\n"
			      "502 Bad Gateway\n"
			      "503 Service Unavailable\n"
			      "504 Gateway Timeout\n"
			      "505 HTTP Version Not Supported\n";

/* Whether a line has the number @status, and something behind it. */
static bool is_line_of(struct span line, int status)
{
	if (line.len <= 4)
		return false;
	return (line.ptr[0] - '0') * 100 + (line.ptr[1] - '0') * 10 +
		       (line.ptr[2] - '0') ==
	       status;
}

struct span http_reason(int status)
{
	struct span rest = SPAN(reasons);

	while (rest.len) {
		struct span line = span_take(&rest, '\n');

		if (is_line_of(line, status))
			return span_skip(line, 4);
	}
	return SPAN("Unknown");
}

static void put_field(struct buf *out, struct span name, struct span value)
{
	if (!value.len)
		return;
	buf_put(out, name);
	buf_put(out, value);
	buf_puts(out, "\r\n");
}

/* Content-Range: bytes first-last/size, or with 416 bytes * /size. */
static void put_content_range(struct buf *out, const struct http_reply *r)
{
	buf_puts(out, "Content-Range: bytes ");
	if (r->status == 416) {
		buf_put_char(out, '*');
	} else {
		buf_put_u64(out, r->first, 1);
		buf_put_char(out, '-');
		buf_put_u64(out, r->last, 1);
	}
	buf_put_char(out, '/');
	buf_put_u64(out, r->size, 1);
	buf_puts(out, "\r\n");
}

/*
 * A 304 carries what a cache needs and nothing that it has: the date of the
 * file only where there is no tag (RFC 9110 section 15.4.5).
 */
static void put_validators(struct buf *out, const struct http_reply *r)
{
	put_field(out, SPAN("ETag: "), r->validators.etag);
	if (!r->validators.last_modified ||
	    (r->status == 304 && r->validators.etag.len))
		return;
	buf_puts(out, "Last-Modified: ");
	http_date_put(out, r->validators.last_modified);
	buf_puts(out, "\r\n");
}

static void put_content(struct buf *out, const struct http_reply *r)
{
	put_field(out, SPAN("Content-Type: "), r->content_type);
	put_field(out, SPAN("Content-Encoding: "), r->content_encoding);
	if (r->content_length != HTTP_LENGTH_UNKNOWN) {
		buf_puts(out, "Content-Length: ");
		buf_put_u64(out, r->content_length, 1);
		buf_puts(out, "\r\n");
	} else if (r->chunked) {
		buf_puts(out, "Transfer-Encoding: chunked\r\n");
	}
}

static void put_status(struct buf *out, int status)
{
	/* What is said nearly always, with its length, as below. */
	if (status == 200) {
		buf_put(out, SPAN("HTTP/1.1 200 OK\r\n"));
		return;
	}
	buf_puts(out, "HTTP/1.1 ");
	buf_put_u64(out, (u64)status, 3);
	buf_put_char(out, ' ');
	buf_put(out, http_reason(status));
	buf_puts(out, "\r\n");
}

void http_reply_put_entity(struct buf *out, const struct http_reply *r)
{
	if (r->has_content)
		put_content(out, r);
	if (r->content_range)
		put_content_range(out, r);
	put_validators(out, r);
	if (r->varies)
		buf_puts(out, "Vary: Accept-Encoding\r\n");
	if (r->ranges)
		buf_puts(out, "Accept-Ranges: bytes\r\n");
}

void http_reply_put_head(struct buf *out, const struct http_reply *r,
			 struct span date)
{
	put_status(out, r->status);
	buf_put(out, date);
	if (r->prepared.len)
		buf_put(out, r->prepared);
	else
		http_reply_put_entity(out, r);
	put_field(out, SPAN("Location: "), r->location);
	put_field(out, SPAN("Allow: "), r->allow);
	put_field(out, SPAN("Retry-After: "), r->retry_after);
	if (r->fields.len)
		buf_put(out, r->fields);
	if (!r->has_type_options)
		buf_put(out, SPAN("X-Content-Type-Options: nosniff\r\n"));
	if (r->close)
		buf_put(out, SPAN("Connection: close\r\n"));
	else if (r->offer_keep_alive)
		buf_put(out, SPAN("Connection: keep-alive\r\n"));
	buf_put(out, SPAN("\r\n"));
}
