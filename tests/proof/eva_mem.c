/* SPDX-License-Identifier: MIT */
/*
 * base/mem.h: each length from none to five words and a byte, so every number
 * of words and of bytes behind them; memory ends with the arguments. memmove
 * at each distance between target and source as well. Longer ones repeat the
 * same loops.
 */
#include "base/mem.h"

#define MOST 41

static char a[2 * MOST];
static char b[MOST];

static void check_move(size_t n)
{
	/*@ loop unroll MOST + 1; */
	for (size_t distance = 0; distance <= MOST; distance++) {
		if (distance + n > sizeof(a))
			break;
		char *end = a + sizeof(a) - n;

		(memmove)(end, end - distance, n);
		(memmove)(a, a + distance, n);
		(memmove)(end - distance, end, n);
		(memmove)(a + distance, a, n);
	}
}

static void check(size_t n)
{
	(memcpy)(a + sizeof(a) - n, b + sizeof(b) - n, n);
	(memcpy)(a, b, n);
	(memset)(a, 1, n);
	(memset)(a + sizeof(a) - n, 1, n);
	(memcmp)(a + sizeof(a) - n, b + sizeof(b) - n, n);
	(memcmp)(a, b, n);
	check_move(n);
}

void main(void)
{
	proof_unknown(a, sizeof(a));
	proof_unknown(b, sizeof(b));
	/*@ loop unroll MOST + 1; */
	for (size_t n = 0; n <= MOST; n++)
		check(n);
}
