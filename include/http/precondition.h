/* SPDX-License-Identifier: MIT */
/* Conditional requests: RFC 9110 section 13. */
#ifndef HTTP_PRECONDITION_H
#define HTTP_PRECONDITION_H

#include "http/request.h"

/* What identifies the selected representation. */
struct http_validators {
	struct span etag;  /* with its quotes, strong; empty: none */
	s64 last_modified; /* seconds since 1970, 0: none */
};

/**
 * http_precondition_check() - in the order of section 13.2.2
 * @now: for dates with a two-digit year
 *
 * Return: 0 to go on, 304, or 412.
 */
int http_precondition_check(const struct http_request *r,
			    const struct http_validators *v, s64 now);

/**
 * http_precondition_range() - section 13.1.5
 *
 * Return: whether a Range field holds: there is no If-Range, or it names this
 * very representation.
 */
bool http_precondition_range(const struct http_request *r,
			     const struct http_validators *v, s64 now);

#endif
