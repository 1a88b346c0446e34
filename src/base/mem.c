/* SPDX-License-Identifier: MIT */
/*
 * memcpy, memmove, memset and memcmp.
 *
 * Eight bytes at a time through a packed struct: the compiler turns such an
 * access into one instruction where the machine allows it unaligned, and into
 * byte loads where it does not, so there is no alignment to get wrong.
 *
 * Compiled with -ffreestanding (and gcc's -fno-tree-loop-distribute-patterns),
 * or the compiler would recognise each loop as the function it stands in and
 * replace it by a call to itself. A check over the disassembly holds that.
 */
#include "base/mem.h"

#undef memcpy
#undef memmove
#undef memset
#undef memcmp

struct word {
	u64 v;
} __attribute__((packed, may_alias));

/*
 * The value, never the struct: where unaligned access is not allowed gcc
 * copies a packed struct by a call to memcpy.
 */
static u64 get_word(const u8 *at)
{
	return ((const struct word *)at)->v;
}

static void put_word(u8 *at, u64 value)
{
	((struct word *)at)->v = value;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	u8 *t = to;
	const u8 *f = from;

	if (n < sizeof(struct word)) {
		while (n--)
			*t++ = *f++;
		return to;
	}
	/* The last word lies over the one before where it has to. */
	u64 last = get_word(f + n - sizeof(struct word));

	for (; n > sizeof(struct word); n -= sizeof(struct word)) {
		put_word(t, get_word(f));
		t += sizeof(struct word);
		f += sizeof(struct word);
	}
	put_word(t + n - sizeof(struct word), last);
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	u8 *t = to;
	const u8 *f = from;

	/* Forward is safe when the target begins below the source. */
	if (t <= f || t >= f + n) {
		for (; n >= sizeof(struct word); n -= sizeof(struct word)) {
			put_word(t, get_word(f));
			t += sizeof(struct word);
			f += sizeof(struct word);
		}
		while (n--)
			*t++ = *f++;
		return to;
	}
	for (; n >= sizeof(struct word); n -= sizeof(struct word))
		put_word(t + n - sizeof(struct word),
			 get_word(f + n - sizeof(struct word)));
	while (n--)
		t[n] = f[n];
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	u8 *t = to;
	u64 pattern = (u8)byte * 0x0101010101010101ULL;

	for (; n >= sizeof(struct word); n -= sizeof(struct word)) {
		put_word(t, pattern);
		t += sizeof(struct word);
	}
	while (n--)
		*t++ = (u8)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a;
	const u8 *y = b;

	for (; n >= sizeof(struct word); n -= sizeof(struct word)) {
		if (get_word(x) != get_word(y))
			break;
		x += sizeof(struct word);
		y += sizeof(struct word);
	}
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
