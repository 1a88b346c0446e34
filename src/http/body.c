/* SPDX-License-Identifier: MIT */
/*
 * The body decoder: see http/body.h. Payload is taken in runs; everything
 * else byte by byte, one function for a group of states.
 */
#include "http/body.h"

/* Text that is passed over: no control byte but the tab. */
static bool is_text(char c)
{
	return (u8)c >= 0x20 ? c != 0x7f : c == '\t';
}

void http_body_start(struct http_body *b, const struct http_request *r, u64 max)
{
	b->chunked = r->framing == HTTP_CHUNKED;
	b->left = r->content_length;
	b->max = max;
	b->total = 0;
	b->overhead = 0;
	if (b->chunked)
		b->state = HTTP_BODY_SIZE_FIRST;
	else if (r->framing == HTTP_NO_BODY)
		b->state = HTTP_BODY_DONE;
	else
		b->state = HTTP_BODY_DATA;
}

/* chunk-size: 1*HEXDIG, here at most sixteen that count. */
static bool step_size(struct http_body *b, char c)
{
	unsigned digit = span_hex_digit(c);

	if (digit < 16) {
		if (b->left >> 60)
			return false;
		/* Zeros in front have no end by themselves. */
		b->overhead += !b->left && !digit;
		b->left = b->left << 4 | digit;
		b->state = HTTP_BODY_SIZE;
		return true;
	}
	if (b->state == HTTP_BODY_SIZE_FIRST)
		return false;
	if (c == '\r')
		b->state = HTTP_BODY_SIZE_LF;
	else if (c == ';')
		b->state = HTTP_BODY_EXTENSION;
	else if (c == ' ' || c == '\t')
		b->state = HTTP_BODY_SIZE_SPACE;
	else
		return false;
	return true;
}

/* ";" extensions up to CRLF, then payload or, after the last, trailers. */
static bool step_extension(struct http_body *b, char c)
{
	if (b->state == HTTP_BODY_SIZE_SPACE) {
		if (c == ';')
			b->state = HTTP_BODY_EXTENSION;
		return c == ';' || c == ' ' || c == '\t';
	}
	if (b->state == HTTP_BODY_EXTENSION) {
		if (c == '\r')
			b->state = HTTP_BODY_SIZE_LF;
		return c == '\r' || is_text(c);
	}
	b->state = b->left ? HTTP_BODY_DATA : HTTP_BODY_TRAILER_FIRST;
	return c == '\n';
}

/* The CRLF that must follow the payload of a chunk. */
static bool step_data_end(struct http_body *b, char c)
{
	if (b->state == HTTP_BODY_DATA_CR) {
		b->state = HTTP_BODY_DATA_LF;
		return c == '\r';
	}
	b->state = HTTP_BODY_SIZE_FIRST;
	return c == '\n';
}

/*
 * Trailer fields, each "name: value" CRLF, then the empty line. They are passed
 * over, but by the same grammar as fields of the head: somebody behind us may
 * read them.
 */
static bool step_trailer(struct http_body *b, char c)
{
	const struct span byte = { &c, 1 };

	switch ((int)b->state) {
	case HTTP_BODY_TRAILER_FIRST:
		b->state =
			c == '\r' ? HTTP_BODY_END_LF : HTTP_BODY_TRAILER_NAME;
		return c == '\r' || http_request_is_token(byte);
	case HTTP_BODY_TRAILER_NAME:
		if (c == ':')
			b->state = HTTP_BODY_TRAILER_VALUE;
		return c == ':' || http_request_is_token(byte);
	case HTTP_BODY_TRAILER_VALUE:
		if (c == '\r')
			b->state = HTTP_BODY_TRAILER_LF;
		return c == '\r' || is_text(c);
	case HTTP_BODY_TRAILER_LF:
		b->state = HTTP_BODY_TRAILER_FIRST;
		return c == '\n';
	default:
		b->state = HTTP_BODY_DONE;
		return c == '\n';
	}
}

/* Return: whether @c may stand here. */
static bool step(struct http_body *b, char c)
{
	switch (b->state) {
	case HTTP_BODY_SIZE_FIRST:
	case HTTP_BODY_SIZE:
		return step_size(b, c);
	case HTTP_BODY_SIZE_SPACE:
	case HTTP_BODY_EXTENSION:
		b->overhead++;
		return step_extension(b, c);
	case HTTP_BODY_SIZE_LF:
		return step_extension(b, c);
	case HTTP_BODY_DATA_CR:
	case HTTP_BODY_DATA_LF:
		return step_data_end(b, c);
	case HTTP_BODY_TRAILER_FIRST:
	case HTTP_BODY_TRAILER_NAME:
	case HTTP_BODY_TRAILER_VALUE:
	case HTTP_BODY_TRAILER_LF:
	case HTTP_BODY_END_LF:
		b->overhead++;
		return step_trailer(b, c);
	case HTTP_BODY_DATA:
	case HTTP_BODY_DONE:
		break;
	}
	BUG_ON(true);
	return false;
}

static size_t take_data(struct http_body *b, struct span in, struct span *data)
{
	size_t n = in.len < b->left ? in.len : (size_t)b->left;

	*data = (struct span){ in.ptr, n };
	b->left -= n;
	b->total += n;
	if (!b->left)
		b->state = b->chunked ? HTTP_BODY_DATA_CR : HTTP_BODY_DONE;
	return n;
}

long http_body_decode(struct http_body *b, struct span in, struct span *data)
{
	size_t used = 0;

	*data = (struct span){ in.ptr, 0 };
	while (used < in.len && b->state != HTTP_BODY_DONE) {
		if (b->state == HTTP_BODY_DATA)
			return (long)(used +
				      take_data(b, span_skip(in, used), data));
		if (!step(b, in.ptr[used]) ||
		    b->overhead > HTTP_CHUNK_OVERHEAD_MAX)
			return -400;
		used++;
		/* A chunk's size is known: b->total never exceeds b->max. */
		if (b->state == HTTP_BODY_DATA && b->left > b->max - b->total)
			return -413;
	}
	return (long)used;
}
