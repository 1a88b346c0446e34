/* SPDX-License-Identifier: MIT */
/* Which file it is: see site/identity.h. */
#include "site/identity.h"
#include "base/mem.h"

s64 site_count_ns(const struct statx_timestamp *t)
{
	return t->tv_sec * 1000000000 + t->tv_nsec;
}

struct site_identity site_identify(const struct statx *st)
{
	return (struct site_identity){
		.device = (u64)st->stx_dev_major << 32 | st->stx_dev_minor,
		.inode = st->stx_ino,
		.size = st->stx_size,
		.modified = site_count_ns(&st->stx_mtime),
		.changed = site_count_ns(&st->stx_ctime),
	};
}

bool site_identity_is_same(const struct site_identity *a,
			   const struct site_identity *b)
{
	return !memcmp(a, b, sizeof(*a));
}
