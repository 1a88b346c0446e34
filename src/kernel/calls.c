/* SPDX-License-Identifier: MIT */
/* The rows of calls.def: see kernel/calls.h. */
#include "kernel/calls.h"
#include "kernel/arch.h"

/* A letter that is no role allows nothing; a row without one ends the table. */
#define CALL(name, arguments, roles, purpose)                                  \
	_Static_assert(sizeof(roles) > 1 &&                                    \
			       __builtin_popcount(KERNEL_ROLES(roles)) ==      \
				       sizeof(roles) - 1,                      \
		       #name                                                   \
		       ": each letter is a role, and stands there once");
#include "calls.def"
#undef CALL

const struct kernel_call kernel_calls[] = {
#define CALL(name, arguments, roles, purpose)                                  \
	{ NR_##name, KERNEL_ROLES(roles) },
#include "calls.def"
#undef CALL
	{ 0, 0 },
};
