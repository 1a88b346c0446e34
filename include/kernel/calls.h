/* SPDX-License-Identifier: MIT */
/* The rows of src/kernel/calls.def, for the filters that are made of them. */
#ifndef KERNEL_CALLS_H
#define KERNEL_CALLS_H

#include "base/types.h"

struct kernel_call {
	u16 nr;
	u16 roles; /* KERNEL_ROLES() */
};

/* A bit for each letter: of a literal, so that it is known when compiling. */
#define KERNEL_ROLE(letters, letter, bit)                                      \
	(__builtin_strchr(letters, letter) ? 1U << (bit) : 0U)
#define KERNEL_ROLES(letters)                                                  \
	((u16)(KERNEL_ROLE(letters, 'm', 0) | KERNEL_ROLE(letters, 'M', 1) |   \
	       KERNEL_ROLE(letters, 'w', 2) | KERNEL_ROLE(letters, 'W', 3) |   \
	       KERNEL_ROLE(letters, 'L', 4) | KERNEL_ROLE(letters, 'P', 5) |   \
	       KERNEL_ROLE(letters, 'B', 6) | KERNEL_ROLE(letters, 'H', 7) |   \
	       KERNEL_ROLE(letters, 'T', 8) | KERNEL_ROLE(letters, 'F', 9)))

/* The role of what traces, where something does. */
#ifdef SCRATCHD_TRACE
#define KERNEL_TRACE_ROLE "T"
#else
#define KERNEL_TRACE_ROLE ""
#endif

/* In the order of the file; ends where there is no role. */
extern const struct kernel_call kernel_calls[];

#endif
