/* SPDX-License-Identifier: MIT */
/*
 * The names and texts of errno.def, as one block of bytes: name, NUL, text,
 * NUL. A table of pointers would cost a relocation and sixteen bytes an entry
 * at load time; this costs nothing.
 */
#include "kernel/errno.h"

static const u8 numbers[] = {
#define ERRNO(name, number, text) name,
#include "kernel/errno.def"
#undef ERRNO
};

static const char texts[] =
#define ERRNO(name, number, text) #name "\0" text "\0"
#include "kernel/errno.def"
#undef ERRNO
	;

void errno_describe(struct buf *out, long err)
{
	const char *at = texts;

	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct span name = span_take_string(&at);
		struct span text = span_take_string(&at);

		if (numbers[i] != -err)
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
