/* SPDX-License-Identifier: MIT */
/* Tables of routes: see serve/route.h. */
#include "serve/route.h"
#include "serve/call.h"

static struct span take_segment(struct span *path)
{
	struct span segment = { path->ptr, span_find(*path, '/') };

	*path = span_skip(*path, segment.len);
	if (path->len)
		*path = span_skip(*path, 1);
	return segment;
}

bool serve_route_matches(const struct serve_route *route, struct span path,
			 struct span param[SERVE_PARAMS_MAX])
{
	struct span pattern = span_from_string(route->path);
	unsigned count = 0;

	while (pattern.len) {
		bool more = span_find(pattern, '/') < pattern.len;
		struct span want = take_segment(&pattern);

		if (want.len && (want.ptr[0] == ':' || want.ptr[0] == '*'))
			BUG_ON(count == SERVE_PARAMS_MAX);
		if (span_equal(want, SPAN("*"))) {
			param[count] = path;
			return true;
		}
		/* A slash ends this segment in both, or in neither. */
		if (more != (span_find(path, '/') < path.len))
			return false;
		struct span have = take_segment(&path);

		if (want.len && want.ptr[0] == ':' && have.len)
			param[count++] = have;
		else if (!span_equal(want, have))
			return false;
	}
	return !path.len;
}

static bool has_method(const struct serve_route *route, struct span method)
{
	struct span has = span_from_string(route->method);

	return span_equal(has, method) || (span_equal(has, SPAN("GET")) &&
					   span_equal(method, SPAN("HEAD")));
}

const struct serve_route *serve_route_find(const struct serve_app *app,
					   struct span method, struct span path,
					   struct span param[SERVE_PARAMS_MAX])
{
	for (u32 i = 0; i < app->count; i++)
		if (has_method(&app->routes[i], method) &&
		    serve_route_matches(&app->routes[i], path, param))
			return &app->routes[i];
	return NULL;
}

void serve_route_put_allow(struct buf *out, const struct serve_app *app,
			   struct span path)
{
	struct span param[SERVE_PARAMS_MAX];

	for (u32 i = 0; i < app->count; i++) {
		const struct serve_route *route = &app->routes[i];

		if (!serve_route_matches(route, path, param))
			continue;
		if (!out->len)
			buf_puts(out, "GET, HEAD, OPTIONS");
		if (span_equal(span_from_string(route->method), SPAN("GET")))
			continue;
		buf_puts(out, ", ");
		buf_put(out, span_from_string(route->method));
	}
}

u64 serve_route_memory(const struct serve_app *app)
{
	u64 most = 0;

	for (u32 i = 0; i < app->count; i++) {
		const struct serve_route *route = &app->routes[i];
		u64 need = serve_call_scratch_size(route) + route->gather;

		if (need > most)
			most = need;
	}
	return app->count ? SERVE_CALL_PATH_MAX + most : 0;
}
