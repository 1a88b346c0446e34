/* SPDX-License-Identifier: MIT */
/*
 * A target as libFuzzer runs it. The one file that includes a libc, and so the
 * one that includes nothing of the project: their declarations of the mem
 * functions would collide. struct span is spelled out again.
 */
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct span {
	const char *ptr;
	size_t len;
};

void fuzz_one(struct span in);
void fuzz_fail(const char *what, const char *file, int line);
struct span fuzz_copy(struct span s);
void fuzz_free(struct span copy);
void fuzz_hide(struct span copy, size_t visible);
long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the port's stub comes back to: the sandbox asks, and is not entered. */
extern const char arch_syscall_return[];
const char arch_syscall_return[1];

/* Instead of the port's. */
long arch_syscall6(long a, long b, long c, long d, long e, long f, long nr)
{
	long r = syscall(nr, a, b, c, d, e, f);

	return r < 0 ? -errno : r;
}

void fuzz_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

struct span fuzz_copy(struct span s)
{
	char *copy = malloc(s.len ? s.len : 1);

	if (!copy)
		abort();
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	else
		ASAN_POISON_MEMORY_REGION(copy, 1);
	return (struct span){ copy, s.len };
}

void fuzz_free(struct span copy)
{
	free((char *)copy.ptr);
}

void fuzz_hide(struct span copy, size_t visible)
{
	ASAN_UNPOISON_MEMORY_REGION(copy.ptr, visible);
	ASAN_POISON_MEMORY_REGION(copy.ptr + visible, copy.len - visible);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_one((struct span){ (const char *)data, size });
	return 0;
}
