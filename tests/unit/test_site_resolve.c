/* SPDX-License-Identifier: MIT */
/*
 * site/resolve.h: one table of paths, resolved by openat2 and by hand, in a
 * directory that is made for it. A file's content is its own path.
 */
#include "tap.h"
#include "base/buf.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "site/resolve.h"

/* Calls that the project does not use: asm/unistd.h. */
#ifdef __x86_64__
#define NR_setuid 105
#define NR_getdents64 217
#define NR_mkdirat 258
#define NR_mknodat 259
#define NR_unlinkat 263
#define NR_symlinkat 266
#define NR_fchmodat 268
#else
#define NR_mknodat 33
#define NR_mkdirat 34
#define NR_unlinkat 35
#define NR_symlinkat 36
#define NR_fchmodat 53
#define NR_getdents64 61
#define NR_setuid 146
#endif
#define O_CREAT 0100
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
	must(tap_syscall6(NR_symlinkat, (long)text, at, (long)path, 0, 0, 0));
}

static const char *end(struct buf *b)
{
	buf_put_char(b, '\0');
	CHECK(!b->full);
	return b->ptr;
}

/* l1 is a link to the file, l2 to l1, and so on to l41. */
static void make_chain(int root)
{
	char name[16];
	char before[16] = "file";

	for (unsigned i = 1; i <= SITE_LINKS_MAX + 1; i++) {
		struct buf b = BUF(name);

		buf_puts(&b, "l");
		buf_put_u64(&b, i, 1);
		make_link(root, end(&b), before);
		b = BUF(before);
		buf_put(&b, span_from_string(name));
		end(&b);
	}
}

static const struct {
	const char *path;
	const char *text;
} links[] = {
	{ "link", "file" },
	{ "link2", "dir/../link" },
	{ "dirlink", "dir" },
	{ "sublink", "dir/sub" },
	{ "slash", "dir/" },
	{ "fileslash", "file/" },
	{ "dot", "." },
	{ "dir/up", "../file" },
	{ "dir/sub/upup", "../../file" },
	{ "stay", "dir/sub/../.././dir//nested" },
	{ "dotdot", ".." },
	{ "out", "../outside" },
	{ "dir/out", "../../outside" },
	{ "sneaky", "dir/../../outside" },
	{ "detour", "../root/file" },
	{ "abs", "/etc/passwd" },
	{ "absroot", "/" },
	{ "dangling", "missing" },
	{ "dangling2", "dir/missing/file" },
	{ "loop", "loop" },
	{ "loop1", "loop2" },
	{ "loop2", "loop1" },
	{ "grow", "grow/x" },
	{ "tofifo", "fifo" },
};

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
	int root = by_kernel.fd;

	make_file(root, "../outside", 0644);
	make_file(root, "file", 0644);
	make_dir(root, "dir");
	make_file(root, "dir/nested", 0644);
	make_dir(root, "dir/sub");
	make_file(root, "dir/sub/leaf", 0644);
	make_file(root, "closed", 0);
	make_dir(root, "locked");
	make_file(root, "locked/secret", 0644);
	must(call(NR_mknodat, root, "fifo", S_IFIFO | 0644, 0));
	for (unsigned i = 0; i < ARRAY_SIZE(links); i++)
		make_link(root, links[i].path, links[i].text);
	make_chain(root);
	char absolute[128];

	b = BUF(absolute);
	buf_put(&b, span_from_string(root_path));
	buf_puts(&b, "/file");
	make_link(root, "absin", end(&b));
}

struct entry {
	u64 ino;
	s64 off;
	u16 reclen;
	u8 type;
	char name[];
};

static void remove_all(int at, const char *name)
{
	char entries[1024] __attribute__((aligned(8)));
	long fd = sys_openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	long n;

	if (fd < 0) {
		must(call(NR_unlinkat, at, name, 0, 0));
		return;
	}
	while ((n = tap_syscall6(NR_getdents64, fd, (long)entries,
				 sizeof(entries), 0, 0, 0)) > 0)
		for (long i = 0; i < n;) {
			struct entry *e = (void *)(entries + i);
			struct span s = span_from_string(e->name);

			if (!span_equal(s, SPAN(".")) &&
			    !span_equal(s, SPAN("..")))
				remove_all((int)fd, e->name);
			i += e->reclen;
		}
	sys_close((int)fd);
	must(call(NR_unlinkat, at, name, AT_REMOVEDIR, 0));
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
	tap_syscall6(NR_setuid, 65534, 0, 0, 0, 0, 0);
	return site_resolve(root, "closed", &st) >= 0 &&
	       st.stx_mode == S_IFREG &&
	       site_open(root, "closed", &st, &fd) == -EACCES &&
	       site_open(root, "locked/secret", &st, &fd) == -EACCES &&
	       site_open(root, "locked/missing", &st, &fd) == -EACCES;
}

static void test_permissions(void)
{
	must(call(NR_fchmodat, by_hand.fd, "locked", 0, 0));
	CHECK_EQ(tap_child(permissions, &by_hand), 1);
	if (!by_kernel.openat2)
		CHECK_EQ(tap_child(permissions, &by_kernel), 1);
	must(call(NR_fchmodat, by_hand.fd, "locked", 0700, 0));
}

/* The walk alone, as others may call it: for reading, and from a link. */
static void test_walk(void)
{
	long fd = site_walk(by_hand.fd, "sublink/leaf", O_RDONLY);

	if (CHECK(fd >= 0))
		check_content((int)fd, "dir/sub/leaf");
	sys_close((int)fd);
	fd = site_walk(by_hand.fd, "dirlink/", O_RDONLY);
	CHECK(fd >= 0);
	sys_close((int)fd);
	/* Opening a FIFO for reading without a writer would wait. */
	fd = site_walk(by_hand.fd, "fifo", O_PATH);
	CHECK(fd >= 0);
	sys_close((int)fd);
	CHECK_EQ(site_walk(by_hand.fd, "out", O_RDONLY), -EXDEV);
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
	sys_close(by_kernel.fd);
	remove_all(AT_FDCWD, base_path);
	return tap_end();
}
