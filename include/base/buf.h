/* SPDX-License-Identifier: MIT */
/*
 * A fixed buffer that is written from its start to its end. A write that does
 * not fit sets `full` and changes nothing else, and so does every later one:
 * a writer appends without looking and checks `full` once, at the end.
 * The memory belongs to whoever called buf_init().
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

struct buf {
	char *ptr;
	size_t len;
	size_t cap;
	bool full; /* something did not fit: the content is incomplete */
};

/* A buffer over a whole array. */
#define BUF(array) ((struct buf){ (array), 0, sizeof(array), false })

/** buf_put() - append the bytes of @s */
void buf_put(struct buf *b, struct span s);

/** buf_put_char() - append one byte */
void buf_put_char(struct buf *b, char c);

/** buf_put_u64() - append @v in decimal, padded with zeros to @width digits */
void buf_put_u64(struct buf *b, u64 v, unsigned width);

/** buf_put_hex() - append @v as 16 lower-case hexadecimal digits */
void buf_put_hex(struct buf *b, u64 v);

/**
 * buf_put_escaped() - append @s as text that is safe on one line
 * @quote: a further byte to escape besides backslash, or 0
 *
 * Control bytes, DEL, bytes from 0x80 and the two named are written as \xHH.
 */
void buf_put_escaped(struct buf *b, struct span s, char quote);

/** buf_put_percent() - append one byte percent-encoded (RFC 3986 section 2.1)
 */
void buf_put_percent(struct buf *b, char c);

/**
 * buf_put_json() - append @s as the inside of a string of JSON (RFC 8259)
 *
 * UTF-8 stays as it is. Control characters, what ends a string, and a byte
 * that is not UTF-8 are written as \u00HH. So are "<" and the line ends of
 * Unicode, so that it may also stand in a script, and a script in a page.
 */
void buf_put_json(struct buf *b, struct span s);

/** buf_span() - what has been written so far */
struct span buf_span(const struct buf *b);

/** buf_puts() - append a NUL-terminated string */
void buf_puts(struct buf *b, const char *s);

#endif
