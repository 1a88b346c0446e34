/* SPDX-License-Identifier: MIT */
/*
 * Range requests: RFC 9110 section 14, and multipart/byteranges, the answer to
 * one that asks for several ranges (section 14.6).
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/buf.h"

/* Of ranges in one request; with more than that everything is sent. */
#define HTTP_RANGES_MAX 16

/* Ranges that are no further apart than this are sent as one: the head of a
 * part would take as many bytes. */
#define HTTP_RANGE_GAP 80

/* The longest content type of a part; what has a longer one is sent whole. */
#define HTTP_PART_TYPE_MAX 128

/* Enough for the head of a part, or for what ends the last one. */
#define HTTP_PART_HEAD_MAX 320

enum http_range {
	HTTP_RANGE_NONE,	  /* send everything */
	HTTP_RANGE_SOME,	  /* 206 */
	HTTP_RANGE_UNSATISFIABLE, /* 416 */
};

struct http_ranges {
	unsigned count;
	struct {
		u64 first; /* offset of the first byte */
		u64 last;  /* and of the last, below the size */
	} at[HTTP_RANGES_MAX];
};

/* All that the parts of one answer are made from. */
struct http_parts {
	struct http_ranges ranges;
	u64 size;     /* of the representation, bytes */
	u64 boundary; /* must not occur in it, but for bad luck */
	struct span type;
};

/**
 * http_range_parse() - read a Range field
 * @value:  of the field
 * @size:   of the representation in bytes
 * @ranges: with HTTP_RANGE_SOME those that can be satisfied, in their order;
 *          with the others none
 *
 * Ranges that overlap or nearly touch are one, so nothing is sent twice. A
 * field that is malformed, of another unit or of too many ranges is ignored,
 * as section 14.2 allows.
 */
enum http_range http_range_parse(struct span value, u64 size,
				 struct http_ranges *ranges) MUST_CHECK;

/** http_parts_put_type() - append the Content-Type of the whole */
void http_parts_put_type(struct buf *out, const struct http_parts *p);

/**
 * http_parts_put_head() - append what stands before the bytes of part @i
 *
 * For @i behind the last it is what ends the whole.
 */
void http_parts_put_head(struct buf *out, const struct http_parts *p,
			 unsigned i);

/** http_parts_length() - bytes of the whole, with what is between the parts */
u64 http_parts_length(const struct http_parts *p);

#endif
