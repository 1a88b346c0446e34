/* SPDX-License-Identifier: MIT */
/* kernel/errno.h: each number has its name and text, others their number. */
#include "kernel/errno.h"
#include "tap.h"

static struct span describe(long err)
{
	static char memory[100];
	struct buf b = BUF(memory);

	errno_describe(&b, err);
	CHECK(!b.full);
	return buf_span(&b);
}

static void test_each(void)
{
#define ERRNO(name, number, text)                                              \
	CHECK_SPAN(describe(-(name)), #name " (" text ")");
#include "kernel/errno.def"
#undef ERRNO
}

static void test_unknown(void)
{
	CHECK_SPAN(describe(-4095), "errno 4095");
	CHECK_SPAN(describe(-3), "errno 3");
	CHECK_SPAN(describe(0), "errno 0");
}

static void test_enumeration(void)
{
	CHECK_EQ(EPERM, 1);
	CHECK_EQ(EACCES, 13);
	CHECK_EQ(EPIPE, 32);
}

static void test_overflow(void)
{
	char memory[10];
	struct buf b = BUF(memory);

	errno_describe(&b, -EACCES);
	CHECK(b.full);
	CHECK(b.len <= sizeof(memory));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_each);
	RUN(test_unknown);
	RUN(test_enumeration);
	RUN(test_overflow);
	return tap_end();
}
