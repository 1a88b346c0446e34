/* SPDX-License-Identifier: MIT */
/* What the server answers by itself, before routes and the site are asked. */
#ifndef SERVE_BUILTIN_H
#define SERVE_BUILTIN_H

#include "serve/answer.h"
#include "serve/connection.h"

/**
 * serve_builtin_find() - whether the request of @c is the server's own
 *
 * GET and HEAD of the path for health checks, of the script with variables of
 * the environment, and, on a listener of its own, of /metrics. Requests that
 * come every few seconds and say nothing about visitors are kept out of the
 * log; those for the script are logged.
 */
bool serve_builtin_find(struct serve_connection *c);

/** serve_builtin_answer() - answer a request that is the server's own */
void serve_builtin_answer(struct serve_connection *c, struct serve_answer *a);

#endif
