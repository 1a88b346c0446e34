/* SPDX-License-Identifier: MIT */
/*
 * Which coding of a resource a client gets: RFC 9110 section 12.5.3. Codings
 * stand in the order in which they are preferred among those that the client
 * likes equally.
 */
#ifndef HTTP_NEGOTIATE_H
#define HTTP_NEGOTIATE_H

#include "http/request.h"

enum http_coding {
	HTTP_BR,   /* RFC 7932 */
	HTTP_ZSTD, /* RFC 8878 */
	HTTP_GZIP, /* RFC 1952 */
	HTTP_IDENTITY,
	HTTP_CODINGS, /* how many there are */
};

/* How much a client likes each: 0 (not at all) to 1000. */
struct http_codings {
	u16 weight[HTTP_CODINGS];
};

/**
 * http_negotiate_read() - what the Accept-Encoding fields of @r say
 *
 * Without one nothing but the plain bytes is sent: every client understands
 * those. They are acceptable after all else where they are not named. An
 * element that is malformed counts as absent.
 */
void http_negotiate_read(struct http_codings *c, const struct http_request *r);

/**
 * http_negotiate_name() - the name of @coding in Content-Encoding
 *
 * Empty for HTTP_IDENTITY.
 */
struct span http_negotiate_name(enum http_coding coding);

#endif
