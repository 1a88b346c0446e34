/* SPDX-License-Identifier: MIT */
/* Response heads: see http/reply.h. */
#include "http/reply.h"
#include "http/date.h"

static const struct {
	u16 status;
	char reason[34];
} reasons[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 304, "Not Modified" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

struct span http_reason(int status)
{
	for (unsigned i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].status == status)
			return span_from_string(reasons[i].reason);
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
	buf_puts(out, "Content-Length: ");
	buf_put_u64(out, r->content_length, 1);
	buf_puts(out, "\r\n");
}

void http_reply_put_head(struct buf *out, const struct http_reply *r,
			 struct span date)
{
	buf_puts(out, "HTTP/1.1 ");
	buf_put_u64(out, (u64)r->status, 3);
	buf_put_char(out, ' ');
	buf_put(out, http_reason(r->status));
	buf_puts(out, "\r\nDate: ");
	buf_put(out, date);
	buf_puts(out, "\r\n");
	if (r->has_content)
		put_content(out, r);
	if (r->content_range)
		put_content_range(out, r);
	put_validators(out, r);
	if (r->ranges)
		buf_puts(out, "Accept-Ranges: bytes\r\n");
	put_field(out, SPAN("Location: "), r->location);
	put_field(out, SPAN("Allow: "), r->allow);
	put_field(out, SPAN("Retry-After: "), r->retry_after);
	buf_puts(out, "X-Content-Type-Options: nosniff\r\n");
	if (r->close)
		buf_puts(out, "Connection: close\r\n");
	else if (r->offer_keep_alive)
		buf_puts(out, "Connection: keep-alive\r\n");
	buf_puts(out, "\r\n");
}
