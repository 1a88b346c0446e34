/* SPDX-License-Identifier: MIT */
/*
 * net/proxy.h: the first bytes of a connection. A beginning of a header asks
 * for more, and what comes behind one does not matter.
 */
#include "fuzz.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "net/proxy.h"

static long parse(struct span in, size_t n, u8 ip[16])
{
	struct span copy = fuzz_copy((struct span){ in.ptr, n });
	long r;

	memset(ip, 0xee, 16);
	r = net_proxy_parse(copy, ip);
	MUST(r == -EINVAL || (r >= 0 && (size_t)r <= n));
	fuzz_free(copy);
	return r;
}

void fuzz_one(struct span in)
{
	u8 ip[16];
	u8 again[16];
	long whole = parse(in, in.len, ip);
	size_t shown = in.len < 300 ? in.len : 300;

	for (size_t n = 0; n <= shown; n++) {
		long r = parse(in, n, again);

		if (whole > 0 && n >= (size_t)whole)
			MUST(r == whole && !memcmp(ip, again, 16));
		else if (whole >= 0)
			MUST(r == 0);
		else
			MUST(r == 0 || r == -EINVAL);
	}
}
