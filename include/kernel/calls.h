/* SPDX-License-Identifier: MIT */
/* The rows of src/kernel/calls.def, for the filters that are made of them. */
#ifndef KERNEL_CALLS_H
#define KERNEL_CALLS_H

#include "base/types.h"

struct kernel_call {
	u16 nr;
	char roles[8]; /* letters; the rest is NUL */
};

/* In the order of the file; ends where roles has no letter. */
extern const struct kernel_call kernel_calls[];

#endif
