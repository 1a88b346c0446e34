/* SPDX-License-Identifier: MIT */
/* The rows of calls.def: see kernel/calls.h. */
#include "kernel/calls.h"
#include "kernel/arch.h"

const struct kernel_call kernel_calls[] = {
#define CALL(name, arguments, roles, purpose)                                  \
	{ NR_##name, KERNEL_ROLES(roles) },
#include "calls.def"
#undef CALL
	{ 0, 0 },
};
