/* SPDX-License-Identifier: MIT */
/* Lines of _headers, and the fields that they make: see site/rules.h. */
#include "site/rules.h"
#include "base/mem.h"
#include "http/request.h"

/*
 * The names that are not like any other. Up to Upgrade they are the server's:
 * length, framing and connection are not for a rule, validators and codings
 * come from the file; Basic-Auth is Netlify's way to ask for a password, which
 * would be sent to everybody. On a 304 those about content are left out.
 */
static const char names[] =
	"Accept-Ranges,Age,Allow,Basic-Auth,Connection,Content-Encoding,"
	"Content-Length,Content-Range,Date,ETag,Keep-Alive,Last-Modified,"
	"Location,Trailer,Transfer-Encoding,Upgrade,"
	"Content-Disposition,Content-Language,Content-Type,"
	"Set-Cookie,Vary,X-Content-Type-Options";

enum {
	UPGRADE = 15,
	CONTENT_TYPE = 18,
	SET_COOKIE,
	VARY,
	X_CONTENT_TYPE_OPTIONS,
};

static u8 find_kind(struct span name)
{
	struct span list = SPAN(names);
	u8 kind = 0;

	while (list.len && !span_equal_nocase(span_take(&list, ','), name))
		kind++;
	return kind;
}

/* Whether a second line would be something else than a longer list. */
static bool is_list(const struct site_field *f)
{
	return f->kind != SET_COOKIE && f->kind != CONTENT_TYPE;
}

/* Lines of one list follow each other: it is copied once, then it grows. */
static void extend(struct buf *strings, struct span *list, struct span value)
{
	if (list->ptr + list->len != strings->ptr + strings->len) {
		const char *start = strings->ptr + strings->len;

		buf_put(strings, *list);
		list->ptr = start;
	}
	buf_puts(strings, ", ");
	buf_put(strings, value);
	BUG_ON(strings->full);
	list->len += 2 + value.len;
}

const char *site_rules_add_header(struct site_rules *rules, struct span line)
{
	struct site_field *field = &rules->field[rules->fields];
	struct site_rule rule = { .from = line, .fields = field };
	struct span value = line;
	struct span name = span_take(&value, ':');
	const char *reason = "too long";

	value = span_trim(value);
	if (line.ptr[0] == '/') {
		if (line.len <= SITE_RULES_LINE_MAX)
			reason = site_rules_add(rules, &rule);
		if (!reason)
			rules->block = &rules->rule[rules->count - 1];
		rules->block_size = 0;
		return reason;
	}
	/* With a host, as other services take it, it is a path as well. */
	if (span_starts(value, SPAN("//")) &&
	    (span_equal(name, SPAN("http")) || span_equal(name, SPAN("https"))))
		rules->block = NULL;
	if (!rules->block)
		return "no path above it";
	if (!http_request_is_field(name, value) || !value.len)
		return "neither a path nor 'Name: value'";
	const struct site_field f = { name, value, find_kind(name) };

	if (f.kind <= UPGRADE)
		return "not for a rule to set";
	rules->block_size += (u32)line.len + 32;
	if (rules->block_size > SITE_RULES_BLOCK_MAX ||
	    (f.kind == CONTENT_TYPE && value.len > SITE_RULES_TYPE_MAX))
		return reason;
	/* Several lines of one name are one list (RFC 9110 section 5.3). */
	if (rules->block->field_count &&
	    span_equal_nocase(field[-1].name, name) && is_list(&f)) {
		extend(&rules->strings, &field[-1].value, value);
		return NULL;
	}
	if (rules->fields == SITE_RULES_FIELDS_MAX)
		return "more than 8192 fields";
	*field = f;
	rules->fields++;
	rules->block->field_count++;
	return NULL;
}

/* The fields of one response. */
struct choice {
	u32 count;
	const struct site_field *at[64];
};

/*
 * @f in the place of the one with its name, or behind the last. Return: false
 * if there are too many.
 */
static bool choose(struct choice *chosen, const struct site_field *f)
{
	u32 i = 0;

	while (i < chosen->count &&
	       (f->kind == SET_COOKIE ||
		!span_equal_nocase(chosen->at[i]->name, f->name)))
		i++;
	if (i == ARRAY_SIZE(chosen->at))
		return false;
	chosen->count += i == chosen->count;
	chosen->at[i] = f;
	return true;
}

void site_rules_put_fields(const struct site_rules *rules,
			   const struct http_target *target,
			   struct site_fields *fields)
{
	const struct site_rule *block = NULL;
	struct buf *out = &fields->lines;
	struct choice chosen;

	chosen.count = 0;
	while ((block = site_rules_find(rules, target, block)))
		for (u32 i = 0; i < block->field_count; i++)
			if (!choose(&chosen, &block->fields[i]))
				out->full = true;
	for (u32 i = 0; i < chosen.count; i++) {
		const struct site_field *f = chosen.at[i];

		if (f->kind == CONTENT_TYPE) {
			fields->type = f->value;
			continue;
		}
		if (fields->not_modified && f->kind < CONTENT_TYPE)
			continue;
		buf_put(out, f->name);
		buf_puts(out, ": ");
		if (f->kind == VARY && fields->varies) {
			buf_puts(out, "Accept-Encoding, ");
			fields->varies = false;
		}
		fields->has_type_options |= f->kind == X_CONTENT_TYPE_OPTIONS;
		buf_put(out, f->value);
		buf_puts(out, "\r\n");
	}
}
