/* SPDX-License-Identifier: MIT */
/* Range requests: RFC 9110 section 14. */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/span.h"

enum http_range {
	HTTP_RANGE_NONE,	  /* send everything */
	HTTP_RANGE_ONE,		  /* 206 with the bytes first to last */
	HTTP_RANGE_UNSATISFIABLE, /* 416 */
};

/**
 * http_range_parse() - read a Range field
 * @value: of the field
 * @size:  of the representation in bytes
 * @first: with HTTP_RANGE_ONE the offset of the first byte
 * @last:  and that of the last, at most @size - 1
 *
 * A field that is malformed, of another unit or of several ranges is ignored,
 * as section 14.2 allows.
 */
enum http_range http_range_parse(struct span value, u64 size, u64 *first,
				 u64 *last);

#endif
