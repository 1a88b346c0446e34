/* SPDX-License-Identifier: MIT */
/*
 * base/divide.h: numbers are made of a quotient, a divisor and a rest, which
 * then have to come out again, by name and by what the compiler makes of `/`
 * and `%`.
 */
#include "tap.h"
#include "base/divide.h"
#include "base/mem.h"

/* The compiler must not know them. */
static volatile u64 un, ud;
static volatile s64 sn, sd;
static volatile u32 wn, wd;
static volatile s32 vn, vd;

/* What lies in two registers, the first one's half at the lower address. */
static void check_pair(u64 both, u32 quotient, u32 rest)
{
	u32 half[2];

	memcpy(half, &both, sizeof(both));
	CHECK_EQ(half[0], quotient);
	CHECK_EQ(half[1], rest);
}

static void check_unsigned(u64 quotient, u64 d, u64 rest)
{
	u64 n = quotient * d + rest;
	u64 left = 1;

	un = n;
	ud = d;
	CHECK_EQ(__udivmoddi4(n, d, &left), quotient);
	CHECK_EQ(left, rest);
	CHECK_EQ(__udivdi3(n, d), quotient);
	CHECK_EQ(__umoddi3(n, d), rest);
	CHECK_EQ(un / ud, quotient);
	CHECK_EQ(un % ud, rest);
	if (n >> 32 || d >> 32)
		return;
	wn = (u32)n;
	wd = (u32)d;
	check_pair(__aeabi_uidivmod(wn, wd), (u32)quotient, (u32)rest);
	CHECK_EQ(__aeabi_uidiv((u32)n, (u32)d), quotient);
	CHECK_EQ(wn / wd, quotient);
	CHECK_EQ(wn % wd, rest);
}

static void check_signed(s64 quotient, s64 d, s64 rest)
{
	s64 n = quotient * d + rest;
	s64 left = 1;

	sn = n;
	sd = d;
	CHECK_EQ(__divmoddi4(n, d, &left), quotient);
	CHECK_EQ(left, rest);
	CHECK_EQ(__divdi3(n, d), quotient);
	CHECK_EQ(__moddi3(n, d), rest);
	CHECK_EQ(sn / sd, quotient);
	CHECK_EQ(sn % sd, rest);
	if (n != (s32)n || d != (s32)d)
		return;
	vn = (s32)n;
	vd = (s32)d;
	check_pair(__aeabi_idivmod(vn, vd), (u32)quotient, (u32)rest);
	CHECK_EQ(__aeabi_idiv((s32)n, (s32)d), quotient);
	CHECK_EQ(vn / vd, quotient);
	CHECK_EQ(vn % vd, rest);
}

static void test_unsigned(void)
{
	/* The greatest number of so many bits, and one less. */
	for (unsigned a = 0; a <= 64; a++)
		for (unsigned b = 1; a + b <= 64; b++) {
			u64 quotient = a ? ~0ULL >> (64 - a) : 0;
			u64 d = ~0ULL >> (64 - b);

			tap_note("bits", a * 100 + b);
			check_unsigned(quotient, d, 0);
			check_unsigned(quotient, d, d - 1);
			check_unsigned(quotient, d - d / 3, d / 2);
			if (quotient)
				check_unsigned(quotient - 1, d, d / 2);
		}
	check_unsigned(0, 10, 0);
	check_unsigned(1844674407370955161ULL, 10, 5);
	check_unsigned(1, ~0ULL, 0);
	check_unsigned(1, 1ULL << 63, (1ULL << 63) - 1);
	check_unsigned(0, 1ULL << 63, (1ULL << 63) - 1);
	tap_note(NULL, 0);
}

static void test_signed(void)
{
	static const s64 values[] = { 1,      2,	  3,
				      10,     86400,	  2147483647,
				      146097, 1000000000, 3037000499 };

	for (unsigned i = 0; i < ARRAY_SIZE(values) * ARRAY_SIZE(values); i++) {
		s64 quotient = values[i / ARRAY_SIZE(values)];
		s64 d = values[i % ARRAY_SIZE(values)];

		tap_note("pair", i);
		check_signed(quotient, d, d - 1);
		check_signed(-quotient, d, 1 - d);
		check_signed(-quotient, -d, d - 1);
		check_signed(quotient, -d, 1 - d);
		check_signed(0, -d, d - 1);
		check_signed(0, d, 1 - d);
	}
	check_signed((s64)(1ULL << 63), 1, 0);
	check_signed(1, (s64)(1ULL << 63), 0);
	tap_note(NULL, 0);
}

static void test_shift(void)
{
	static const u64 values[] = { 0, 1, 0x8000000180000001, ~0ULL,
				      0x123456789abcdef0 };

	for (int i = 0; i < 64 * (int)ARRAY_SIZE(values); i++) {
		u64 v = values[i / 64];
		int by = i % 64;
		u64 up = v;
		u64 down = v;
		u64 sign = v & 1ULL << 63;

		for (int n = 0; n < by; n++) {
			up += up;
			down = down >> 1;
			sign |= sign >> 1;
		}
		/* The sign, so many times and once more. */
		u64 keeping = v >> 63 ? down | sign : down;

		tap_note("case", i);
		CHECK_EQ(__ashldi3(v, by), up);
		CHECK_EQ(__aeabi_llsl(v, by), up);
		CHECK_EQ(__lshrdi3(v, by), down);
		CHECK_EQ(__aeabi_llsr(v, by), down);
		CHECK_EQ(__ashrdi3((s64)v, by), keeping);
		CHECK_EQ(__aeabi_lasr((s64)v, by), keeping);
	}
	tap_note(NULL, 0);
}

static int by_zero(void *unused)
{
	(void)unused;
	return (int)__udivdi3(1, 0);
}

static void test_by_zero_dies(void)
{
	CHECK(tap_traps(by_zero, NULL));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_unsigned);
	RUN(test_signed);
	RUN(test_shift);
	RUN(test_by_zero_dies);
	return tap_end();
}
