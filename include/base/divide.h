/* SPDX-License-Identifier: MIT */
/*
 * Division, where the machine has none: a compiler for 32 bits calls these
 * functions for 64 (GCC internals manual, "Routines for integer arithmetic"),
 * and one for arm those of 32 bits as well (RTABI32, section 4.3.1). They are
 * in its own library, which is not linked. Nobody else calls them.
 *
 * A divisor of zero ends the process, as it does where the machine's
 * instruction traps. Quotients are rounded towards zero.
 */
#ifndef BASE_DIVIDE_H
#define BASE_DIVIDE_H

#include "base/types.h"

/* The quotient, and the remainder in *@rest, which may be NULL. */
u64 __udivmoddi4(u64 n, u64 d, u64 *rest);
s64 __divmoddi4(s64 n, s64 d, s64 *rest);

u64 __udivdi3(u64 n, u64 d);
u64 __umoddi3(u64 n, u64 d);
s64 __divdi3(s64 n, s64 d);
s64 __moddi3(s64 n, s64 d);

/* The quotient; and in two registers, with the remainder as the upper half. */
u32 __aeabi_uidiv(u32 n, u32 d);
u64 __aeabi_uidivmod(u32 n, u32 d);
s32 __aeabi_idiv(s32 n, s32 d);
u64 __aeabi_idivmod(s32 n, s32 d);

/*
 * And shifts by less than 64, which clang calls where that is shorter. The
 * last one keeps the sign.
 */
u64 __ashldi3(u64 v, int by);
u64 __lshrdi3(u64 v, int by);
s64 __ashrdi3(s64 v, int by);
u64 __aeabi_llsl(u64 v, int by);
u64 __aeabi_llsr(u64 v, int by);
s64 __aeabi_lasr(s64 v, int by);

#endif
