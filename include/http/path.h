/* SPDX-License-Identifier: MIT */
/*
 * From a request target to the path of a file: RFC 9112 section 3.2, RFC 3986
 * section 5.2.4.
 */
#ifndef HTTP_PATH_H
#define HTTP_PATH_H

#include "base/buf.h"
#include "http/request.h"

/* The longest decoded path in bytes: the kernel's PATH_MAX less its NUL. */
#define HTTP_PATH_MAX 4095

struct http_target {
	struct span path;  /* encoded, begins with "/"; or "*", for OPTIONS */
	struct span query; /* with its "?", or empty */
};

/**
 * http_target_split() - the parts of the request's target
 *
 * origin-form, absolute-form and asterisk-form.
 *
 * Return: 0; -400 if it is none of them or not allowed for the method; -421 for
 * a resource of https, of which a request may come over TLS alone, and that is
 * not spoken here (RFC 9110 section 7.4). A proxy that speaks it sends paths.
 */
int http_target_split(const struct http_request *r,
		      struct http_target *t) MUST_CHECK;

/**
 * http_path_normalize() - decode @path and remove what has no place in it
 * @path: encoded, begins with "/"
 * @out:  receives the result, at least HTTP_PATH_MAX bytes free
 *
 * Percent-encoding is decoded once, then empty segments are dropped and dot
 * segments are resolved, never above the root, so "%2e%2e" means "..", and
 * "%252e" a file of the name "%2e". The result begins with "/", and ends
 * with one if it names a directory.
 *
 * Return: 0; -400 for a malformed escape, an encoded slash or a NUL, which
 * could be understood differently further in; -414 if it is too long.
 */
int http_path_normalize(struct span path, struct buf *out) MUST_CHECK;

#endif
