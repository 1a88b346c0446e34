/* SPDX-License-Identifier: MIT */
/* Spans: see base/span.h. */
#include "base/span.h"
#include "base/mem.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span span_from_string(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return (struct span){ s, n };
}

struct span span_take_string(const char **at)
{
	struct span s = span_from_string(*at);

	*at += s.len + 1;
	return s;
}

int span_compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	/* An empty span may have no address, and memcmp wants one. */
	int r = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return r ? r : (a.len > b.len) - (a.len < b.len);
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && !span_compare(a, b);
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.ptr[i] != b.ptr[i] && lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

bool span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	       (!prefix.len || !memcmp(s.ptr, prefix.ptr, prefix.len));
}

/*
 * Eight bytes at a time: a byte of @word ^ @pattern is zero where it is @c, and
 * the expression finds out whether one is (Hacker's Delight, section 6-1).
 */
size_t span_find(struct span s, char c)
{
	const u64 ones = 0x0101010101010101;
	u64 pattern = ones * (u8)c;
	size_t i = 0;
	u64 word;

	for (; s.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		word ^= pattern;
		if ((word - ones) & ~word & ones << 7)
			break;
	}
	while (i < s.len && s.ptr[i] != c)
		i++;
	return i;
}

struct span span_skip(struct span s, size_t n)
{
	BUG_ON(n > s.len);
	/* An empty span may have no address, to which nothing can be added. */
	return n ? (struct span){ s.ptr + n, s.len - n } : s;
}

struct span span_take(struct span *rest, char c)
{
	size_t n = span_find(*rest, c);
	struct span part = { rest->ptr, n };

	*rest = span_skip(*rest, n < rest->len ? n + 1 : n);
	return part;
}

struct span span_trim(struct span s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = span_skip(s, 1);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool span_parse_u64(struct span s, u64 *value)
{
	u64 v = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(u8)s.ptr[i] - '0';

		if (digit > 9 || v > (~0ULL - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

unsigned span_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	return 16;
}

bool span_next_token(struct span *list, struct span *token)
{
	while (list->len) {
		*token = span_trim(span_take(list, ','));
		if (token->len)
			return true;
	}
	return false;
}

size_t span_read_character(struct span s, u32 *code)
{
	u8 first = (u8)s.ptr[0];
	size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (n > s.len || (n > 1 && (first < 0xc2 || first > 0xf4)))
		return 0;
	u32 c = n > 1 ? first & (0x7fU >> n) : first;

	for (size_t i = 1; i < n; i++) {
		if ((s.ptr[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.ptr[i] & 0x3f);
	}
	/* Too long for what it says, beyond the last, or half of a pair. */
	if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || c > 0x10ffff ||
	    c >> 11 == 0xd800 >> 11)
		return 0;
	*code = c;
	return n;
}
