/* SPDX-License-Identifier: MIT */
/* Deadlines in rings, one a class: see net/deadline.h. */
#include "net/deadline.h"

void net_deadlines_init(struct net_deadlines *class, s64 length)
{
	class->ends.prev = &class->ends;
	class->ends.next = &class->ends;
	class->ends.at = 0;
	class->length = length;
}

void net_deadline_clear(struct net_deadline *d)
{
	if (!d->prev)
		return;
	d->prev->next = d->next;
	d->next->prev = d->prev;
	d->prev = NULL;
	d->next = NULL;
}

void net_deadline_set(struct net_deadlines *class, struct net_deadline *d,
		      s64 now)
{
	net_deadline_clear(d);
	d->at = now + class->length;
	d->prev = class->ends.prev;
	d->next = &class->ends;
	d->prev->next = d;
	class->ends.prev = d;
}

struct net_deadline *net_deadlines_first(const struct net_deadlines *class)
{
	return class->ends.next == &class->ends ? NULL : class->ends.next;
}
