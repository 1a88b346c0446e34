/* SPDX-License-Identifier: MIT */
/*
 * site/resolve.h: one table of paths, resolved by openat2 and by hand, in a
 * directory that is made for it. A file's content is its own path.
 */
/* For calls that the project does not use. */
#include <asm/unistd.h>
#include "tap.h"
#include "base/buf.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "site/resolve.h"

#define AT_REMOVEDIR 0x200

static char base_path[64]; /* absolute; "root" and "outside" are in it */
static char root_path[80];
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

static void make_file(int at, const char *path, u32 mode)
{
	struct span s = span_from_string(path);
	long fd = call(NR_openat, at, path, O_CREAT | O_RDWR, (long)mode);

	must(fd);
	must(sys_write((int)fd, s.ptr, s.len));
	sys_close((int)fd);
}

static void make_link(int at, const char *path, const char *text)
{
	must(tap_syscall6(__NR_symlinkat, (long)text, at, (long)path, 0, 0, 0));
}

static const char *end(struct buf *b)
{
	buf_put_char(b, '\0');
	CHECK(!b->full);
	return b->ptr;
}

static const char *chain_name(struct buf *b, unsigned i)
{
	b->len = 0;
	buf_puts(b, "l");
	buf_put_u64(b, i, 1);
	return end(b);
}

/* l1 is a link to the file, l2 to l1, and so on to l41. */
static void make_chain(int root)
{
	char text[2][16];
	struct buf b[2] = { BUF(text[0]), BUF(text[1]) };

	make_link(root, "l1", "file");
	for (unsigned i = 2; i <= SITE_LINKS_MAX + 1; i++)
		make_link(root, chain_name(&b[0], i), chain_name(&b[1], i - 1));
}

static const struct {
	const char *path;
	const char *text; /* of a link */
	u32 mode;	  /* of anything else */
} things[] = {
	{ "../outside", NULL, S_IFREG | 0644 },
	{ "file", NULL, S_IFREG | 0644 },
	{ "dir", NULL, S_IFDIR },
	{ "dir/nested", NULL, S_IFREG | 0644 },
	{ "dir/sub", NULL, S_IFDIR },
	{ "dir/sub/leaf", NULL, S_IFREG | 0644 },
	{ "closed", NULL, S_IFREG },
	{ "locked", NULL, S_IFDIR },
	{ "locked/secret", NULL, S_IFREG | 0644 },
	{ "fifo", NULL, S_IFIFO | 0644 },
	{ "link", "file", 0 },
	{ "link2", "dir/../link", 0 },
	{ "dirlink", "dir", 0 },
	{ "sublink", "dir/sub", 0 },
	{ "slash", "dir/", 0 },
	{ "fileslash", "file/", 0 },
	{ "dot", ".", 0 },
	{ "dir/up", "../file", 0 },
	{ "dir/sub/upup", "../../file", 0 },
	{ "stay", "dir/sub/../.././dir//nested", 0 },
	{ "dotdot", "..", 0 },
	{ "out", "../outside", 0 },
	{ "dir/out", "../../outside", 0 },
	{ "sneaky", "dir/../../outside", 0 },
	{ "detour", "../root/file", 0 },
	{ "abs", "/etc/passwd", 0 },
	{ "absroot", "/", 0 },
	{ "dangling", "missing", 0 },
	{ "dangling2", "dir/missing/file", 0 },
	{ "loop", "loop", 0 },
	{ "loop1", "loop2", 0 },
	{ "loop2", "loop1", 0 },
	{ "grow", "grow/x", 0 },
	{ "tofifo", "fifo", 0 },
};

static void make(int root, const char *path, const char *text, u32 mode)
{
	if (text)
		make_link(root, path, text);
	else if ((mode & S_IFMT) == S_IFDIR)
		make_dir(root, path);
	else if ((mode & S_IFMT) == S_IFIFO)
		must(call(__NR_mknodat, root, path, (long)mode, 0));
	else
		make_file(root, path, mode & 0777);
}

static void make_tree(void)
{
	struct buf b = BUF(base_path);

	buf_puts(&b, "/tmp/scratchd-resolve-");
	buf_put_u64(&b, (u64)sys_getpid(), 1);
	end(&b);
	make_dir(AT_FDCWD, base_path);
	b = BUF(root_path);
	buf_put(&b, span_from_string(base_path));
	buf_puts(&b, "/root");
	make_dir(AT_FDCWD, end(&b));
	must(site_root_open(&by_kernel, root_path));
	by_hand = by_kernel;
	by_hand.openat2 = -ENOSYS;
	for (unsigned i = 0; i < ARRAY_SIZE(things); i++)
		make(by_kernel.fd, things[i].path, things[i].text,
		     things[i].mode);
	make_chain(by_kernel.fd);
	char absolute[128];

	b = BUF(absolute);
	buf_put(&b, span_from_string(root_path));
	buf_puts(&b, "/file");
	make_link(by_kernel.fd, "absin", end(&b));
}

static void remove_tree(void)
{
	char text[16];
	struct buf b = BUF(text);
	int root = by_kernel.fd;

	must(call(NR_unlinkat, root, "absin", 0, 0));
	for (unsigned i = 1; i <= SITE_LINKS_MAX + 1; i++)
		must(call(NR_unlinkat, root, chain_name(&b, i), 0, 0));
	for (size_t i = ARRAY_SIZE(things); i-- > 0;)
		must(call(NR_unlinkat, root, things[i].path,
			  things[i].mode == S_IFDIR ? AT_REMOVEDIR : 0, 0));
	sys_close(root);
	must(call(NR_unlinkat, AT_FDCWD, root_path, AT_REMOVEDIR, 0));
	must(call(NR_unlinkat, AT_FDCWD, base_path, AT_REMOVEDIR, 0));
}

static const struct row {
	const char *path;
	const char *target; /* the same without links, NULL: refused */
	int error;
} rows[] = {
	{ "file", "file", 0 },
	{ "./file", "file", 0 },
	{ "././file", "file", 0 },
	{ ".", ".", 0 },
	{ "./", ".", 0 },
	{ "dir", "dir", 0 },
	{ "dir/nested", "dir/nested", 0 },
	{ "dir/sub/leaf", "dir/sub/leaf", 0 },
	{ "missing", NULL, -ENOENT },
	{ "missing/x", NULL, -ENOENT },
	{ "missing/..", NULL, -ENOENT },
	{ "dir/missing", NULL, -ENOENT },
	{ "File", NULL, -ENOENT },
	/* Empty components, and none. */
	{ "dir//nested", "dir/nested", 0 },
	{ "dir///sub//leaf", "dir/sub/leaf", 0 },
	{ "dir/./nested", "dir/nested", 0 },
	{ "", NULL, -ENOENT },
	/* Slashes at the end: a directory is meant. */
	{ "dir/", "dir", 0 },
	{ "dir//", "dir", 0 },
	{ "dir/.", "dir", 0 },
	{ "file/", NULL, -ENOTDIR },
	{ "file//", NULL, -ENOTDIR },
	{ "file/.", NULL, -ENOTDIR },
	{ "file/..", NULL, -ENOTDIR },
	{ "file/x", NULL, -ENOTDIR },
	{ "file/../file", NULL, -ENOTDIR },
	/* Upwards, to the root and no further. */
	{ "dir/..", ".", 0 },
	{ "dir/../file", "file", 0 },
	{ "dir/sub/../nested", "dir/nested", 0 },
	{ "dir/sub/../../file", "file", 0 },
	{ "..", NULL, -EXDEV },
	{ "../", NULL, -EXDEV },
	{ "../outside", NULL, -EXDEV },
	{ "../root/file", NULL, -EXDEV },
	{ "dir/../../outside", NULL, -EXDEV },
	{ "dir/../..", NULL, -EXDEV },
	{ "dir/sub/../../../root/file", NULL, -EXDEV },
	{ "/", NULL, -EXDEV },
	{ "/file", NULL, -EXDEV },
	{ "/etc/passwd", NULL, -EXDEV },
	{ "//file", NULL, -EXDEV },
	/* Links that stay inside. */
	{ "link", "file", 0 },
	{ "link2", "file", 0 },
	{ "dirlink", "dir", 0 },
	{ "dirlink/", "dir", 0 },
	{ "dirlink/nested", "dir/nested", 0 },
	{ "dirlink/sub/leaf", "dir/sub/leaf", 0 },
	{ "dirlink//sub/./leaf", "dir/sub/leaf", 0 },
	{ "dirlink/..", ".", 0 },
	{ "sublink/leaf", "dir/sub/leaf", 0 },
	{ "sublink/..", "dir", 0 },
	{ "sublink/../nested", "dir/nested", 0 },
	{ "slash", "dir", 0 },
	{ "slash/nested", "dir/nested", 0 },
	{ "dot", ".", 0 },
	{ "dot/dot/dot/file", "file", 0 },
	{ "dir/up", "file", 0 },
	{ "dir/sub/upup", "file", 0 },
	{ "sublink/upup", "file", 0 },
	{ "dirlink/up", "file", 0 },
	{ "stay", "dir/nested", 0 },
	{ "link/", NULL, -ENOTDIR },
	{ "link//", NULL, -ENOTDIR },
	{ "dirlink/up/", NULL, -ENOTDIR },
	{ "link/.", NULL, -ENOTDIR },
	{ "link/..", NULL, -ENOTDIR },
	{ "link/x", NULL, -ENOTDIR },
	{ "fileslash", NULL, -ENOTDIR },
	/* Links that lead out, however they come back. */
	{ "out", NULL, -EXDEV },
	{ "out/", NULL, -EXDEV },
	{ "dir/out", NULL, -EXDEV },
	{ "dirlink/out", NULL, -EXDEV },
	{ "sneaky", NULL, -EXDEV },
	{ "detour", NULL, -EXDEV },
	{ "dotdot", NULL, -EXDEV },
	{ "dotdot/outside", NULL, -EXDEV },
	{ "dotdot/root/file", NULL, -EXDEV },
	{ "dot/..", NULL, -EXDEV },
	{ "abs", NULL, -EXDEV },
	{ "absroot", NULL, -EXDEV },
	{ "absroot/etc/passwd", NULL, -EXDEV },
	{ "absin", NULL, -EXDEV },
	/* Links to nothing and to themselves. */
	{ "dangling", NULL, -ENOENT },
	{ "dangling/x", NULL, -ENOENT },
	{ "dangling2", NULL, -ENOENT },
	{ "loop", NULL, -ELOOP },
	{ "loop/x", NULL, -ELOOP },
	{ "grow", NULL, -ELOOP },
	{ "l39", "file", 0 },
	{ "l40", "file", 0 },
	{ "l41", NULL, -ELOOP },
	{ "dot/l39", "file", 0 },
	{ "dot/l40", NULL, -ELOOP },
	/* Neither file nor directory: looked at, not opened. */
	{ "fifo", "fifo", 0 },
	{ "tofifo", "fifo", 0 },
	{ "fifo/", NULL, -ENOTDIR },
	{ "fifo/x", NULL, -ENOTDIR },
};

static void check_same_inode(const struct statx *a, const struct statx *b)
{
	CHECK_EQ(a->stx_ino, b->stx_ino);
	CHECK_EQ(a->stx_dev_minor, b->stx_dev_minor);
	CHECK_EQ(a->stx_mode, b->stx_mode);
}

static void check_content(int fd, const char *target)
{
	char text[64];
	struct span want = span_from_string(target);
	long n = sys_pread64(fd, text, sizeof(text), 0);

	if (CHECK(n > 0))
		CHECK(span_equal((struct span){ text, (size_t)n }, want));
}

static void check_row(const struct site_root *root, const struct row *row)
{
	struct statx want;
	struct statx st;
	int fd = -2;
	long r = site_resolve(root, row->path, &st);

	if (!row->target) {
		CHECK_EQ(r, row->error);
		if (r >= 0)
			sys_close((int)r);
		CHECK_EQ(site_open(root, row->path, &st, &fd), row->error);
		if (fd >= 0)
			sys_close(fd);
		return;
	}
	if (!CHECK(r >= 0))
		return;
	sys_close((int)r);
	must(sys_statx(root->fd, row->target, 0, STATX_BASIC_STATS, &want));
	check_same_inode(&st, &want);
	if (!CHECK_EQ(site_open(root, row->path, &st, &fd), 0))
		return;
	check_same_inode(&st, &want);
	CHECK_EQ(fd >= 0, (want.stx_mode & S_IFMT) == S_IFREG);
	if (fd >= 0) {
		check_content(fd, row->target);
		sys_close(fd);
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

static void check_rows(const struct site_root *root)
{
	long before = next_descriptor();

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		tap_note(rows[i].path, i);
		check_row(root, &rows[i]);
	}
	CHECK_EQ(next_descriptor(), before);
}

static void test_rows_by_hand(void)
{
	check_rows(&by_hand);
}

static void test_rows_by_kernel(void)
{
	check_rows(&by_kernel);
}

/* What may not be entered, and what may be looked at but not read. */
static int permissions(void *argument)
{
	const struct site_root *root = argument;
	struct statx st;
	int fd;

	/* Nobody's rights; who is not root has no more than his own anyway. */
	tap_syscall6(__NR_setuid, 65534, 0, 0, 0, 0, 0);
	return site_resolve(root, "closed", &st) >= 0 &&
	       st.stx_mode == S_IFREG &&
	       site_open(root, "closed", &st, &fd) == -EACCES &&
	       site_open(root, "locked/secret", &st, &fd) == -EACCES &&
	       site_open(root, "locked/missing", &st, &fd) == -EACCES;
}

static void test_permissions(void)
{
	must(call(__NR_fchmodat, by_hand.fd, "locked", 0, 0));
	CHECK_EQ(tap_child(permissions, &by_hand), 1);
	if (!by_kernel.openat2)
		CHECK_EQ(tap_child(permissions, &by_kernel), 1);
	must(call(__NR_fchmodat, by_hand.fd, "locked", 0700, 0));
}

/* The walk alone, as others may call it: for reading, and from a link. */
static void test_walk(void)
{
	long fd = site_walk(&by_hand, "sublink/leaf", O_RDONLY);

	if (CHECK(fd >= 0))
		check_content((int)fd, "dir/sub/leaf");
	sys_close((int)fd);
	fd = site_walk(&by_hand, "dirlink/", O_RDONLY);
	CHECK(fd >= 0);
	sys_close((int)fd);
	/* Opening a FIFO for reading without a writer would wait. */
	fd = site_walk(&by_hand, "fifo", O_PATH);
	CHECK(fd >= 0);
	sys_close((int)fd);
	CHECK_EQ(site_walk(&by_hand, "out", O_RDONLY), -EXDEV);
}

/* Stands for the table where there is no second way. */
static void nothing(void)
{
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	make_tree();
	RUN(test_rows_by_hand);
	if (by_kernel.openat2)
		tap_run("test_rows_by_kernel # SKIP no openat2 here", nothing);
	else
		RUN(test_rows_by_kernel);
	RUN(test_permissions);
	RUN(test_walk);
	remove_tree();
	return tap_end();
}
