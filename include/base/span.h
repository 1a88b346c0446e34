/* SPDX-License-Identifier: MIT */
/*
 * A span: bytes that somebody else owns, as pointer and length. Never
 * terminated by NUL; NUL is a byte like any other. A span is passed by value
 * and is valid as long as the bytes that it points at.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include "base/types.h"

struct span {
	const char *ptr;
	size_t len;
};

/* The span of a string literal, without its terminator. */
#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

/** span_from_string() - the bytes of a NUL-terminated @s (argv, environment) */
struct span span_from_string(const char *s);

/**
 * span_take_string() - the NUL-terminated string at *@at, which moves behind
 * its NUL: for several of them in one block of bytes
 */
struct span span_take_string(const char **at);

/** span_equal() - whether @a and @b hold the same bytes */
bool span_equal(struct span a, struct span b);

/** span_equal_nocase() - span_equal() with ASCII letters of either case equal
 */
bool span_equal_nocase(struct span a, struct span b);

/**
 * span_compare() - the order of bytes; of two of which one begins with the
 * other, the shorter is first
 *
 * Return: less than 0, 0, or more: @a before, with or after @b.
 */
int span_compare(struct span a, struct span b);

/** span_starts() - whether @s begins with @prefix */
bool span_starts(struct span s, struct span prefix);

/**
 * span_find() - the index of the first byte @c in @s
 *
 * Return: the index, or @s.len where there is none.
 */
size_t span_find(struct span s, char c);

/** span_skip() - @s without its first @n bytes; @n must not exceed its length
 */
struct span span_skip(struct span s, size_t n);

/**
 * span_take() - take what is before the first @c off @rest
 *
 * And that @c itself; without one it is all.
 */
struct span span_take(struct span *rest, char c);

/** span_trim() - @s without leading and trailing spaces and tabs (RFC 9110 OWS)
 */
struct span span_trim(struct span s);

/**
 * span_parse_u64() - a decimal number that fills the whole of @s
 * @value: set on success alone
 *
 * Digits only: no sign, no space, at least one digit, at most 2^64 - 1.
 *
 * Return: whether @s is such a number.
 */
bool span_parse_u64(struct span s, u64 *value) MUST_CHECK;

/** span_hex_digit() - the value of a hexadecimal digit, 16 for any other byte
 */
unsigned span_hex_digit(char c);

/**
 * span_read_character() - the character in front of @s, by RFC 3629
 * @code: which it is; stays as it is where there is none
 *
 * Return: its bytes, or 0 if they are not UTF-8. @s must not be empty.
 */
size_t span_read_character(struct span s, u32 *code) MUST_CHECK;

/**
 * span_next_token() - take the next element off a comma-separated list
 * @list:  what is left of it, advanced past the element
 * @token: the element without white space around it
 *
 * Empty elements are passed over (RFC 9110 section 5.6.1.2). Commas in quoted
 * strings separate as well: for lists of plain tokens only.
 *
 * Return: false at the end of the list.
 */
bool span_next_token(struct span *list, struct span *token) MUST_CHECK;

#endif
