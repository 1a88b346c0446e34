/* SPDX-License-Identifier: MIT */
/* What tells whether a file is still the one that it was, and as it was. */
#ifndef SITE_IDENTITY_H
#define SITE_IDENTITY_H

#include "kernel/abi.h"

struct site_identity {
	u64 device;
	u64 inode;
	u64 size;
	s64 modified; /* ns since 1970 */
	s64 changed;
};

/** site_count_ns() - @t in nanoseconds since 1970 */
s64 site_count_ns(const struct statx_timestamp *t);

/** site_identify() - what @st says */
struct site_identity site_identify(const struct statx *st);

/** site_identity_is_same() - whether nothing has changed between the two */
bool site_identity_is_same(const struct site_identity *a,
			   const struct site_identity *b);

#endif
