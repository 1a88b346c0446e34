/* SPDX-License-Identifier: MIT */
/* Content codings: see http/negotiate.h. */
#include "http/negotiate.h"

/* What a coding weighs that nobody spoke of. */
#define UNSAID 0xffff

/* Plain bytes, if they are not spoken of: after everything that is. */
#define LAST 1

struct span http_negotiate_name(enum http_coding coding)
{
	switch (coding) {
	case HTTP_BR:
		return SPAN("br");
	case HTTP_ZSTD:
		return SPAN("zstd");
	case HTTP_GZIP:
		return SPAN("gzip");
	default:
		return SPAN("");
	}
}

/* qvalue: section 12.4.2. Return: thousandths, or UNSAID if it is none. */
static u16 read_weight(struct span s)
{
	u64 value;
	u64 scale = 1000;

	if (s.len > 5 || !s.len || (s.len > 1 && s.ptr[1] != '.') ||
	    !span_parse_u64((struct span){ s.ptr, 1 }, &value))
		return UNSAID;
	value *= scale;
	for (size_t i = 2; i < s.len; i++) {
		unsigned digit = (u8)s.ptr[i] - (unsigned)'0';

		if (digit > 9)
			return UNSAID;
		scale /= 10;
		value += digit * scale;
	}
	return value <= 1000 ? (u16)value : UNSAID;
}

/* Cut ";q=0.5" off @element. Return: the weight, 1000 if there is none. */
static u16 take_weight(struct span *element)
{
	size_t n = span_find(*element, ';');
	struct span parameter = span_skip(*element, n);

	element->len = n;
	*element = span_trim(*element);
	if (!parameter.len)
		return 1000;
	parameter = span_trim(span_skip(parameter, 1));
	if (parameter.len < 2 || (parameter.ptr[0] | 0x20) != 'q' ||
	    parameter.ptr[1] != '=')
		return UNSAID;
	return read_weight(span_skip(parameter, 2));
}

static bool is_coding(struct span name, enum http_coding coding)
{
	if (coding == HTTP_IDENTITY)
		return span_equal_nocase(name, SPAN("identity"));
	/* Section 8.4.1.3: a recipient takes one for the other. */
	if (coding == HTTP_GZIP && span_equal_nocase(name, SPAN("x-gzip")))
		return true;
	return span_equal_nocase(name, http_negotiate_name(coding));
}

/* One element of the list; "*" is kept for the end, as *@others. */
static void read_element(struct http_codings *c, struct span element,
			 u16 *others)
{
	u16 weight = take_weight(&element);

	if (weight == UNSAID)
		return;
	if (span_equal(element, SPAN("*")))
		*others = weight;
	for (unsigned i = 0; i < HTTP_CODINGS; i++)
		if (is_coding(element, (enum http_coding)i))
			c->weight[i] = weight;
}

void http_negotiate_read(struct http_codings *c, const struct http_request *r)
{
	struct span rest = r->fields;
	struct span list;
	struct span element;
	u16 others = UNSAID;

	*c = (struct http_codings){ .weight[HTTP_IDENTITY] = LAST };
	if (!(r->present & 1U << HTTP_ACCEPT_ENCODING))
		return;
	for (unsigned i = 0; i < HTTP_CODINGS; i++)
		c->weight[i] = UNSAID;
	while (http_request_next_value(r, HTTP_ACCEPT_ENCODING, &rest, &list))
		while (span_next_token(&list, &element))
			read_element(c, element, &others);
	for (unsigned i = 0; i < HTTP_CODINGS; i++) {
		if (c->weight[i] != UNSAID)
			continue;
		c->weight[i] = others != UNSAID	    ? others
			       : i == HTTP_IDENTITY ? LAST
						    : 0;
	}
}
