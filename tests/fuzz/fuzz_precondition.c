/* SPDX-License-Identifier: MIT */
/*
 * http/precondition.h: field lines. Each is judged against several files, and
 * the answers have to go together.
 */
#include "fuzz.h"
#include "http/precondition.h"

#define NOW 1700000000
#define MODIFIED 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static const struct http_validators files[] = {
	{ { "", 0 }, 0 },
	{ { "\"a\"", 3 }, 0 },
	{ { "", 0 }, MODIFIED },
	{ { "\"a,b\"", 5 }, MODIFIED },
	{ { "\"\"", 2 }, NOW },
	{ { "", 0 }, ~0ULL >> 1 }, /* as late as tmpfs can have it */
};

static int check(const char *start, struct span fields,
		 const struct http_validators *v)
{
	struct http_request r;

	if (!fuzz_request(&r, span_from_string(start), fields))
		return -1;
	int status = http_precondition_check(&r, v, NOW);

	MUST(status == 0 || status == 304 || status == 412);
	return status;
}

/* The one field "@name: @value". */
static int check_value(const char *name, struct span value,
		       const struct http_validators *v)
{
	static char text[4096];
	struct buf line = BUF(text);

	buf_put(&line, span_from_string(name));
	buf_puts(&line, ": ");
	buf_put(&line, value);
	return check("GET / HTTP/1.1", buf_span(&line), v);
}

/* What is strongly equal is weakly equal; "*" is anything. */
static void check_tags(struct span value, const struct http_validators *v)
{
	int match = check_value("If-Match", value, v);
	int none_match = check_value("If-None-Match", value, v);

	if (match < 0)
		return;
	MUST(match == 0 || match == 412);
	MUST(none_match == 0 || none_match == 304);
	MUST(match == 412 || none_match == 304);
	if (span_equal(span_trim(value), SPAN("*")))
		MUST(match == 0);
	else if (!v->etag.len)
		MUST(match == 412 && none_match == 0);
	if (v->etag.len && span_equal(value, v->etag))
		MUST(match == 0);
}

/* Unmodified since then, or modified since then: never both, never neither. */
static void check_date(struct span value, const struct http_validators *v)
{
	int since = check_value("If-Modified-Since", value, v);
	int unmodified = check_value("If-Unmodified-Since", value, v);

	if (since < 0)
		return;
	MUST(since == 0 || since == 304);
	MUST(unmodified == 0 || unmodified == 412);
	MUST(since != 304 || unmodified == 0);
	MUST(unmodified != 412 || since == 0);
	MUST(v->last_modified || (!since && !unmodified));
}

static void check_range(const struct http_request *r,
			const struct http_validators *v)
{
	struct span value = r->value[HTTP_IF_RANGE];
	bool holds = http_precondition_range(r, v, NOW);

	if (!value.ptr)
		MUST(holds);
	else if (r->repeated >> HTTP_IF_RANGE & 1)
		MUST(!holds);
	else if (span_find(value, '"') < value.len)
		MUST(holds == (v->etag.len && span_equal(value, v->etag)));
	else
		MUST(!holds || v->last_modified);
	/* Changed within this second: its date says nothing. */
	if (value.ptr && holds && v->last_modified == NOW)
		MUST(value.ptr[0] == '"');
}

static void check_file(struct span in, const struct http_validators *v)
{
	static const char *const other[] = { "HEAD / HTTP/1.1",
					     "PUT / HTTP/1.1" };
	struct http_request r;
	int get = check("GET / HTTP/1.1", in, v);

	if (get < 0)
		return;
	MUST(check(other[0], in, v) == get);
	int put = check(other[1], in, v);

	MUST(put != 304);
	MUST(get != 412 || put == 412);
	if (!fuzz_request(&r, SPAN("GET / HTTP/1.1"), in))
		return;
	check_range(&r, v);
	/* A tag is better than a date, which then is not looked at. */
	if (r.value[HTTP_IF_NONE_MATCH].ptr) {
		MUST(get != 304 || put == 412);
		r.value[HTTP_IF_MODIFIED_SINCE].ptr = NULL;
	}
	if (r.value[HTTP_IF_MATCH].ptr)
		r.value[HTTP_IF_UNMODIFIED_SINCE].ptr = NULL;
	MUST(http_precondition_check(&r, v, NOW) == get);
}

void fuzz_one(struct span in)
{
	for (unsigned i = 0; i < ARRAY_SIZE(files); i++) {
		struct span rest = in;

		check_file(in, &files[i]);
		while (rest.len) {
			struct span line = fuzz_line(&rest);
			size_t colon = span_find(line, ':');

			/* A CR would be taken for the line's own. */
			if (colon == line.len ||
			    span_find(line, '\r') < line.len - 1)
				continue;
			if (line.ptr[line.len - 1] == '\r')
				line.len--;
			if (colon == line.len)
				continue;
			line = span_trim(span_skip(line, colon + 1));
			check_tags(line, &files[i]);
			check_date(line, &files[i]);
		}
	}
}
