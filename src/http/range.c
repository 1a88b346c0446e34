/* SPDX-License-Identifier: MIT */
/* Range requests: see http/range.h. */
#include "http/range.h"

/* A number of any length: one too large to be counted is as good as 2^64. */
static bool parse_position(struct span digits, u64 *value)
{
	if (span_parse_u64(digits, value))
		return true;
	for (size_t i = 0; i < digits.len; i++)
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
	*value = ~0ULL;
	return digits.len > 0;
}

/* "-" suffix-length: the last bytes. */
static enum http_range parse_suffix(struct span digits, u64 size, u64 *first,
				    u64 *last)
{
	u64 length;

	if (!parse_position(digits, &length))
		return HTTP_RANGE_NONE;
	if (!length)
		return HTTP_RANGE_UNSATISFIABLE;
	/* Satisfiable, but there is no last byte that a 206 could name. */
	if (!size)
		return HTTP_RANGE_NONE;
	*first = length < size ? size - length : 0;
	*last = size - 1;
	return HTTP_RANGE_ONE;
}

enum http_range http_range_parse(struct span value, u64 size, u64 *first,
				 u64 *last)
{
	struct span unit = SPAN("bytes=");

	if (value.len < unit.len ||
	    !span_equal_nocase((struct span){ value.ptr, unit.len }, unit))
		return HTTP_RANGE_NONE;
	value = span_trim(span_skip(value, unit.len));
	size_t dash = span_find(value, '-');

	if (dash == value.len)
		return HTTP_RANGE_NONE;
	struct span from = { value.ptr, dash };
	struct span to = span_skip(value, dash + 1);

	if (!from.len)
		return parse_suffix(to, size, first, last);
	if (!parse_position(from, first))
		return HTTP_RANGE_NONE;
	*last = ~0ULL;
	if (to.len && !parse_position(to, last))
		return HTTP_RANGE_NONE;
	if (*last < *first)
		return HTTP_RANGE_NONE;
	if (*first >= size)
		return HTTP_RANGE_UNSATISFIABLE;
	if (*last > size - 1)
		*last = size - 1;
	return HTTP_RANGE_ONE;
}
