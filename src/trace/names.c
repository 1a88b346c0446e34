/* SPDX-License-Identifier: MIT */
/* Numbers by their names, and data in quotes: see trace/kinds.h. */
#include "kernel/abi.h"
#include "trace/kinds.h"

/* For a name that one of the architectures does not have. */
#define NEVER (~0ULL)

static const struct name {
	u64 value;
	enum trace_kind kind;
	const char *text;
} names[] = {
#define NAMED(kind, value, text) { value, TRACE_##kind, text },
#define NAME(kind, constant) NAMED(kind, constant, #constant)
#include "names.def"
#undef NAME
#undef NAMED
};

void trace_put_hex(struct buf *out, u64 v, bool pointer)
{
	char digits[16];
	struct buf hex = BUF(digits);

	if (!v) {
		buf_puts(out, pointer ? "NULL" : "0");
		return;
	}
	buf_put_hex(&hex, v);
	struct span s = buf_span(&hex);

	while (*s.ptr == '0')
		s = span_skip(s, 1);
	buf_puts(out, "0x");
	buf_put(out, s);
}

void trace_put_hex_byte(struct buf *out, u8 v)
{
	char digits[16];
	struct buf hex = BUF(digits);

	buf_put_hex(&hex, v);
	buf_put(out, span_skip(buf_span(&hex), 14));
}

void trace_put_octal(struct buf *out, u64 v)
{
	buf_put_char(out, '0');
	for (int shift = 9; shift >= 0; shift -= 3)
		if (shift <= 3 || v >> shift)
			buf_put_char(out, (char)('0' + (v >> shift & 7)));
}

void trace_put_signed(struct buf *out, s64 v)
{
	if (v < 0)
		buf_put_char(out, '-');
	buf_put_u64(out, v < 0 ? -(u64)v : (u64)v, 1);
}

static void put_one(struct buf *out, u64 v, enum trace_kind kind)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].kind != kind || names[i].value != v)
			continue;
		buf_puts(out, names[i].text);
		return;
	}
	trace_put_hex(out, v, false);
}

/*
 * A name for zero stands where the two lowest bits are zero, beside others:
 * O_RDONLY, which is none of O_WRONLY and O_RDWR; likewise PROT_NONE.
 */
static void put_bits(struct buf *out, u64 v, enum trace_kind kind)
{
	const char *before = "";
	u64 rest = v;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		u64 bits = names[i].value;

		if (names[i].kind != kind || (v & (bits ? bits : 3)) != bits)
			continue;
		buf_puts(out, before);
		buf_puts(out, names[i].text);
		before = "|";
		rest &= ~bits;
	}
	if (rest || !*before) {
		buf_puts(out, before);
		trace_put_hex(out, rest, false);
	}
}

void trace_put_names(struct buf *out, u64 v, enum trace_kind kind)
{
	if (kind >= TRACE_FLAGS)
		put_bits(out, v, kind);
	else
		put_one(out, v, kind);
}

/* A byte that is not text; the next one must not be taken for its digit. */
static void put_code(struct buf *out, u8 c, bool before_digit)
{
	buf_put_char(out, '\\');
	if (before_digit || c >> 6)
		buf_put_char(out, (char)('0' + (c >> 6)));
	if (before_digit || c >> 3)
		buf_put_char(out, (char)('0' + (c >> 3 & 7)));
	buf_put_char(out, (char)('0' + (c & 7)));
}

static bool is_octal(u8 c)
{
	return c >= '0' && c <= '7';
}

void trace_put_bytes(struct buf *out, struct span s, size_t max)
{
	static const char plain[] = "\"\\\n\r\t\v\f";
	static const char letters[] = "\"\\nrtvf";
	const char *end = s.len > max ? "\"..." : "\"";

	if (s.len > max)
		s.len = max;
	buf_put_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		u8 c = (u8)s.ptr[i];
		size_t at = span_find(SPAN(plain), (char)c);

		if (at < sizeof(plain) - 1) {
			buf_put_char(out, '\\');
			buf_put_char(out, letters[at]);
		} else if (c >= ' ' && c <= '~') {
			buf_put_char(out, (char)c);
		} else {
			put_code(out, c,
				 i + 1 < s.len && is_octal((u8)s.ptr[i + 1]));
		}
	}
	buf_puts(out, end);
}

void trace_put_signals(struct buf *out, unsigned long set)
{
	const char *before = "";

	buf_put_char(out, '[');
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].kind != TRACE_SIGNAL ||
		    !(set >> (names[i].value - 1) & 1))
			continue;
		buf_puts(out, before);
		buf_puts(out, names[i].text + 3); /* behind "SIG" */
		before = " ";
	}
	buf_put_char(out, ']');
}
