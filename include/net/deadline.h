/* SPDX-License-Identifier: MIT */
/*
 * Deadlines. All deadlines of one class have the same length, so a list in the
 * order in which they were set is also in the order in which they pass: set,
 * clear and look are O(1), and there is no other structure.
 *
 * A deadline lives inside the object that it is for and is in one list at
 * most. Times are milliseconds of the monotonic clock.
 */
#ifndef NET_DEADLINE_H
#define NET_DEADLINE_H

#include "base/types.h"

struct net_deadline {
	struct net_deadline *prev; /* NULL while it is not set */
	struct net_deadline *next;
	s64 at;
};

struct net_deadlines {
	struct net_deadline ends; /* next is the first to pass, prev the last */
	s64 length;
};

/** net_deadlines_init() - an empty class of deadlines of @length ms */
void net_deadlines_init(struct net_deadlines *class, s64 length);

/** net_deadline_set() - let @d pass in class->length from @now; from any state
 */
void net_deadline_set(struct net_deadlines *class, struct net_deadline *d,
		      s64 now);

/** net_deadline_clear() - @d will not pass; it need not be set */
void net_deadline_clear(struct net_deadline *d);

/** net_deadlines_first() - the one that passes first, or NULL */
struct net_deadline *net_deadlines_first(const struct net_deadlines *class);

#endif
