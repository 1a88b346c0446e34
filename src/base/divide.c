/* SPDX-License-Identifier: MIT */
/*
 * Division by hand: see base/divide.h. The divisor is moved up until it is as
 * large as the number, and down again bit by bit, subtracted where it fits.
 * None of this may divide: that would be a call of itself.
 */
#include "base/divide.h"
#include "base/endian.h"

u64 __udivmoddi4(u64 n, u64 d, u64 *rest)
{
	u64 quotient = 0;
	u64 bit = 1;

	BUG_ON(!d);
	for (; d < n && d < 1ULL << 63; d += d)
		bit <<= 1;
	for (; bit; bit >>= 1, d >>= 1)
		if (n >= d) {
			n -= d;
			quotient |= bit;
		}
	if (rest)
		*rest = n;
	return quotient;
}

u64 __udivdi3(u64 n, u64 d)
{
	return __udivmoddi4(n, d, NULL);
}

u64 __umoddi3(u64 n, u64 d)
{
	u64 rest;

	__udivmoddi4(n, d, &rest);
	return rest;
}

static u64 absolute(s64 v)
{
	return v < 0 ? 1 + (u64)(-1 - v) : (u64)v;
}

/* The remainder has the sign of what is divided. */
s64 __divmoddi4(s64 n, s64 d, s64 *rest)
{
	u64 left;
	u64 quotient = __udivmoddi4(absolute(n), absolute(d), &left);

	if (rest)
		*rest = (s64)(n < 0 ? 0 - left : left);
	return (s64)((n < 0) == (d < 0) ? quotient : 0 - quotient);
}

s64 __divdi3(s64 n, s64 d)
{
	return __divmoddi4(n, d, NULL);
}

s64 __moddi3(s64 n, s64 d)
{
	s64 rest;

	__divmoddi4(n, d, &rest);
	return rest;
}

/* The quotient in the first register, which has the lower address' half. */
static u64 pair(u32 quotient, u32 rest)
{
	return IS_BIG_ENDIAN ? (u64)quotient << 32 | rest
			     : (u64)rest << 32 | quotient;
}

u64 __aeabi_uidivmod(u32 n, u32 d)
{
	u64 rest;
	u64 quotient = __udivmoddi4(n, d, &rest);

	return pair((u32)quotient, (u32)rest);
}

u32 __aeabi_uidiv(u32 n, u32 d)
{
	return (u32)__udivmoddi4(n, d, NULL);
}

u64 __aeabi_idivmod(s32 n, s32 d)
{
	s64 rest;
	s64 quotient = __divmoddi4(n, d, &rest);

	return pair((u32)quotient, (u32)rest);
}

s32 __aeabi_idiv(s32 n, s32 d)
{
	return (s32)__divmoddi4(n, d, NULL);
}

/* By halves: a shift of all 64 bits would be a call of itself. */
u64 __ashldi3(u64 v, int by)
{
	u32 low = (u32)v;
	u32 high = (u32)(v >> 32);

	if (by >= 32)
		return (u64)(low << (by - 32)) << 32;
	if (by)
		high = high << by | low >> (32 - by);
	return (u64)high << 32 | low << by;
}

u64 __lshrdi3(u64 v, int by)
{
	u32 low = (u32)v;
	u32 high = (u32)(v >> 32);

	if (by >= 32)
		return high >> (by - 32);
	if (by)
		low = low >> by | high << (32 - by);
	return (u64)(high >> by) << 32 | low;
}

s64 __ashrdi3(s64 v, int by)
{
	u64 flip = v < 0 ? ~0ULL : 0;

	return (s64)(__lshrdi3((u64)v ^ flip, by) ^ flip);
}

u64 __aeabi_llsl(u64 v, int by)
{
	return __ashldi3(v, by);
}

u64 __aeabi_llsr(u64 v, int by)
{
	return __lshrdi3(v, by);
}

s64 __aeabi_lasr(s64 v, int by)
{
	return __ashrdi3(v, by);
}
