/* SPDX-License-Identifier: MIT */
/*
 * http/precondition.h: RFC 9110 sections 13.1 and 13.2.2, and what each field
 * says alone and beside the others.
 */
#include "tap.h"
#include "base/buf.h"
#include "http/precondition.h"

/* The file was modified at MODIFIED; it is a day later. */
#define MODIFIED 784111777LL
#define NOW (MODIFIED + 86400)
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define EXACT "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

#define MATCH "If-Match: "
#define NONE_MATCH "\r\nIf-None-Match: "
#define SINCE "\r\nIf-Modified-Since: "
#define UNMODIFIED "\r\nIf-Unmodified-Since: "
#define X "X: x"

/* A request with @fields, parsed; its bytes end where memory ends. */
static struct span parse(struct http_request *r, const char *method,
			 const char *fields)
{
	char text[512];
	struct buf b = BUF(text);

	buf_put(&b, span_from_string(method));
	buf_puts(&b, " / HTTP/1.1\r\nHost: a\r\n");
	buf_put(&b, span_from_string(fields));
	buf_puts(&b, "\r\n\r\n");
	struct span in = tap_guarded(buf_span(&b));

	http_request_start(r);
	CHECK_EQ(http_request_parse(r, in, 16384), in.len);
	return in;
}

static const struct http_validators both = { { "\"a,b\"", 5 }, MODIFIED };
static const struct http_validators tag_only = { { "\"a,b\"", 5 }, 0 };
static const struct http_validators date_only = { { NULL, 0 }, MODIFIED };
/* As late as a file system can have it (tmpfs). */
static const struct http_validators far = { .last_modified = ~0ULL >> 1 };
static const struct http_validators neither = { { NULL, 0 }, 0 };

static const struct {
	const char *fields;
	int get;  /* what GET and HEAD get */
	int post; /* what any other method gets */
} rows[] = {
	{ X, 0, 0 },
	/* 13.1.1: strong comparison. */
	{ MATCH "\"a,b\"", 0, 0 },
	{ MATCH "*", 0, 0 },
	{ MATCH "\"x\"", 412, 412 },
	{ MATCH "W/\"a,b\"", 412, 412 },
	{ MATCH "\"a\", \"b\"", 412, 412 },
	{ MATCH "\"x\" ,\t\"a,b\"", 0, 0 },
	{ MATCH "\"x\",\"a,b\"", 0, 0 },
	{ MATCH ", ,\"a,b\",", 0, 0 },
	{ MATCH "W/\"a,b\", \"a,b\"", 0, 0 },
	{ MATCH "\"x\"\r\nif-match: \"a,b\"", 0, 0 },
	{ MATCH "\"x\"\r\nIf-Match: \"y\"", 412, 412 },
	{ MATCH, 412, 412 },
	{ MATCH "a,b", 412, 412 },
	{ MATCH "\"a,b", 412, 412 },
	{ MATCH "\"A,b\"", 412, 412 },
	{ MATCH "\"\"", 412, 412 },
	{ MATCH "w/\"a,b\"", 412, 412 },
	/* 13.1.2: weak comparison. */
	{ X NONE_MATCH "\"a,b\"", 304, 412 },
	{ X NONE_MATCH "W/\"a,b\"", 304, 412 },
	{ X NONE_MATCH "*", 304, 412 },
	{ X NONE_MATCH "\"x\", W/\"y\",\"a,b\"", 304, 412 },
	{ X NONE_MATCH "\"x\"" NONE_MATCH "\"a,b\"", 304, 412 },
	{ X NONE_MATCH "\"x\"", 0, 0 },
	{ X NONE_MATCH "\"a\", \"b\"", 0, 0 },
	{ X NONE_MATCH "\"a,b", 0, 0 },
	{ X NONE_MATCH "a,b", 0, 0 },
	{ X NONE_MATCH "W/", 0, 0 },
	{ X NONE_MATCH "W", 0, 0 },
	{ X NONE_MATCH "\"", 0, 0 },
	{ X NONE_MATCH "", 0, 0 },
	/* 13.1.3: for GET and HEAD alone. */
	{ X SINCE EXACT, 304, 0 },
	{ X SINCE AFTER, 304, 0 },
	{ X SINCE BEFORE, 0, 0 },
	{ X SINCE "Sunday, 06-Nov-94 08:49:37 GMT", 304, 0 },
	{ X SINCE "Sun Nov  6 08:49:37 1994", 304, 0 },
	{ X SINCE "yesterday", 0, 0 },
	{ X SINCE "", 0, 0 },
	{ X SINCE EXACT SINCE EXACT, 0, 0 },
	/* 13.1.4. */
	{ X UNMODIFIED EXACT, 0, 0 },
	{ X UNMODIFIED AFTER, 0, 0 },
	{ X UNMODIFIED BEFORE, 412, 412 },
	{ X UNMODIFIED "yesterday", 0, 0 },
	{ X UNMODIFIED BEFORE UNMODIFIED BEFORE, 0, 0 },
	/* 13.2.2: the order, and who silences whom. */
	{ MATCH "\"a,b\"" UNMODIFIED BEFORE, 0, 0 },
	{ MATCH "\"x\"" UNMODIFIED AFTER, 412, 412 },
	{ MATCH "\"a,b\"" NONE_MATCH "\"a,b\"", 304, 412 },
	{ MATCH "\"x\"" NONE_MATCH "\"a,b\"", 412, 412 },
	{ MATCH "\"a,b\"" SINCE AFTER, 304, 0 },
	{ X NONE_MATCH "\"x\"" SINCE AFTER, 0, 0 },
	{ X NONE_MATCH "\"a,b\"" SINCE BEFORE, 304, 412 },
	{ X UNMODIFIED AFTER SINCE AFTER, 304, 0 },
	{ X UNMODIFIED BEFORE SINCE AFTER, 412, 412 },
	{ X UNMODIFIED BEFORE NONE_MATCH "\"a,b\"", 412, 412 },
};

static void check_method(const char *method, const char *fields, int want)
{
	struct http_request r;
	struct span in = parse(&r, method, fields);

	CHECK_EQ(http_precondition_check(&r, &both, NOW), want);
	tap_unguard(in);
}

static void test_rows(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_note("rows", i);
		check_method("GET", rows[i].fields, rows[i].get);
		check_method("HEAD", rows[i].fields, rows[i].get);
		check_method("POST", rows[i].fields, rows[i].post);
		check_method("BREW", rows[i].fields, rows[i].post);
	}
}

/* A representation that lacks a validator. */
static const struct {
	const char *fields;
	const struct http_validators *v;
	int want;
} lacking[] = {
	{ MATCH "\"a,b\"", &date_only, 412 },
	{ MATCH "\"\"", &date_only, 412 },
	{ MATCH "*", &neither, 0 },
	{ X NONE_MATCH "\"a,b\"", &date_only, 0 },
	{ X NONE_MATCH "\"a,b\"" SINCE EXACT, &date_only, 0 },
	{ X NONE_MATCH "*", &neither, 304 },
	{ X NONE_MATCH "\"a,b\"", &tag_only, 304 },
	{ X SINCE AFTER, &tag_only, 0 },
	{ X SINCE AFTER, &neither, 0 },
	{ X SINCE AFTER, &date_only, 304 },
	{ X UNMODIFIED BEFORE, &tag_only, 0 },
	{ X UNMODIFIED BEFORE, &date_only, 412 },
};

static void test_lacking(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(lacking); i++) {
		struct http_request r;
		struct span in = parse(&r, "GET", lacking[i].fields);

		tap_note("lacking", i);
		CHECK_EQ(http_precondition_check(&r, lacking[i].v, NOW),
			 lacking[i].want);
		tap_unguard(in);
	}
}

/* 13.1.5. */
static const struct {
	const char *fields;
	const struct http_validators *v;
	s64 now;
	bool holds;
} if_ranges[] = {
	{ X, &both, NOW, true },
	{ X, &neither, NOW, true },
	{ "If-Range: \"a,b\"", &both, NOW, true },
	{ "If-Range: \"a,b\"", &tag_only, NOW, true },
	{ "If-Range: \"a,b\"", &date_only, NOW, false },
	{ "If-Range: \"\"", &date_only, NOW, false },
	{ "If-Range: \"a\"", &both, NOW, false },
	/* A weak tag never is a strong one. */
	{ "If-Range: W/\"a,b\"", &both, NOW, false },
	/* No list, no wildcard. */
	{ "If-Range: \"a,b\", \"c\"", &both, NOW, false },
	{ "If-Range: *", &both, NOW, false },
	{ "If-Range:", &both, NOW, false },
	{ "If-Range: \"a,b\"\r\nIf-Range: \"a,b\"", &both, NOW, false },
	/* The very date, not a later one. */
	{ "If-Range: " EXACT, &both, NOW, true },
	{ "If-Range: " EXACT, &date_only, NOW, true },
	{ "If-Range: Sun Nov  6 08:49:37 1994", &both, NOW, true },
	{ "If-Range: " BEFORE, &both, NOW, false },
	{ "If-Range: " AFTER, &both, NOW, false },
	{ "If-Range: " EXACT, &tag_only, NOW, false },
	{ "If-Range: " EXACT, &neither, NOW, false },
	{ "If-Range: Thu, 01 Jan 1970 00:00:00 GMT", &neither, NOW, false },
	{ "If-Range: yesterday", &both, NOW, false },
	/* 8.8.2.2: the file may have changed again within the second. */
	{ "If-Range: " EXACT, &both, MODIFIED, false },
	{ "If-Range: " EXACT, &both, MODIFIED + 2, true },
	{ "If-Range: " EXACT, &both, MODIFIED - 1, false },
	{ "If-Range: \"a,b\"", &both, MODIFIED, true },
	{ "If-Range: " EXACT, &far, NOW, false },
};

static void test_if_range(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(if_ranges); i++) {
		struct http_request r;
		struct span in = parse(&r, "GET", if_ranges[i].fields);

		tap_note("if_ranges", i);
		CHECK_EQ(http_precondition_range(&r, if_ranges[i].v,
						 if_ranges[i].now),
			 if_ranges[i].holds);
		tap_unguard(in);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_rows);
	RUN(test_lacking);
	RUN(test_if_range);
	return tap_end();
}
