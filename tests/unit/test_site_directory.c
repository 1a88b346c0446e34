/* SPDX-License-Identifier: MIT */
/*
 * site/directory.h: what is remembered, for how long, and no more of it than
 * there is room for.
 */
#include "tap.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "site/directory.h"

#define AGE 1000

static struct site_root root;
static char text[512];
static struct buf path = BUF(text);

/* What lies behind it must stay as it is. */
static struct {
	struct site_directory d;
	char behind[256];
} known;

/* A path to the root with @length bytes, an even number, and a name. */
static void put_path(size_t length)
{
	path.len = 0;
	while (path.len < length)
		buf_puts(&path, "./");
	buf_puts(&path, "name");
}

/* Return: whether the directory was looked at, and not remembered. */
static bool is_looked_at(s64 now)
{
	struct site_identity state;

	CHECK(site_directory_know(&known.d, &root, &path, now, AGE) >= 0);
	CHECK(site_directory_look(&root, &path, &state) >= 0);
	CHECK(site_identity_is_same(&state, &known.d.state));
	CHECK_SPAN(span_skip(buf_span(&path), path.len - 4), "name");
	return known.d.looked == now;
}

static void test_time(void)
{
	put_path(0);
	CHECK(is_looked_at(5000));
	CHECK(!is_looked_at(5001) && !is_looked_at(5999));
	CHECK(is_looked_at(6000) && !is_looked_at(6001));
}

static void test_other_path(void)
{
	put_path(2);
	CHECK(is_looked_at(7000) && !is_looked_at(7001));
	put_path(4);
	CHECK(is_looked_at(7002) && !is_looked_at(7003));
	path.ptr[0] = '/';
	CHECK(is_looked_at(7004));
}

static void test_length(void)
{
	memset(known.behind, 'x', sizeof(known.behind));
	for (size_t length = SITE_DIRECTORY_PATH - 4;
	     length <= SITE_DIRECTORY_PATH + 4; length += 2) {
		put_path(length);
		CHECK(is_looked_at(8000));
		CHECK(is_looked_at(8001) == (length > SITE_DIRECTORY_PATH));
		put_path(0);
		CHECK(is_looked_at(8002));
	}
	for (size_t i = 0; i < sizeof(known.behind); i++)
		CHECK(known.behind[i] == 'x');
}

static void test_failure(void)
{
	struct site_identity state;

	path.len = 0;
	buf_puts(&path, "no such directory/name");
	for (s64 now = 9000; now < 9002; now++)
		CHECK(site_directory_know(&known.d, &root, &path, now, AGE) ==
		      -ENOENT);
	CHECK(site_directory_look(&root, &path, &state) == -ENOENT);
	CHECK_SPAN(buf_span(&path), "no such directory/name");
	put_path(0);
	CHECK(is_looked_at(9002));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	CHECK(site_root_open(&root, ".") >= 0);
	RUN(test_time);
	RUN(test_other_path);
	RUN(test_length);
	RUN(test_failure);
	return tap_end();
}
