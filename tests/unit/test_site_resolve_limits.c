/* SPDX-License-Identifier: MIT */
/*
 * site/resolve.h at its limits, by openat2 and by hand: how deep, how long, how
 * many descriptors; and the links of /proc, which are more than their text.
 */
/* For calls that the project does not use. */
#include <asm/unistd.h>
#include "tap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "site/resolve.h"

#define AT_REMOVEDIR 0x200

#define DEPTH 80 /* of nested directories "d", each with a file "f" */

/* Of nested directories with long names, whose path is PATH_MAX long. */
#define LONG_NAME 250
#define LONG_DEPTH 16

static char base_path[64]; /* absolute */
static struct site_root by_kernel;
static struct site_root by_hand;

static void must(long r)
{
	if (!CHECK(r >= 0))
		sys_exit_group(1);
}

static long call(long nr, long dir, const char *path, long a, long b)
{
	return tap_syscall6(nr, dir, (long)path, a, b, 0, 0);
}

static void make_dir(int at, const char *path)
{
	must(call(NR_mkdirat, at, path, 0755, 0));
}

static void make_file(int at, const char *path, int mode)
{
	struct span s = span_from_string(path);
	long fd = call(NR_openat, at, path, O_CREAT | O_RDWR, mode);

	must(fd);
	must(sys_write((int)fd, s.ptr, s.len));
	sys_close((int)fd);
}

static void make_link(int at, const char *path, const char *text)
{
	must(tap_syscall6(__NR_symlinkat, (long)text, at, (long)path, 0, 0, 0));
}

/* A string of @parts, each repeated. */
static void repeat(struct buf *b, const char *part, unsigned count)
{
	while (count--)
		buf_put(b, span_from_string(part));
}

static const char *end(struct buf *b)
{
	buf_put_char(b, '\0');
	CHECK(!b->full);
	return b->ptr;
}

/* d, d/d, d/d/d and so on, a file "f" in each. */
static void make_deep(int root)
{
	int at = root;

	for (unsigned i = 0; i < DEPTH; i++) {
		make_dir(at, "d");
		long next = sys_openat(at, "d", O_PATH);

		must(next);
		if (at != root)
			sys_close(at);
		at = (int)next;
		make_file(at, "f", 0644);
	}
	sys_close(at);
}

/* A path of @count long names, with @last bytes of a name behind them. */
static const char *long_path(struct buf *b, unsigned count, unsigned last)
{
	b->len = 0;
	while (count--) {
		repeat(b, "n", LONG_NAME);
		repeat(b, "/", 1);
	}
	repeat(b, "x", last);
	return end(b);
}

/* Directories of long names, in the last a file for each length of path. */
static void make_long(int root)
{
	char name[LONG_NAME + 64];
	struct buf b = BUF(name);
	int at = root;

	repeat(&b, "n", LONG_NAME);
	end(&b);
	for (unsigned i = 0; i < LONG_DEPTH; i++) {
		make_dir(at, name);
		long next = sys_openat(at, name, O_PATH);

		must(next);
		if (at != root)
			sys_close(at);
		at = (int)next;
	}
	/* 4095 bytes, a NUL behind them: PATH_MAX. */
	b.len = 0;
	repeat(&b, "x", 4095 - LONG_DEPTH * (LONG_NAME + 1));
	make_file(at, end(&b), 0644);
	b.len--;
	repeat(&b, "x", 1);
	make_file(at, end(&b), 0644);
	sys_close(at);
}

static void make_tree(void)
{
	char path[4200];
	struct buf b = BUF(base_path);

	buf_puts(&b, "/tmp/scratchd-limits-");
	buf_put_u64(&b, (u64)sys_getpid(), 1);
	end(&b);
	make_dir(AT_FDCWD, base_path);
	must(site_root_open(&by_kernel, base_path));
	by_hand = by_kernel;
	by_hand.openat2 = -ENOSYS;
	make_deep(by_kernel.fd);
	make_long(by_kernel.fd);
	b = BUF(path);
	repeat(&b, "n", 255);
	make_file(by_kernel.fd, end(&b), 0644);
	b.len = 0;
	repeat(&b, "d/", 40);
	make_link(by_kernel.fd, "deep", end(&b));
	make_link(by_kernel.fd, "long", long_path(&b, LONG_DEPTH - 2, 0));
	make_link(by_kernel.fd, "dirlink", "d");
}

/* The name of something in directory @at, false if it is empty. */
static bool find_name(int at, char name[256])
{
	char entries[1024] __attribute__((aligned(8)));
	long fd = sys_openat(at, ".", O_RDONLY | O_DIRECTORY);

	must(fd);
	long n = sys_getdents64((int)fd, entries, sizeof(entries));

	sys_close((int)fd);
	for (long i = 0; i < n;) {
		const struct linux_dirent64 *e = (const void *)(entries + i);
		struct span s = span_from_string(e->d_name);

		i += e->d_reclen;
		if (span_equal(s, SPAN(".")) || span_equal(s, SPAN("..")))
			continue;
		memcpy(name, s.ptr, s.len + 1);
		return true;
	}
	return false;
}

/* Go down from @path, emptying what can be, until @path itself is empty. */
static void remove_all(const char *path)
{
	char name[256];

	while (call(NR_unlinkat, AT_FDCWD, path, AT_REMOVEDIR, 0)) {
		long at = sys_openat(AT_FDCWD, path, O_PATH);

		must(at);
		while (find_name((int)at, name)) {
			if (!call(NR_unlinkat, at, name, 0, 0) ||
			    !call(NR_unlinkat, at, name, AT_REMOVEDIR, 0))
				continue;
			long next =
				sys_openat((int)at, name, O_PATH | O_NOFOLLOW);

			must(next);
			sys_close((int)at);
			at = next;
		}
		sys_close((int)at);
	}
}

/* The lowest descriptor that is free: nothing was left open. */
static long next_descriptor(void)
{
	long fd = sys_openat(AT_FDCWD, "/", O_PATH);

	must(fd);
	sys_close((int)fd);
	return fd;
}

/* A descriptor that is not needed; or the error. */
static long resolve(const struct site_root *root, const char *path)
{
	struct statx st;
	long r = site_resolve(root, path, &st);

	if (r < 0)
		return r;
	sys_close((int)r);
	return 0;
}

/* @want in both ways. */
static void check(const char *path, long want)
{
	CHECK_EQ(resolve(&by_hand, path), want);
	if (!by_kernel.openat2)
		CHECK_EQ(resolve(&by_kernel, path), want);
}

static void test_depth(void)
{
	char path[512];

	for (unsigned i = SITE_DEPTH_MAX - 2; i <= SITE_DEPTH_MAX + 2; i++) {
		struct buf b = BUF(path);
		long want = i > SITE_DEPTH_MAX ? -ENAMETOOLONG : 0;

		tap_note("depth", i);
		repeat(&b, "d/", i);
		check(end(&b), want);
		b.len--;
		repeat(&b, "f", 1);
		check(end(&b), want);
	}
}

/* What counts is how deep it becomes, not who says so. */
static void test_depth_through_a_link(void)
{
	char path[512];
	struct buf b = BUF(path);

	buf_puts(&b, "deep/");
	repeat(&b, "d/", SITE_DEPTH_MAX - 40);
	repeat(&b, "f", 1);
	check(end(&b), 0);
	if (by_kernel.openat2)
		return;
	b.len = 0;
	buf_puts(&b, "deep/");
	repeat(&b, "d/", SITE_DEPTH_MAX - 40 + 1);
	repeat(&b, "f", 1);
	end(&b);
	CHECK_EQ(resolve(&by_hand, path), resolve(&by_kernel, path));
}

/* Down and up again is not deep. */
static void test_up_and_down(void)
{
	char path[512];
	struct buf b = BUF(path);

	repeat(&b, "d/../", SITE_DEPTH_MAX / 2);
	repeat(&b, "d", 1);
	check(end(&b), 0);
}

static void test_long_names(void)
{
	char path[512];
	struct buf b = BUF(path);

	repeat(&b, "n", 255);
	check(end(&b), 0);
	b.len = 0;
	repeat(&b, "m", 255);
	check(end(&b), -ENOENT);
	b.len = 0;
	repeat(&b, "n", 256);
	check(end(&b), -ENAMETOOLONG);
	b.len = 0;
	repeat(&b, "n", 256);
	buf_puts(&b, "/..");
	check(end(&b), -ENAMETOOLONG);
}

static void test_long_paths(void)
{
	char path[8192];
	struct buf b = BUF(path);
	unsigned room = 4095 - LONG_DEPTH * (LONG_NAME + 1);

	check(long_path(&b, LONG_DEPTH, 0), 0);
	check(long_path(&b, LONG_DEPTH, room - 1), -ENOENT);
	check(long_path(&b, LONG_DEPTH, room), 0);
	check(long_path(&b, LONG_DEPTH, room + 1), -ENAMETOOLONG);
	check(long_path(&b, 20, 0), -ENAMETOOLONG);
	check(long_path(&b, 0, 8000), -ENAMETOOLONG);
}

/* A link's text and what follows it may be longer than either may be alone. */
static void test_long_path_through_a_link(void)
{
	char path[1024];
	struct buf b = BUF(path);

	buf_puts(&b, "long/");
	repeat(&b, "n", LONG_NAME);
	check(end(&b), 0);
	if (by_kernel.openat2)
		return;
	b.len--;
	buf_puts(&b, "/");
	repeat(&b, "n", LONG_NAME);
	buf_puts(&b, "/");
	repeat(&b, "x", 4095 + 1 - LONG_DEPTH * (LONG_NAME + 1));
	end(&b);
	CHECK_EQ(resolve(&by_hand, path), resolve(&by_kernel, path));
}

/* Too few descriptors for the walk: said, and none stays open. */
static int few_descriptors(void *unused)
{
	struct rlimit64 few = { 24, 24 };
	char path[512];
	struct buf b = BUF(path);
	long before = next_descriptor();

	(void)unused;
	if (sys_prlimit64(0, RLIMIT_NOFILE, &few, NULL))
		return 2;
	repeat(&b, "d/", 40);
	if (resolve(&by_hand, end(&b)) != -EMFILE)
		return 3;
	return next_descriptor() == before;
}

static void test_few_descriptors(void)
{
	CHECK_EQ(tap_child(few_descriptors, NULL), 1);
}

/* They lead anywhere without a path: none may be followed. */
static void check_proc(bool kernel)
{
	static const char *const paths[] = {
		"self/root", "self/root/etc/passwd",
		"self/cwd",  "self/cwd/.",
		"self/exe",  "self/fd/0",
		"self/fd/1", "self/ns/pid",
	};
	struct site_root root;

	if (site_root_open(&root, "/proc"))
		return;
	if (!kernel)
		root.openat2 = -ENOSYS;
	for (unsigned i = 0; i < ARRAY_SIZE(paths); i++) {
		tap_note(paths[i], i);
		CHECK(resolve(&root, paths[i]) < 0);
	}
	sys_close(root.fd);
}

static void test_proc_by_hand(void)
{
	check_proc(false);
}

static void test_proc_by_kernel(void)
{
	check_proc(true);
}

static void test_root_open(void)
{
	struct site_root root;
	char path[128];
	struct buf b = BUF(path);

	CHECK_EQ(site_root_open(&root, "/missing/directory"), -ENOENT);
	buf_put(&b, span_from_string(base_path));
	buf_puts(&b, "/d/f");
	CHECK_EQ(site_root_open(&root, end(&b)), -ENOTDIR);
	b.len = 0;
	buf_put(&b, span_from_string(base_path));
	buf_puts(&b, "/dirlink");
	if (CHECK_EQ(site_root_open(&root, end(&b)), 0)) {
		CHECK_EQ(resolve(&root, ".."), -EXDEV);
		CHECK_EQ(resolve(&root, "d/f"), 0);
		sys_close(root.fd);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	make_tree();
	long before = next_descriptor();

	RUN(test_depth);
	RUN(test_depth_through_a_link);
	RUN(test_up_and_down);
	RUN(test_long_names);
	RUN(test_long_paths);
	RUN(test_long_path_through_a_link);
	RUN(test_few_descriptors);
	RUN(test_proc_by_hand);
	RUN(test_proc_by_kernel);
	RUN(test_root_open);
	CHECK_EQ(next_descriptor(), before);
	sys_close(by_kernel.fd);
	remove_all(base_path);
	return tap_end();
}
