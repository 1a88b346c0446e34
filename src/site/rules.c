/* SPDX-License-Identifier: MIT */
/* Sets of rules: see site/rules.h. */
#include "site/rules.h"
#include "base/hash.h"
#include "base/mem.h"
#include "http/request.h"

void site_rules_clear(struct site_rules *rules)
{
	/* What is behind the lists is not looked at. */
	memset(rules, 0, offsetof(struct site_rules, rule));
	rules->strings = BUF(rules->memory);
}

static struct span without_slash(struct span path)
{
	path.len -= path.len > 1 && path.ptr[path.len - 1] == '/';
	return path;
}

static u32 find_list(struct span path)
{
	return (u32)hash_xxh64(without_slash(path), 0) % SITE_RULES_PATTERNS;
}

static const char *add(struct site_rules *rules, struct site_rule *rule)
{
	struct buf *out = &rules->strings;
	struct span from = rule->from;
	size_t start = out->len;
	bool pattern = span_find(from, '*') < from.len ||
		       span_find(from, ':') < from.len;
	u32 list = SITE_RULES_PATTERNS;

	if (from.ptr[0] != '/' || span_find(from, '?') < from.len ||
	    http_path_normalize(from, out) < 0)
		return "malformed path";
	if (pattern ? rules->patterns == SITE_RULES_PATTERN_MAX
		    : rules->count - rules->patterns == SITE_RULES_PLAIN_MAX)
		return "more than 2000 rules, or 100 with ':' or '*'";
	rule->from = without_slash(span_skip(buf_span(out), start));
	if (!rule->query.len && span_equal(rule->from, without_slash(rule->to)))
		return "leads to itself";
	if (!pattern)
		list = find_list(rule->from);
	rules->patterns += pattern;
	rule->next = rules->list[list];
	rules->rule[rules->count++] = *rule;
	rules->list[list] = (u16)rules->count;
	return NULL;
}

const char *site_rules_add(struct site_rules *rules, struct site_rule *rule)
{
	size_t start = rules->strings.len;
	const char *reason = add(rules, rule);

	/* What is refused takes no room. */
	if (reason)
		rules->strings.len = start;
	return reason;
}

/*
 * "*" takes as little as it can and then more, byte by byte. Where there are
 * several, only the last has to be tried again: whatever one before it could
 * take more of, the last can take as well.
 */
bool site_rules_match(struct span pattern, struct span path, struct span name,
		      struct span *value)
{
	const char *p = pattern.ptr;
	const char *p_end = p + pattern.len;
	const char *s = path.ptr;
	const char *s_end = s + path.len;
	const char *again = NULL; /* behind the last "*" */
	const char *again_s = s_end;

	for (;;) {
		const char *start = s;

		/* A slash at the end may be missing here or there. */
		if (p == p_end && (s == s_end || (s + 1 == s_end && *s == '/')))
			return true;
		if (s == s_end && p + 2 == p_end && *p == '/' && p[1] == '*')
			p++;
		if (p < p_end && *p == '*') {
			again = ++p;
			again_s = s;
			if (p < p_end)
				continue;
			if (span_equal(name, SPAN("splat")))
				*value =
					(struct span){ s, (size_t)(s_end - s) };
			return true;
		}
		if (p < p_end && *p == ':' && p[-1] == '/') {
			const char *word = ++p;

			while (p < p_end && *p != '/')
				p++;
			while (s < s_end && *s != '/')
				s++;
			if (span_equal(
				    name,
				    (struct span){ word, (size_t)(p - word) }))
				*value = (struct span){ start,
							(size_t)(s - start) };
		} else if (p < p_end && s < s_end && *p == *s) {
			p++;
			s++;
		}
		if (s != start)
			continue;
		if (again_s == s_end)
			return false;
		p = again;
		s = ++again_s;
	}
}

const struct site_rule *site_rules_find(const struct site_rules *rules,
					const struct http_target *target,
					const struct site_rule *after)
{
	const struct site_rule *best = NULL;
	const struct span none = { 0 };
	struct span unused;

	if (!rules->count)
		return NULL;
	u32 list = find_list(target->path);

	for (;;) {
		for (u32 n = rules->list[list]; n;) {
			const struct site_rule *rule = &rules->rule[n - 1];

			if (rule > after && (!best || rule < best) &&
			    site_rules_match(rule->from, target->path, none,
					     &unused) &&
			    site_rules_has_query(rule, target->query, none,
						 &unused))
				best = rule;
			n = rule->next;
		}
		if (list == SITE_RULES_PATTERNS)
			return best;
		list = SITE_RULES_PATTERNS;
	}
}

const char *site_rules_parse(struct site_rules *rules, bool headers,
			     struct span *rest, struct site_rules_line *line)
{
	const char *reason = NULL;

	while (rest->len && !reason) {
		struct span s = span_take(rest, '\n');

		s.len -= s.len && s.ptr[s.len - 1] == '\r';
		line->text = s = span_trim(s);
		line->number++;
		if (!s.len || s.ptr[0] == '#')
			continue;
		/* What is below a path that is refused is not the last one's.
		 */
		if (s.ptr[0] == '/')
			rules->block = NULL;
		/* A value of a field may hold what a line may. */
		if (!http_request_is_field(SPAN("-"), s))
			reason = "control byte";
		else if (headers)
			reason = site_rules_add_header(rules, s);
		else
			reason = site_rules_add_redirect(rules, s);
	}
	return reason;
}
