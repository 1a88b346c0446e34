/* SPDX-License-Identifier: MIT */
/*
 * The program that judges every call of a process, for seccomp(2). It is made
 * at the start from the rows of src/kernel/calls.def that have a role.
 *
 *	another architecture's call     kill: its numbers mean other calls
 *	a call that can do no harm      allow, by its number: Linux remembers
 *	                                that and does not run the program again
 *	a call that can do harm         allow from the one place that this
 *	                                program calls from, with arguments as
 *	                                the program has them
 *	anything else                   kill
 *
 * What a pointer points to is out of its sight: openat2's flags, for one.
 */
#ifndef SERVE_FILTER_H
#define SERVE_FILTER_H

#include "kernel/abi.h"

/* A load, two instructions for a call, three for each thing to check. */
#define SERVE_FILTER_MAX 192

struct serve_filter {
	u32 length;
	struct sock_filter op[SERVE_FILTER_MAX];
};

/**
 * serve_filter_build() - the program for rows that have one of @roles
 * @roles: KERNEL_ROLES()
 * @from: what the instruction pointer is at a call; 0 if it may be anything
 */
void serve_filter_build(struct serve_filter *filter, u16 roles, u64 from);

#endif
