/* SPDX-License-Identifier: MIT */
/* The CPUs that may be used: see serve/cpus.h. */
#include "serve/cpus.h"
#include "kernel/sys.h"
#include "serve/cgroup.h"

/* 8192 CPUs, the most that the kernel can be built for on any architecture. */
#define MASK_WORDS 128

static u64 count_affinity(void)
{
	u64 mask[MASK_WORDS];
	long n = sys_sched_getaffinity(0, sizeof(mask), mask);
	u64 count = 0;

	for (long i = 0; i < n / (long)sizeof(mask[0]); i++)
		for (u64 word = mask[i]; word; word &= word - 1)
			count++;
	return count ? count : 1;
}

/* "200000 100000": 200 ms in each 100 ms are two CPUs; "max" is no limit. */
static u64 parse_quota(struct span line)
{
	size_t n = span_find(line, ' ');
	struct span rest = span_skip(line, n);
	u64 quota;
	u64 period;

	if (!rest.len || !span_parse_u64((struct span){ line.ptr, n }, &quota))
		return ~0ULL;
	rest = span_skip(rest, 1);
	rest.len = span_find(rest, '\n');
	if (!span_parse_u64(rest, &period) || !period || !quota)
		return ~0ULL;
	return (quota - 1) / period + 1;
}

static u64 read_quota(void)
{
	char text[64];
	struct span line =
		serve_cgroup_read("/sys/fs/cgroup/cpu.max", text, sizeof(text));

	return line.len ? parse_quota(line) : ~0ULL;
}

u64 serve_cpus_count(void)
{
	u64 cpus = count_affinity();
	u64 quota = read_quota();

	return cpus < quota ? cpus : quota;
}
