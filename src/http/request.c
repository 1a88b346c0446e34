/* SPDX-License-Identifier: MIT */
/*
 * The request parser: see http/request.h.
 *
 * A head is a sequence of lines. The parser looks for the next LF from where
 * it stopped looking (`scanned`), then parses that line (from `line_start`)
 * once. After the empty line http_request_judge() looks at the whole.
 */
#include "http/request.h"
#include "base/mem.h"

/* A name with its length, so that most comparisons are of that alone. */
struct name {
	u8 length;
	char text[19];
};

#define NAME(text)                                                             \
	{                                                                      \
		sizeof(text) - 1, text                                         \
	}

/* In the order of enum http_field: none is shorter than one before it. */
static const struct name field_names[HTTP_FIELDS] = {
	NAME("host"),
	NAME("range"),
	NAME("expect"),
	NAME("referer"),
	NAME("if-match"),
	NAME("if-range"),
	NAME("connection"),
	NAME("user-agent"),
	NAME("if-none-match"),
	NAME("content-length"),
	NAME("accept-encoding"),
	NAME("x-forwarded-for"),
	NAME("if-modified-since"),
	NAME("transfer-encoding"),
	NAME("if-unmodified-since"),
};

/* By the length of a name: the first of those that are not shorter. */
static const u8 first_of_length[sizeof(((struct name *)0)->text) + 1] = {
	0, 0, 0, 0, 0, 1, 2, 3, 4, 6, 6, 8, 8, 8, 9, 10, 12, 12, 14, 14
};

/* In the order of enum http_method. */
static const struct name method_names[HTTP_METHODS] = {
	NAME("other"), NAME("CONNECT"), NAME("DELETE"), NAME("GET"),
	NAME("HEAD"),  NAME("OPTIONS"), NAME("PATCH"),	NAME("POST"),
	NAME("PUT"),   NAME("TRACE"),
};

static struct span name_span(const struct name *name)
{
	return (struct span){ name->text, name->length };
}

struct span http_method_name(enum http_method method)
{
	BUG_ON(method >= HTTP_METHODS);
	return name_span(&method_names[method]);
}

/* tchar: RFC 9110 section 5.6.2. */
static const bool token_bytes[256] = {
	['!'] = true,	      ['#' ... '\''] = true, ['*'] = true,
	['+'] = true,	      ['-'] = true,	     ['.'] = true,
	['0' ... '9'] = true, ['A' ... 'Z'] = true,  ['^' ... '`'] = true,
	['a' ... 'z'] = true, ['|'] = true,	     ['~'] = true,
};

/* How many bytes of @s are a token's. */
static size_t measure_token(struct span s)
{
	size_t n = 0;

	while (n < s.len && token_bytes[(u8)s.ptr[n]])
		n++;
	return n;
}

bool http_request_is_token(struct span s)
{
	return s.len && measure_token(s) == s.len;
}

/*
 * Whether none of eight bytes is a control byte or DEL: one is below 0x20 where
 * subtracting that borrows, and DEL where its difference from DEL is zero
 * (Hacker's Delight, section 6-1).
 */
static bool is_text(const char *bytes)
{
	const u64 ones = 0x0101010101010101;
	u64 word;

	memcpy(&word, bytes, sizeof(word));
	u64 del = word ^ ones * 0x7f;

	return !(((word - ones * 0x20) & ~word & ones << 7) |
		 ((del - ones) & ~del & ones << 7));
}

/* How many bytes of @s are neither control bytes nor DEL, or some fewer. */
static size_t skip_text(struct span s)
{
	size_t i = 0;

	for (; s.len - i >= sizeof(u64); i += sizeof(u64))
		if (!is_text(s.ptr + i))
			return i;
	/* Eight that overlap those before, instead of a loop over a few. */
	if (s.len < sizeof(u64) || !is_text(s.ptr + (s.len - sizeof(u64))))
		return i;
	return s.len;
}

/* VCHAR, obs-text, space and tab: RFC 9110 section 5.5. */
static bool is_field_value(struct span s)
{
	for (size_t i = skip_text(s); i < s.len; i++) {
		u8 c = (u8)s.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

bool http_request_is_field(struct span name, struct span value)
{
	return http_request_is_token(name) && is_field_value(value);
}

/*
 * How many bytes of @s may be a target's: visible ASCII (browsers send some
 * characters that RFC 3986 wants encoded), but no fragment, which is the
 * client's own.
 */
static size_t measure_target(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] > 0x20 && s.ptr[n] < 0x7f &&
	       s.ptr[n] != '#')
		n++;
	return n;
}

/* Whether @s has a part of @n bytes, and @c behind it. */
static bool ends_in(struct span s, size_t n, char c)
{
	return n && n < s.len && s.ptr[n] == c;
}

static enum http_method find_method(struct span name)
{
	for (unsigned i = HTTP_CONNECT; i < HTTP_METHODS; i++)
		if (name.len == method_names[i].length &&
		    span_equal(name, name_span(&method_names[i])))
			return i;
	return HTTP_UNKNOWN;
}

/* HTTP_FIELDS for a field that nobody looks at. */
static enum http_field find_field(struct span name)
{
	if (name.len >= ARRAY_SIZE(first_of_length))
		return HTTP_FIELDS;
	for (unsigned i = first_of_length[name.len];
	     i < HTTP_FIELDS && field_names[i].length == name.len; i++)
		if (span_equal_nocase(name, name_span(&field_names[i])))
			return i;
	return HTTP_FIELDS;
}

/* "HTTP/" DIGIT "." DIGIT: RFC 9112 section 2.3. */
static long parse_version(struct http_request *r, struct span s)
{
	if (s.len != 8 || !span_starts(s, SPAN("HTTP/")) || s.ptr[6] != '.' ||
	    s.ptr[5] < '0' || s.ptr[5] > '9' || s.ptr[7] < '0' ||
	    s.ptr[7] > '9')
		return -400;
	if (s.ptr[5] != '1')
		return -505;
	r->minor = s.ptr[7] == '0' ? 0 : 1;
	return 0;
}

/* A part of the request line that is none: up to the next space, for the log.
 */
static long refuse_part(struct span *part, struct span line)
{
	part->len = span_find(line, ' ');
	return -400;
}

/* method SP request-target SP HTTP-version: RFC 9112 section 3. */
static long parse_request_line(struct http_request *r, struct span line)
{
	size_t n = measure_token(line);

	r->line = line;
	r->method_name = (struct span){ line.ptr, n };
	if (!ends_in(line, n, ' '))
		return refuse_part(&r->method_name, line);
	/* Whatever else is wrong, what answers HEAD has no content. */
	r->method = find_method(r->method_name);
	line = span_skip(line, n + 1);
	n = measure_target(line);
	r->target = (struct span){ line.ptr, n };
	if (!ends_in(line, n, ' '))
		return refuse_part(&r->target, line);
	return parse_version(r, span_skip(line, n + 1));
}

static long parse_field_line(struct http_request *r, struct span line)
{
	size_t colon = measure_token(line);
	struct span name = { line.ptr, colon };

	/* A folded line begins with white space: not a token either. */
	if (!ends_in(line, colon, ':'))
		return -400;
	struct span value = span_trim(span_skip(line, colon + 1));

	if (!is_field_value(value))
		return -400;
	enum http_field field = find_field(name);
	if (field == HTTP_FIELDS)
		return 0;
	if (r->value[field].ptr)
		r->repeated |= 1U << field;
	else
		r->value[field] = value;
	r->present |= 1U << field;
	return 0;
}

static void move_span(struct span *s, size_t distance)
{
	if (s->ptr)
		s->ptr -= distance;
}

void http_request_move(struct http_request *r, size_t distance)
{
	move_span(&r->line, distance);
	move_span(&r->method_name, distance);
	move_span(&r->target, distance);
	move_span(&r->fields, distance);
	for (unsigned i = 0; i < HTTP_FIELDS; i++)
		move_span(&r->value[i], distance);
}

/* Take the next field line off @rest. Return: false at the end. */
static bool next_field(struct span *rest, struct span *name, struct span *value)
{
	size_t n = span_find(*rest, '\n');
	struct span line = { rest->ptr, n ? n - 1 : 0 };
	size_t colon = span_find(line, ':');

	if (!rest->len)
		return false;
	*rest = span_skip(*rest, n < rest->len ? n + 1 : n);
	*name = (struct span){ line.ptr, colon };
	*value = span_trim(
		span_skip(line, colon < line.len ? colon + 1 : colon));
	return true;
}

bool http_request_next_value(const struct http_request *r,
			     enum http_field field, struct span *rest,
			     struct span *value)
{
	struct span name;

	if (!(r->repeated & 1U << field)) {
		*value = r->value[field];
		bool found = rest->len && value->ptr;

		*rest = span_skip(*rest, rest->len);
		return found;
	}
	while (next_field(rest, &name, value))
		if (find_field(name) == field)
			return true;
	return false;
}

struct span http_request_find(const struct http_request *r, struct span name)
{
	struct span rest = r->fields;
	struct span found;
	struct span value;

	while (next_field(&rest, &found, &value))
		if (span_equal_nocase(found, name))
			return value;
	return (struct span){ NULL, 0 };
}

struct span http_request_single(const struct http_request *r,
				enum http_field field)
{
	if (r->repeated & 1U << field)
		return (struct span){ NULL, 0 };
	return r->value[field];
}

void http_request_start(struct http_request *r)
{
	memset(r, 0, sizeof(*r));
}

/*
 * One complete line, without its CRLF. Return: 0 to go on, 1 after the empty
 * line that ends the head, or a negative status.
 */
static long parse_line(struct http_request *r, struct span line)
{
	if (!r->line.ptr)
		return line.len ? parse_request_line(r, line) : 0;
	if (!line.len)
		return 1;
	if (!r->fields.ptr)
		r->fields.ptr = line.ptr;
	r->fields.len = (size_t)(line.ptr - r->fields.ptr) + line.len + 2;
	return parse_field_line(r, line);
}

/*
 * What to say to a client whose head does not fit. A method without an end is
 * longer than any that there is: RFC 9112 section 3.
 */
static long refuse_length(const struct http_request *r, struct span in)
{
	if (r->line.ptr)
		return -431;
	return span_find(in, ' ') < in.len ? -414 : -501;
}

long http_request_parse(struct http_request *r, struct span in, size_t max)
{
	size_t end = in.len < max ? in.len : max;

	while (r->scanned < end) {
		struct span rest = { in.ptr + r->scanned, end - r->scanned };

		r->scanned += span_find(rest, '\n');
		if (r->scanned == end)
			break;
		size_t start = r->line_start;
		size_t length = r->scanned - start;

		if (!length || in.ptr[r->scanned - 1] != '\r')
			return -400;
		r->line_start = ++r->scanned;
		long done = parse_line(
			r, (struct span){ in.ptr + start, length - 1 });
		if (done < 0)
			return done;
		if (done) {
			done = http_request_judge(r);
			return done ? done : (long)r->scanned;
		}
	}
	/* Not HTTP at all (TLS, for one): no need to wait for a line's end. */
	if (!r->line.ptr && r->line_start < end &&
	    in.ptr[r->line_start] != '\r' &&
	    !measure_token((struct span){ in.ptr + r->line_start, 1 }))
		return -400;
	return in.len >= max ? refuse_length(r, (struct span){ in.ptr, end })
			     : 0;
}
