/* SPDX-License-Identifier: MIT */
/*
 * What a complete head means: framing first, because everything behind the
 * head depends on it, then Host, then what the client expects.
 */
#include "http/request.h"

/* Whether list field @field has the element @token, in any of its lines. */
static bool has_token(const struct http_request *r, enum http_field field,
		      struct span token)
{
	struct span rest = r->fields;
	struct span list;
	struct span found;

	if (!(r->present & 1U << field))
		return false;
	while (http_request_next_value(r, field, &rest, &list))
		while (span_next_token(&list, &found))
			if (span_equal_nocase(found, token))
				return true;
	return false;
}

/*
 * chunked is the one coding, once, last and alone: RFC 9112 sections 6.1, 6.3
 * and 7. "gzip", "chunked, chunked" and "chunked, gzip" cannot be framed;
 * "gzip, chunked" can, but what it holds is not understood.
 */
static long judge_transfer_encoding(struct http_request *r)
{
	struct span list = r->value[HTTP_TRANSFER_ENCODING];
	struct span token;
	unsigned codings = 0;
	bool chunked = false;

	if (r->repeated & 1U << HTTP_TRANSFER_ENCODING || r->minor == 0 ||
	    r->value[HTTP_CONTENT_LENGTH].ptr)
		return -400;
	while (span_next_token(&list, &token)) {
		if (chunked)
			return -400;
		chunked = span_equal_nocase(token, SPAN("chunked"));
		codings++;
		/* A coding's name is a token, perhaps with parameters. */
		token.len = span_find(token, ';');
		if (!http_request_is_token(span_trim(token)))
			return -400;
	}
	if (!chunked)
		return -400;
	if (codings > 1)
		return -501;
	r->framing = HTTP_CHUNKED;
	return 0;
}

static long judge_framing(struct http_request *r)
{
	if (r->value[HTTP_TRANSFER_ENCODING].ptr)
		return judge_transfer_encoding(r);
	if (!r->value[HTTP_CONTENT_LENGTH].ptr)
		return 0;
	if (r->repeated & 1U << HTTP_CONTENT_LENGTH ||
	    !span_parse_u64(r->value[HTTP_CONTENT_LENGTH], &r->content_length))
		return -400;
	r->framing = r->content_length ? HTTP_LENGTH : HTTP_NO_BODY;
	return 0;
}

/* Whether "%" at @at has two digits behind it: RFC 3986 section 2.1. */
static bool is_escape(struct span s, size_t at)
{
	return s.len - at > 2 && span_hex_digit(s.ptr[at + 1]) < 16 &&
	       span_hex_digit(s.ptr[at + 2]) < 16;
}

/* Whether @host, from @at to @end, is made of what a name or address may have.
 */
static bool is_name(struct span host, size_t at, size_t end)
{
	/*
	 * One bit for each byte: digits and letters, with -._~!$&'()*+,;=% or,
	 * in brackets, with "." and ":".
	 */
	static const u64 sets[2][4] = {
		{ 0x2bff7ff200000000, 0x47fffffe87fffffe },
		{ 0x07ff400000000000, 0x07fffffe07fffffe },
	};
	const u64 *set = sets[at];

	for (; at < end; at++) {
		u8 b = (u8)host.ptr[at];

		if (!(set[b / 64] >> (b % 64) & 1) ||
		    (b == '%' && !is_escape(host, at)))
			return false;
	}
	return true;
}

/* uri-host [ ":" port ], or empty: RFC 9110 section 7.2, RFC 3986 3.2. */
bool http_request_is_host(struct span host)
{
	bool address = host.len && host.ptr[0] == '[';
	size_t end = span_find(host, address ? ']' : ':');
	struct span rest = span_skip(host, end);

	if (!is_name(host, address, end))
		return false;
	if (address) {
		if (!rest.len || end == 1)
			return false;
		rest = span_skip(rest, 1);
	}
	if (rest.len && rest.ptr[0] != ':')
		return false;
	for (size_t i = 1; i < rest.len; i++)
		if (rest.ptr[i] < '0' || rest.ptr[i] > '9')
			return false;
	return true;
}

/* Exactly one in HTTP/1.1, at most one in 1.0: RFC 9112 section 3.2. */
static long judge_host(const struct http_request *r)
{
	if (!r->value[HTTP_HOST].ptr)
		return r->minor ? -400 : 0;
	if (r->repeated & 1U << HTTP_HOST ||
	    !http_request_is_host(r->value[HTTP_HOST]))
		return -400;
	return 0;
}

/* RFC 9110 section 10.1.1: a 1.0 client's expectation is ignored. */
static void read_expectation(struct http_request *r)
{
	struct span rest = r->fields;
	struct span list;
	struct span token;

	if (!r->value[HTTP_EXPECT].ptr || r->minor == 0)
		return;
	while (http_request_next_value(r, HTTP_EXPECT, &rest, &list)) {
		while (span_next_token(&list, &token)) {
			if (span_equal_nocase(token, SPAN("100-continue")))
				r->expects_continue = true;
			else
				r->expects_unknown = true;
		}
	}
}

long http_request_judge(struct http_request *r)
{
	long status = judge_framing(r);

	if (status)
		return status;
	status = judge_host(r);
	if (status)
		return status;
	read_expectation(r);
	/* RFC 9112 section 9.3: close wins; 1.0 has to ask. */
	r->keep_alive =
		!has_token(r, HTTP_CONNECTION, SPAN("close")) &&
		(r->minor || has_token(r, HTTP_CONNECTION, SPAN("keep-alive")));
	return 0;
}
