/* SPDX-License-Identifier: MIT */
/*
 * http/body.h: a number, then a body. An odd number is a Content-Length and
 * doubled, an even one is twice the limit of a chunked body, which a second
 * decoder reads as well: line by line, not byte by byte.
 */
#include "fuzz.h"
#include "base/hash.h"
#include "base/mem.h"
#include "http/body.h"

struct result {
	long status; /* 0 if it is complete, 1 if not, or negative */
	size_t taken;
	u64 payload; /* bytes */
	u64 hash;    /* of the payload, in any pieces */
};

static void add_payload(struct result *r, struct span data)
{
	for (size_t i = 0; i < data.len; i++)
		r->hash = (r->hash ^ (u8)data.ptr[i]) * 0x100000001b3;
	r->payload += data.len;
}

static struct result decode(const struct http_request *r, u64 max,
			    struct span in, u64 way)
{
	struct result result = { .status = 1 };
	struct http_body body;
	struct span copy = fuzz_copy(in);
	size_t received = 0;
	struct span data;

	http_body_start(&body, r, max);
	while (body.state != HTTP_BODY_DONE) {
		fuzz_hide(copy, received);
		struct span now = { copy.ptr + result.taken,
				    received - result.taken };
		long n = http_body_decode(&body, now, &data);

		if (n < 0) {
			result.status = n;
			break;
		}
		MUST((size_t)n <= now.len && data.len <= (size_t)n);
		MUST(data.ptr >= now.ptr && data.ptr + data.len <= now.ptr + n);
		add_payload(&result, data);
		MUST(body.total == result.payload);
		result.taken += (size_t)n;
		if (n)
			continue;
		if (received == in.len)
			break;
		received += fuzz_piece(way, received, in.len - received);
	}
	if (result.status == 1 && body.state == HTTP_BODY_DONE)
		result.status = 0;
	fuzz_hide(copy, copy.len);
	fuzz_free(copy);
	return result;
}

/* A line that ends in CRLF and has text in it; its CRLF is taken as well. */
static bool take_line(struct span *in, struct span *line)
{
	size_t n = span_find(*in, '\n');

	if (n == in->len || !n || in->ptr[n - 1] != '\r')
		return false;
	*line = (struct span){ in->ptr, n - 1 };
	*in = span_skip(*in, n + 1);
	for (size_t i = 0; i < line->len; i++)
		if (((u8)line->ptr[i] < 0x20 && line->ptr[i] != '\t') ||
		    line->ptr[i] == 0x7f)
			return false;
	return true;
}

/* chunk-size [ BWS ";" anything ] */
static bool read_size(struct span line, u64 *size)
{
	size_t n = 0;

	*size = 0;
	for (; n < line.len && span_hex_digit(line.ptr[n]) < 16; n++) {
		if (*size >= 1ULL << 60)
			return false;
		*size = *size * 16 + span_hex_digit(line.ptr[n]);
	}
	struct span rest = span_trim(span_skip(line, n));

	return n && (n == line.len || (rest.len && rest.ptr[0] == ';'));
}

static bool is_token(struct span name)
{
	struct span marks = SPAN("!#$%&'*+-.^_`|~");

	for (size_t i = 0; i < name.len; i++) {
		char letter = name.ptr[i] | 0x20;

		if (span_find(marks, name.ptr[i]) == marks.len &&
		    (name.ptr[i] < '0' || name.ptr[i] > '9') &&
		    (letter < 'a' || letter > 'z'))
			return false;
	}
	return true;
}

static bool take_trailers(struct span *in)
{
	struct span line;

	while (take_line(in, &line)) {
		size_t colon = span_find(line, ':');
		struct span name = { line.ptr, colon };

		if (!line.len)
			return true;
		if (!colon || colon == line.len || !is_token(name))
			return false;
	}
	return false;
}

/* Return: whether the body is complete and right. */
static bool read_chunked(struct span in, u64 max, struct result *r)
{
	size_t whole = in.len;
	struct span line;
	u64 size;

	*r = (struct result){ 0 };
	while (take_line(&in, &line) && read_size(line, &size)) {
		if (!size) {
			bool good = take_trailers(&in);

			r->taken = whole - in.len;
			return good;
		}
		if (size > max - r->payload || size > in.len)
			return false;
		add_payload(r, (struct span){ in.ptr, (size_t)size });
		in = span_skip(in, (size_t)size);
		if (!take_line(&in, &line) || line.len)
			return false;
	}
	return false;
}

/* The limit on what is not payload is not the second decoder's. */
static bool is_long(const struct result *r)
{
	return r->taken - r->payload > HTTP_CHUNK_OVERHEAD_MAX;
}

static void check_chunked(struct span in, u64 max, const struct result *got)
{
	struct result want;
	bool good = read_chunked(in, max, &want);

	if (good && is_long(&want))
		return;
	MUST(good == (got->status == 0));
	MUST(!good || (got->taken == want.taken && got->hash == want.hash &&
		       got->payload == want.payload));
}

void fuzz_one(struct span in)
{
	u64 number = fuzz_number(&in);
	bool chunked = number % 2 == 0;
	struct http_request r = { 0 };

	r.framing = chunked ? HTTP_CHUNKED : HTTP_LENGTH;
	r.content_length = chunked ? 0 : number;
	u64 max = number / 2;
	struct result whole = decode(&r, max, in, 0);

	for (unsigned way = 1; way < FUZZ_WAYS; way++) {
		struct result pieces = decode(&r, max, in, fuzz_way(way, in));

		MUST(pieces.status == whole.status);
		MUST(whole.status < 0 || (pieces.taken == whole.taken &&
					  pieces.payload == whole.payload &&
					  pieces.hash == whole.hash));
	}
	if (chunked) {
		check_chunked(in, max, &whole);
		MUST(whole.payload <= max);
		return;
	}
	MUST(whole.payload == whole.taken);
	MUST(whole.payload == (number < in.len ? number : in.len));
	MUST(whole.status == (in.len < number));
}
