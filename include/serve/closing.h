/* SPDX-License-Identifier: MIT */
/* How connections end, and how they give back what they have. */
#ifndef SERVE_CLOSING_H
#define SERVE_CLOSING_H

#include "serve/connection.h"

/** serve_connection_release() - give back the exchange; there need not be one
 */
void serve_connection_release(struct serve_connection *c);

/** serve_connection_end() - all is said: close, but not over unread input */
void serve_connection_end(struct serve_connection *c);

/** serve_connection_linger() - throw away what has come since */
void serve_connection_linger(struct serve_connection *c);

/** serve_connection_refuse() - there is no exchange for it: 503 */
void serve_connection_refuse(struct serve_connection *c);

/**
 * serve_connection_make_room() - take an exchange away from somebody
 *
 * From the client that has been sending its head for the longest time.
 */
void serve_connection_make_room(struct serve_worker *w);

#endif
