/* SPDX-License-Identifier: MIT */
/* serve/route.h: patterns, the order of rows, what is allowed, memory. */
#include "tap.h"
#include "base/mem.h"
#include "serve/call.h"
#include "serve/route.h"

/* A pattern, a path, and the parameters in brackets; NULL: no match. */
static const struct {
	const char *pattern;
	const char *path;
	const char *params;
} patterns[] = {
	{ "/", "/", "" },
	{ "/", "/a", NULL },
	{ "/a", "/a", "" },
	{ "/a", "/", NULL },
	{ "/a", "/a/", NULL },
	{ "/a", "/ab", NULL },
	{ "/a", "/b", NULL },
	{ "/a/", "/a/", "" },
	{ "/a/", "/a", NULL },
	{ "/a/", "/a/b", NULL },
	{ "/a/b", "/a/b", "" },
	{ "/a/b", "/a", NULL },
	{ "/:x", "/a", "[a]" },
	{ "/:x", "/", NULL },
	{ "/:x", "/a/", NULL },
	{ "/:x/", "/a/", "[a]" },
	{ "/:x/b", "/a/b", "[a]" },
	{ "/:x/b", "/a/c", NULL },
	{ "/:x/:y/:z/:u", "/1/2/3/4", "[1][2][3][4]" },
	{ "/:x/:y", "/a", NULL },
	{ "/:x/:y", "/a/b/c", NULL },
	{ "/a/:x", "/a/:x", "[:x]" },
	{ "/*", "/", "[]" },
	{ "/*", "/a/b", "[a/b]" },
	{ "/a/*", "/a/", "[]" },
	{ "/a/*", "/a", NULL },
	{ "/a/*", "/a/b", "[b]" },
	{ "/a/*", "/a/b/", "[b/]" },
	{ "/:x/*", "/a/b/c", "[a][b/c]" },
	/* Only alone in its segment is it more than itself. */
	{ "/a*", "/a*", "" },
	{ "/a*", "/ab", NULL },
	{ "/a:x", "/a:x", "" },
	{ "/a:x", "/ab", NULL },
};

static struct serve_route make_route(const char *method, const char *path)
{
	struct serve_route r = { .gather = 0 };
	struct span m = span_from_string(method);
	struct span p = span_from_string(path);

	memcpy(r.method, m.ptr, m.len);
	memcpy(r.path, p.ptr, p.len);
	return r;
}

static void check_pattern(const char *pattern, struct span path,
			  const char *want)
{
	struct serve_route r = make_route("GET", pattern);
	struct span param[SERVE_PARAMS_MAX] = { 0 };
	char text[64];
	struct buf out = BUF(text);

	if (!CHECK_EQ(serve_route_matches(&r, path, param), want != NULL) ||
	    !want)
		return;
	for (unsigned i = 0; i < SERVE_PARAMS_MAX && param[i].ptr; i++) {
		buf_put_char(&out, '[');
		buf_put(&out, param[i]);
		buf_put_char(&out, ']');
	}
	tap_check_span(buf_span(&out), span_from_string(want), "parameters",
		       __FILE__, __LINE__);
}

static void test_patterns(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct span path =
			tap_guarded(span_from_string(patterns[i].path));

		tap_note("patterns", i);
		check_pattern(patterns[i].pattern, path, patterns[i].params);
		tap_unguard(path);
	}
}

static void test_find(void)
{
	const struct serve_route routes[] = {
		make_route("GET", "/a"),  make_route("POST", "/a"),
		make_route("GET", "/:x"), make_route("HEAD", "/h"),
		make_route("BREW", "/a"),
	};
	const struct serve_app app = { routes, ARRAY_SIZE(routes), 0 };
	struct span param[SERVE_PARAMS_MAX];

#define FIND(method, path)                                                     \
	serve_route_find(&app, SPAN(method), SPAN(path), param)
	CHECK(FIND("GET", "/a") == &routes[0]);
	CHECK(FIND("HEAD", "/a") == &routes[0]);
	CHECK(FIND("POST", "/a") == &routes[1]);
	CHECK(FIND("BREW", "/a") == &routes[4]);
	CHECK(FIND("GET", "/b") == &routes[2]);
	CHECK(FIND("HEAD", "/h") == &routes[2]);
	CHECK(FIND("POST", "/b") == NULL);
	CHECK(FIND("get", "/a") == NULL);
	CHECK(FIND("GE", "/a") == NULL);
	CHECK(FIND("GET", "/a/b") == NULL);
}

static void test_allow(void)
{
	const struct serve_route routes[] = {
		make_route("GET", "/a"),
		make_route("POST", "/a"),
		make_route("PUT", "/:x"),
	};
	const struct serve_app app = { routes, ARRAY_SIZE(routes), 0 };
	char text[64];
	struct buf out = BUF(text);

	serve_route_put_allow(&out, &app, SPAN("/a"));
	CHECK_SPAN(buf_span(&out), "GET, HEAD, OPTIONS, POST, PUT");
	out.len = 0;
	serve_route_put_allow(&out, &app, SPAN("/b"));
	CHECK_SPAN(buf_span(&out), "GET, HEAD, OPTIONS, PUT");
	out.len = 0;
	serve_route_put_allow(&out, &app, SPAN("/a/b"));
	CHECK_SPAN(buf_span(&out), "");
}

/* As much as the row that needs most, and nothing where there are none. */
static void test_memory(void)
{
	struct serve_route routes[] = {
		make_route("GET", "/a"),
		make_route("GET", "/b"),
	};
	struct serve_app app = { routes, 0, 0 };

	CHECK_EQ(serve_route_memory(&app), 0);
	app.count = 2;
	CHECK_EQ(serve_route_memory(&app), SERVE_CALL_PATH_MAX);
	routes[0].gather = 100;
	routes[1].scratch = 1;
	CHECK_EQ(serve_route_memory(&app), SERVE_CALL_PATH_MAX + 100);
	routes[1].gather = 90;
	CHECK_EQ(serve_route_memory(&app), SERVE_CALL_PATH_MAX + 16 + 90);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_patterns);
	RUN(test_find);
	RUN(test_allow);
	RUN(test_memory);
	return tap_end();
}
