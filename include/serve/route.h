/* SPDX-License-Identifier: MIT */
/* Which row of a table of routes a request is for. */
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include "base/buf.h"
#include "serve/app.h"

/**
 * serve_route_matches() - whether @path is what the pattern @route->path means
 * @param: what its parameters stand for, on success; parts of @path
 */
bool serve_route_matches(const struct serve_route *route, struct span path,
			 struct span param[SERVE_PARAMS_MAX]) MUST_CHECK;

/**
 * serve_route_find() - the first row for @method and @path
 *
 * Return: the row, with @param set (ptr NULL where there is none), or NULL.
 */
const struct serve_route *
serve_route_find(const struct serve_app *app, struct span method,
		 struct span path,
		 struct span param[SERVE_PARAMS_MAX]) MUST_CHECK;

/**
 * serve_route_put_allow() - the methods that @path has rows for, as Allow
 *
 * Behind "GET, HEAD, OPTIONS", which every path has. Appends nothing where no
 * row is for @path.
 */
void serve_route_put_allow(struct buf *out, const struct serve_app *app,
			   struct span path);

/**
 * serve_route_check() - a row that cannot be meant, or NULL
 *
 * Its method is no token or too long, its path does not begin with a slash, is
 * too long or has too many parameters, or there is no `start`.
 */
const struct serve_route *serve_route_check(const struct serve_app *app);

/** serve_route_memory() - bytes that a call needs besides its buffers */
u64 serve_route_memory(const struct serve_app *app);

#endif
