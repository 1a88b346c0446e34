/* SPDX-License-Identifier: MIT */
/* Conditional requests: see http/precondition.h. */
#include "http/precondition.h"
#include "http/date.h"

/*
 * The next entity-tag of a list: [ "W/" ] DQUOTE *etagc DQUOTE, commas between
 * (a comma inside the quotes belongs to the tag). Return: false at the end or
 * where the list is malformed.
 */
static bool next_etag(struct span *list, struct span *opaque, bool *weak)
{
	while (list->len && (list->ptr[0] == ',' || list->ptr[0] == ' ' ||
			     list->ptr[0] == '\t'))
		*list = span_skip(*list, 1);
	*weak = span_starts(*list, SPAN("W/"));
	if (*weak)
		*list = span_skip(*list, 2);
	if (!list->len || list->ptr[0] != '"')
		return false;
	size_t n = span_find(span_skip(*list, 1), '"');

	if (n + 1 >= list->len)
		return false;
	*opaque = (struct span){ list->ptr, n + 2 };
	*list = span_skip(*list, n + 2);
	return true;
}

/* Whether one of the field's tags is @etag, which is strong. */
static bool matches(const struct http_request *r, enum http_field field,
		    struct span etag, bool strong)
{
	struct span rest = r->fields;
	struct span list;
	struct span tag;
	bool weak;

	while (http_request_next_value(r, field, &rest, &list)) {
		if (span_equal(list, SPAN("*")))
			return true;
		while (next_etag(&list, &tag, &weak))
			if (etag.len && span_equal(tag, etag) &&
			    !(strong && weak))
				return true;
	}
	return false;
}

/* Whether the field has a date, and it is at or after the modification. */
static bool is_since(const struct http_request *r, enum http_field field,
		     const struct http_validators *v, s64 now, bool *valid)
{
	struct span value = http_request_single(r, field);
	s64 date = 0;

	*valid = value.ptr && v->last_modified &&
		 http_date_parse(value, now, &date);
	return *valid && v->last_modified <= date;
}

int http_precondition_check(const struct http_request *r,
			    const struct http_validators *v, s64 now)
{
	const u32 fields = 1U << HTTP_IF_MATCH | 1U << HTTP_IF_NONE_MATCH |
			   1U << HTTP_IF_MODIFIED_SINCE |
			   1U << HTTP_IF_UNMODIFIED_SINCE;
	bool read = r->method == HTTP_GET || r->method == HTTP_HEAD;
	bool valid;

	if (!(r->present & fields))
		return 0;
	if (r->value[HTTP_IF_MATCH].ptr) {
		if (!matches(r, HTTP_IF_MATCH, v->etag, true))
			return 412;
	} else if (!is_since(r, HTTP_IF_UNMODIFIED_SINCE, v, now, &valid) &&
		   valid) {
		return 412;
	}
	if (r->value[HTTP_IF_NONE_MATCH].ptr) {
		if (matches(r, HTTP_IF_NONE_MATCH, v->etag, false))
			return read ? 304 : 412;
	} else if (read &&
		   is_since(r, HTTP_IF_MODIFIED_SINCE, v, now, &valid)) {
		return 304;
	}
	return 0;
}

bool http_precondition_range(const struct http_request *r,
			     const struct http_validators *v, s64 now)
{
	struct span value = http_request_single(r, HTTP_IF_RANGE);
	s64 date;

	if (!r->value[HTTP_IF_RANGE].ptr)
		return true;
	if (value.len && value.ptr[0] == '"')
		return v->etag.len && span_equal(value, v->etag);
	/*
	 * A date is a strong validator only if the file was not changed again
	 * within its second: at least one second ago (RFC 9110 8.8.2.2).
	 */
	return value.len && v->last_modified && v->last_modified < now - 1 &&
	       http_date_parse(value, now, &date) && date == v->last_modified;
}
