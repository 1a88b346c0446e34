/* SPDX-License-Identifier: MIT */
/* Whose a connection and a request are, behind proxies. */
#ifndef SERVE_CLIENT_H
#define SERVE_CLIENT_H

#include "serve/connection.h"

/**
 * serve_client_take_header() - the PROXY header in front of a connection
 *
 * Once it is complete @c->ip is the client's, and @c like any other.
 *
 * Return: more than 0 if it is, 0 if more bytes are needed, a negative errno
 * if it is malformed: then nothing is known about the connection.
 */
long serve_client_take_header(struct serve_connection *c) MUST_CHECK;

/**
 * serve_client_find() - the address of who made the request @r
 * @ip: is set
 *
 * That of the connection, unless it is a trusted proxy's. Each proxy appends
 * who it has the request from to X-Forwarded-For, so the last that is not a
 * trusted proxy's is the client's; what stands before that anybody may have
 * written. If all are trusted it is the first.
 */
void serve_client_find(const struct serve_connection *c,
		       const struct http_request *r, u8 ip[16]);

#endif
