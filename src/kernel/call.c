/* SPDX-License-Identifier: MIT */
/* Ways to a system call: see kernel/sys.h. */
#include "base/endian.h"
#include "kernel/sys.h"

long kernel_call3(long a, long b, long c, long nr)
{
	return arch_syscall6(a, b, c, 0, 0, 0, nr);
}

long kernel_call2(long a, long b, long nr)
{
	return kernel_call3(a, b, 0, nr);
}

long kernel_call1(long a, long nr)
{
	return kernel_call3(a, 0, 0, nr);
}

long kernel_call4(long a, long b, long c, long d, long nr)
{
	return arch_syscall6(a, b, c, d, 0, 0, nr);
}

long kernel_look(int fd, struct statx *st)
{
	return sys_statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, st);
}

long kernel_map(void **out, size_t length, int sharing)
{
	return sys_mmap(out, length, PROT_READ | PROT_WRITE,
			sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

long kernel_transfer(int fd, long buffer, size_t count, u64 offset, long nr)
{
	long size = (long)count;
	long low = (long)offset;

	if (sizeof(long) == 8)
		return kernel_call4(fd, buffer, size, low, nr);
	/* The halves of a number lie in registers as they would in memory. */
	long high = (long)(offset >> 32);
	long first = IS_BIG_ENDIAN ? high : low;
	long second = IS_BIG_ENDIAN ? low : high;

	if (ARCH_EVEN_PAIRS)
		return arch_syscall6(fd, buffer, size, 0, first, second, nr);
	return arch_syscall6(fd, buffer, size, first, second, 0, nr);
}

long kernel_mmap(size_t length, int prot, int flags, int fd, long offset,
		 long nr)
{
	const long a[] = { 0,	  (long)length, prot,
			   flags, fd,		offset >> ARCH_MMAP_SHIFT };

	if (ARCH_MMAP_BLOCK)
		return kernel_call3((long)a, 0, 0, nr);
	return arch_syscall6(a[0], a[1], a[2], a[3], a[4], a[5], nr);
}
