/* SPDX-License-Identifier: MIT */
/*
 * The names and texts of errno.def, as one block of bytes for each record:
 * number, name, NUL, text, NUL. A table of pointers would cost a relocation
 * and sixteen bytes an entry at load time; this costs nothing.
 */
#include "kernel/errno.h"

static const char records[] =
#define ERRNO(name, number, text) #number "\0" #name "\0" text "\0"
#include "kernel/errno.def"
#undef ERRNO
	;

void errno_describe(struct buf *out, long err)
{
	const char *at = records;

	/* The literal's own terminator is the empty record at the end. */
	while (*at) {
		struct span digits = span_take_string(&at);
		struct span name = span_take_string(&at);
		struct span text = span_take_string(&at);
		u64 number;

		if (!span_parse_u64(digits, &number) || number != (u64)-err)
			continue;
		buf_put(out, name);
		buf_puts(out, " (");
		buf_put(out, text);
		buf_puts(out, ")");
		return;
	}
	buf_puts(out, "errno ");
	buf_put_u64(out, (u64)-err, 1);
}
