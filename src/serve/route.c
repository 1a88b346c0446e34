/* SPDX-License-Identifier: MIT */
/* Tables of routes: see serve/route.h. */
#include "serve/route.h"
#include "base/mem.h"
#include "serve/call.h"

static struct span take_segment(struct span *path)
{
	struct span segment = { path->ptr, span_find(*path, '/') };

	*path = span_skip(*path, segment.len);
	if (path->len)
		*path = span_skip(*path, 1);
	return segment;
}

/* The text of an array of @size that need not be terminated. */
static struct span read_text(const char *text, size_t size)
{
	struct span s = { text, size };

	s.len = span_find(s, '\0');
	return s;
}

static struct span path_of(const struct serve_route *route)
{
	return read_text(route->path, sizeof(route->path));
}

static struct span method_of(const struct serve_route *route)
{
	return read_text(route->method, sizeof(route->method));
}

bool serve_route_matches(const struct serve_route *route, struct span path,
			 struct span param[SERVE_PARAMS_MAX])
{
	struct span pattern = path_of(route);
	unsigned count = 0;

	memset(param, 0, SERVE_PARAMS_MAX * sizeof(*param));
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
	struct span has = method_of(route);

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

/* Whether a row before @end is for the same method of @path. */
static bool is_said(const struct serve_app *app, u32 end, struct span path)
{
	struct span method = method_of(&app->routes[end]);
	struct span param[SERVE_PARAMS_MAX];

	for (u32 i = 0; i < end; i++)
		if (span_equal(method_of(&app->routes[i]), method) &&
		    serve_route_matches(&app->routes[i], path, param))
			return true;
	return span_equal(method, SPAN("GET")) ||
	       span_equal(method, SPAN("HEAD")) ||
	       span_equal(method, SPAN("OPTIONS"));
}

void serve_route_put_allow(struct buf *out, const struct serve_app *app,
			   struct span path)
{
	struct span param[SERVE_PARAMS_MAX];

	for (u32 i = 0; i < app->count; i++) {
		if (!serve_route_matches(&app->routes[i], path, param))
			continue;
		if (!out->len)
			buf_puts(out, "GET, HEAD, OPTIONS");
		if (is_said(app, i, path))
			continue;
		buf_puts(out, ", ");
		buf_put(out, method_of(&app->routes[i]));
	}
}

/* How many segments of @path stand for something. */
static unsigned count_params(struct span path)
{
	unsigned count = 0;

	for (size_t i = 0; i + 1 < path.len; i++)
		count += path.ptr[i] == '/' &&
			 (path.ptr[i + 1] == ':' || path.ptr[i + 1] == '*');
	return count;
}

const struct serve_route *serve_route_check(const struct serve_app *app)
{
	for (u32 i = 0; i < app->count; i++) {
		const struct serve_route *route = &app->routes[i];
		struct span path = path_of(route);

		if (path.len == sizeof(route->path) ||
		    method_of(route).len == sizeof(route->method) ||
		    !http_request_is_token(method_of(route)) ||
		    !span_starts(path, SPAN("/")) ||
		    count_params(path) > SERVE_PARAMS_MAX || !route->start)
			return route;
	}
	return NULL;
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
