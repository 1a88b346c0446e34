/* SPDX-License-Identifier: MIT */
/*
 * Queries and forms: application/x-www-form-urlencoded, as browsers write it
 * (WHATWG URL, section 5): "name=value" pairs with "&" between them, "+" for a
 * space, and percent-encoding.
 */
#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include "base/buf.h"

/**
 * http_query_find() - the value of the first pair whose name is @name
 * @query: encoded, without its "?", or the body of a form
 * @out:   receives the value, decoded: any bytes, NUL too
 *
 * A "%" that no two hexadecimal digits follow stands for itself. A pair
 * without "=" has an empty value.
 *
 * Return: whether there is one, and it fits.
 */
bool http_query_find(struct span query, struct span name,
		     struct buf *out) MUST_CHECK;

#endif
