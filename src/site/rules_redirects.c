/* SPDX-License-Identifier: MIT */
/* Lines of _redirects, and where they lead: see site/rules.h. */
#include "site/rules.h"
#include "http/request.h"

/* The next word of @line; one that begins with "#" is the end. */
static struct span take_word(struct span *line)
{
	struct span s = span_trim(*line);
	size_t n = 0;

	while (n < s.len && s.ptr[n] != ' ' && s.ptr[n] != '\t')
		n++;
	*line = span_skip(s, n);
	s.len = n && s.ptr[0] == '#' ? 0 : n;
	return s;
}

static bool read_status(struct site_rule *rule, struct span word)
{
	/* What a rule may be answered with. */
	static const u16 statuses[] = { 200, 301, 302, 303, 307, 308,
					403, 404, 410, 451, 500, 503 };
	u64 status;

	rule->forced = word.ptr[word.len - 1] == '!';
	word.len -= rule->forced;
	if (!span_parse_u64(word, &status))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i] == status)
			rule->status = statuses[i];
	return rule->status;
}

/* No "//": that would be another host, with the scheme of this one. */
static bool is_target(struct span word)
{
	return (word.ptr[0] == '/' && !span_starts(word, SPAN("//"))) ||
	       span_starts(word, SPAN("http://")) ||
	       span_starts(word, SPAN("https://"));
}

/* Take the scheme and the host of another place off @to. Return: the host. */
static struct span take_host(struct span *to)
{
	struct span behind = span_skip(*to, span_find(*to, '/') + 2);
	struct span host = { behind.ptr, span_find(behind, '/') };

	*to = span_skip(behind, host.len);
	return host;
}

/* What is written in front of the path is a host as it is. */
static bool has_host(struct span to)
{
	struct span host = take_host(&to);

	return host.len && http_request_is_host(host);
}

static bool is_name(char c)
{
	return (u8)((c | 0x20) - 'a') < 26 || (u8)(c - '0') < 10 || c == '_' ||
	       c == '-';
}

/* How long the name at the front of @to may be, without its ":". */
static size_t name_length(struct span to)
{
	size_t n = 0;

	while (to.len && to.ptr[0] == ':' && n + 1 < to.len &&
	       is_name(to.ptr[n + 1]))
		n++;
	return n;
}

static bool has_name(const struct site_rule *rule, struct span name)
{
	struct span words = rule->query;
	struct span value = { 0 };
	struct span word;

	/* A pattern stands for itself, and so does each of its names. */
	site_rules_match(rule->from, rule->from, name, &value);
	while (!value.ptr && (word = take_word(&words)).len) {
		span_take(&word, '=');
		if (word.len && word.ptr[0] == ':' &&
		    span_equal(span_skip(word, 1), name))
			return true;
	}
	return value.ptr;
}

/*
 * Whether a segment of the target, or a value in its query, begins with a name
 * that stands for nothing. Elsewhere a ":" may be meant as it is.
 */
static bool has_unknown_name(const struct site_rule *rule)
{
	struct span to = rule->to;

	while (to.len) {
		bool begins = to.ptr[0] == '/' || to.ptr[0] == '=';
		size_t n = name_length(to = span_skip(to, 1));
		bool unknown = begins && n;

		while (n && unknown)
			unknown = !has_name(rule,
					    (struct span){ to.ptr + 1, n-- });
		if (unknown)
			return true;
	}
	return false;
}

const char *site_rules_add_redirect(struct site_rules *rules, struct span line)
{
	struct site_rule rule = { 0 };
	struct span word;

	if (line.len > SITE_RULES_LINE_MAX)
		return "longer than 1000 bytes";
	rule.from = take_word(&line);
	while ((word = take_word(&line)).len) {
		if (rule.to.len) {
			if (rule.status || !read_status(&rule, word))
				return "status or condition is not supported";
		} else if (is_target(word)) {
			rule.to = word;
		} else {
			if (span_find(word, '=') == word.len)
				return "neither a target nor NAME=VALUE";
			if (!rule.query.len)
				rule.query.ptr = word.ptr;
			rule.query.len =
				(size_t)(word.ptr - rule.query.ptr) + word.len;
		}
	}
	if (!rule.status)
		rule.status = 301;
	if (!rule.to.len)
		return "no target";
	if (rule.to.ptr[0] != '/' && rule.status / 100 != 3)
		return "proxying is not supported";
	if (rule.to.ptr[0] != '/' && !has_host(rule.to))
		return "malformed host";
	if (span_find(rule.from, '*') < rule.from.len - 1)
		return "'*' is not at the end";
	if (rule.from.ptr[0] == '/' && has_unknown_name(&rule))
		return "the target has a name that the path has not";
	return site_rules_add(rules, &rule);
}

/* The value of @name in @query. Return: whether it is there. */
static bool find_parameter(struct span query, struct span name,
			   struct span *value)
{
	while (query.len) {
		*value = span_take(&query, '&');
		if (span_equal(span_take(value, '='), name))
			return true;
	}
	return false;
}

bool site_rules_has_query(const struct site_rule *rule, struct span query,
			  struct span name, struct span *value)
{
	struct span words = rule->query;
	struct span word;
	size_t more = 0;

	if (!words.len)
		return true;
	span_take(&query, '?');
	while ((word = take_word(&words)).len) {
		struct span key = span_take(&word, '=');
		struct span found;

		if (!find_parameter(query, key, &found) || !found.len)
			return false;
		if (word.len && word.ptr[0] == ':') {
			if (span_equal(span_skip(word, 1), name))
				*value = found;
		} else if (!span_equal(found, word)) {
			return false;
		}
		more--;
	}
	while (query.len) {
		span_take(&query, '&');
		more++;
	}
	return !more;
}

/*
 * What has to be encoded: in what the site or the client wrote as a URL, in a
 * part of the client's query, and in a part of a path that was decoded.
 */
static const char unsafe[] = "\"<>\\^`{|}"
			     "#?[]"
			     "%&+";

enum source {
	FROM_URL = 9,
	FROM_QUERY = 13,
	FROM_PATH = 16,
};

/* The first byte of @s. */
static void put_byte(struct buf *out, struct span s, enum source source)
{
	char c = s.ptr[0];

	/* "//" would begin a host. */
	if (c == '/' && out->len == 1 && out->ptr[0] == '/')
		return;
	if (c <= 0x20 || c >= 0x7f ||
	    span_find((struct span){ unsafe, source }, c) < source ||
	    (c == '%' && (s.len < 3 || span_hex_digit(s.ptr[1]) > 15 ||
			  span_hex_digit(s.ptr[2]) > 15)))
		buf_put_percent(out, c);
	else
		buf_put_char(out, c);
}

static void put_encoded(struct buf *out, struct span s, enum source source)
{
	for (; s.len; s = span_skip(s, 1))
		put_byte(out, s, source);
}

/* Put what ":name" stands for. Return: whether there is such a name. */
static bool put_value(struct buf *out, const struct site_rule *rule,
		      const struct http_target *target, struct span name)
{
	struct span value = { 0 };
	enum source source = FROM_PATH;

	site_rules_match(rule->from, target->path, name, &value);
	if (!value.ptr) {
		site_rules_has_query(rule, target->query, name, &value);
		source = FROM_QUERY;
	}
	if (!value.ptr)
		return false;
	put_encoded(out, value, source);
	return true;
}

void site_rules_put_target(const struct site_rule *rule,
			   const struct http_target *target, struct buf *out)
{
	struct span to = rule->to;
	bool pass = !rule->query.len && span_find(to, '?') == to.len;

	/* No placeholder is in a host: ":80" is a port there. */
	if (to.ptr[0] != '/') {
		take_host(&to);
		put_encoded(out,
			    (struct span){ rule->to.ptr,
					   (size_t)(to.ptr - rule->to.ptr) },
			    FROM_URL);
	}
	while (to.len) {
		size_t n = name_length(to);

		/* The query goes before a fragment. */
		if (to.ptr[0] == '#' && pass) {
			put_encoded(out, target->query, FROM_URL);
			pass = false;
		}
		/* The longest name that there is. */
		while (n && !put_value(out, rule, target,
				       (struct span){ to.ptr + 1, n }))
			n--;
		if (!n)
			put_byte(out, to, FROM_URL);
		to = span_skip(to, n + 1);
	}
	if (pass)
		put_encoded(out, target->query, FROM_URL);
}
