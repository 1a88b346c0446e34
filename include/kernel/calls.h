/* SPDX-License-Identifier: MIT */
/* The rows of src/kernel/calls.def, for the filters that are made of them. */
#ifndef KERNEL_CALLS_H
#define KERNEL_CALLS_H

#include "base/types.h"

struct kernel_call {
	u16 nr;
	char roles[8]; /* letters; the rest is NUL */
};

/* The role of what traces, where something does. */
#ifdef SCRATCHD_TRACE
#define KERNEL_TRACE_ROLE "T"
#else
#define KERNEL_TRACE_ROLE ""
#endif

/* In the order of the file; ends where roles has no letter. */
extern const struct kernel_call kernel_calls[];

#endif
