/* SPDX-License-Identifier: MIT */
/*
 * Included before every file that Eva runs: what the compiler has built in,
 * and inputs. A trap is never reached.
 */
#ifndef TESTS_PROOF_EVA_H
#define TESTS_PROOF_EVA_H

#include <stddef.h>

/*@ requires \false;
    assigns \nothing;
    ensures \false; */
void proof_trap(void) __attribute__((noreturn));

#define __builtin_trap() proof_trap()
#define __builtin_expect(value, likely) (value)
#define __builtin_memcpy(to, from, n) (memcpy)(to, from, n)
#define __builtin_memmove(to, from, n) (memmove)(to, from, n)
#define __builtin_memset(to, byte, n) (memset)(to, byte, n)
#define __builtin_memcmp(a, b, n) (memcmp)(a, b, n)

/*@ requires \valid(p + (0 .. n - 1));
    assigns p[0 .. n - 1] \from \nothing;
    ensures \initialized(p + (0 .. n - 1)); */
void proof_unknown(char *p, size_t n);

/*@ assigns \result \from \nothing;
    ensures min <= \result <= max; */
unsigned long long proof_between(unsigned long long min,
				 unsigned long long max);

#endif
