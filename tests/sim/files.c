/* SPDX-License-Identifier: MIT */
/*
 * Files: a small site, and the calls that look at it. Some of it is replaced,
 * cut and removed while it is served; sim->version remembers what was there
 * when. A tick of the clock is 4 ms, as CONFIG_HZ=250 has it.
 */
#include "base/mem.h"
#include "kernel/sys.h"
#include "sim.h"

#define TICK 4000000LL
#define NAMES_MAX 600

struct sim_path sim_paths[] = {
	{ "", 0, false, false },
	{ "index.html", 1, false, false },
	{ "small.txt", 2, false, false },
	{ "empty.txt", 3, false, false },
	{ "page.html", 4, false, false },
	{ "mid.bin", 5, false, false },
	{ "big.bin", 6, false, false },
	{ "v.txt", 7, false, false },
	{ "v.txt.gz", 8, false, false },
	{ "dir", 9, false, false },
	{ "dir/index.html", 10, false, false },
	{ "list", 11, false, false },
	{ "link.txt", 12, false, false },
	{ "404.html", 13, false, false },
	{ "news.txt", 14, true, false },
	{ "log.bin", 15, true, false },
};
const int sim_path_count = ARRAY_SIZE(sim_paths);

static const u32 sizes[] = { 0,	   800, 100, 0, 5000, 65536, 200000, 3000,
			     1200, 0,	700, 0, 9,    600,   2500,   90000 };

static u32 names; /* in the directory that is listed */

static s64 find_tick(void)
{
	return (sim->now + sim->wall) * 1000 / TICK * TICK;
}

static void remember(int file, const struct sim_inode *i)
{
	if (sim->versions == SIM_VERSIONS)
		return;
	sim->version[sim->versions++] = (struct sim_version){
		.file = file,
		.bytes = i ? i->bytes : 0,
		.size = i ? i->size : ~0ULL,
		.from = sim->step,
		.to = ~0ULL,
	};
}

void sim_files_start(void)
{
	static const u32 counts[] = { 3, 60, NAMES_MAX };

	names = counts[sim_random(&sim->plan, 3)];
	sim->inodes = sim_path_count;
	for (int i = 0; i < sim_path_count; i++) {
		struct sim_inode *inode = &sim->inode[i];
		bool directory = i == 0 || i == 9 || i == 11;

		inode->mode = directory ? S_IFDIR | 0755 : S_IFREG | 0644;
		inode->number = 100 + (u64)i;
		inode->size = sizes[i];
		inode->bytes = sim_random(&sim->plan, SIM_BYTES / 2);
		inode->mtime = find_tick() - 86400LL * 1000000000;
		inode->ctime = inode->mtime;
		if (i == 12) {
			inode->mode = S_IFLNK | 0777;
			inode->target = "small.txt";
		}
		if (!directory)
			remember(i, inode);
	}
	sim->inode_numbers = 1000;
}

static void end_version(int file)
{
	for (int i = 0; i < sim->versions; i++)
		if (sim->version[i].file == file && sim->version[i].to == ~0ULL)
			sim->version[i].to = sim->step;
}

void sim_files_change(void)
{
	int file = sim_path_count - 1 - (int)sim_random(&sim->chance, 2);
	struct sim_path *path = &sim_paths[file];
	u32 way = sim_random(&sim->chance, 4);
	struct sim_inode *i;

	if (sim->inodes == ARRAY_SIZE(sim->inode) ||
	    sim->versions == SIM_VERSIONS)
		return;
	path->changed = true;
	end_version(file);
	if (way == 0 && path->inode >= 0) {
		path->inode = -1;
		sim->inode[0].ctime = sim->inode[0].mtime = find_tick();
		remember(file, NULL);
		return;
	}
	if (way == 1 && path->inode >= 0) {
		i = &sim->inode[path->inode];
		i->size = i->size / 2;
	} else {
		path->inode = sim->inodes++;
		i = &sim->inode[path->inode];
		*i = (struct sim_inode){
			.mode = S_IFREG | 0644,
			.number = sim->inode_numbers++,
			.bytes = sim_random(&sim->chance, SIM_BYTES / 2),
			.size = sizes[file] + sim_random(&sim->chance, 2000),
		};
		sim->inode[0].ctime = sim->inode[0].mtime = find_tick();
	}
	i->mtime = i->ctime = find_tick();
	remember(file, i);
}

/* "list/e017": the index of its inode is that of the list. */
static bool is_listed(struct span path)
{
	struct span rest;
	u64 n;

	if (!span_starts(path, SPAN("list/e")) || path.len != 9)
		return false;
	rest = span_skip(path, 6);
	return span_parse_u64(rest, &n) && n < names;
}

/* Return: an inode, or a negative errno. */
static long find(struct span path)
{
	for (int i = 0; i < sim_path_count; i++) {
		struct span name = span_from_string(sim_paths[i].name);

		if (span_equal(name, path))
			return sim_paths[i].inode < 0 ? -ENOENT
						      : sim_paths[i].inode;
		if (name.len && path.len > name.len &&
		    span_starts(path, name) && path.ptr[name.len] == '/' &&
		    sim_paths[i].inode >= 0 &&
		    (sim->inode[sim_paths[i].inode].mode & S_IFMT) != S_IFDIR)
			return -ENOTDIR;
	}
	return is_listed(path) ? 2 : -ENOENT;
}

/* The absolute path of @at below the directory @dirfd, without "." */
static struct span join(struct sim_fd *dir, long at, char text[512])
{
	struct buf out = { text, 0, 512, false };
	struct span rest = span_from_string((const char *)at);
	struct span name = { NULL, 0 };

	for (int i = 0; i < sim_path_count; i++)
		if (sim_paths[i].inode == dir->inode)
			name = span_from_string(sim_paths[i].name);
	buf_put(&out, name);
	while (rest.len) {
		name = span_take(&rest, '/');
		if (!name.len || span_equal(name, SPAN(".")))
			continue;
		if (out.len)
			buf_put_char(&out, '/');
		buf_put(&out, name);
	}
	if (out.full)
		sim_fail("a path that is too long for this test", out.len);
	return buf_span(&out);
}

static void need_string(long at)
{
	const char *s = (const char *)at;

	do
		sim_need_readable((long)s, 1);
	while (*s++);
}

static long resolve(long dirfd, long at, bool follow)
{
	struct sim_fd *dir = sim_get(dirfd, "a directory that is not open");
	char text[512];

	need_string(at);
	long i = find(join(dir, at, text));

	if (i >= 0 && follow && sim->inode[i].target)
		i = find(span_from_string(sim->inode[i].target));
	return i;
}

static long open_inode(long inode, long flags)
{
	bool directory;

	if (inode < 0)
		return inode;
	directory = (sim->inode[inode].mode & S_IFMT) == S_IFDIR;
	if (sim->inode[inode].target && !(flags & O_PATH))
		return -ELOOP;
	if ((flags & O_DIRECTORY) && !directory)
		return -ENOTDIR;
	if (!sim_may_open(SIM_DEGRADES))
		return -EMFILE;
	long fd = sim_open(flags & O_PATH ? SIM_PATH
			   : directory	  ? SIM_DIRECTORY
					  : SIM_FILE);

	sim->fd[fd].inode = (int)inode;
	if (!(flags & O_CLOEXEC))
		sim_fail("a descriptor that is inherited", (u64)flags);
	return fd;
}

static long call_openat2(const long a[6])
{
	const struct open_how *how = (const void *)a[2];

	sim_need_readable(a[2], sizeof(*how));
	if (sim->old)
		return -ENOSYS;
	if (a[3] != sizeof(*how) || !(how->resolve & RESOLVE_BENEATH))
		sim_fail("openat2 that may leave the root", how->resolve);
	long i = resolve(a[0], a[1], !(how->flags & O_NOFOLLOW));

	return open_inode(i, (long)how->flags);
}

static long call_statx(const long a[6])
{
	struct sim_fd *fd = sim_get(a[0], "statx of what is not open");
	struct statx *st = (void *)a[4];
	long i = fd->inode;

	sim_need_writable(a[4], sizeof(*st));
	need_string(a[1]);
	if (*(const char *)a[1] || !(a[2] & AT_EMPTY_PATH))
		i = resolve(a[0], a[1], !(a[2] & AT_SYMLINK_NOFOLLOW));
	if (i < 0)
		return i;
	const struct sim_inode *inode = &sim->inode[i];

	*st = (struct statx){ .stx_mask = STATX_BASIC_STATS,
			      .stx_mode = inode->mode,
			      .stx_ino = inode->number,
			      .stx_size = inode->size,
			      .stx_dev_major = 8 };
	st->stx_mtime.tv_sec = inode->mtime / 1000000000;
	st->stx_mtime.tv_nsec = (u32)(inode->mtime % 1000000000);
	st->stx_ctime.tv_sec = inode->ctime / 1000000000;
	st->stx_ctime.tv_nsec = (u32)(inode->ctime % 1000000000);
	return 0;
}

static long call_pread(const long a[6])
{
	struct sim_fd *fd = sim_get(a[0], "pread64 of what is not open");
	const struct sim_inode *i = &sim->inode[fd->inode];
	u64 n = (u64)a[2];

	sim_need_writable(a[1], n);
	if (fd->kind != SIM_FILE || a[3] < 0)
		sim_fail("pread64 of what is no file", (u64)a[0]);
	if ((u64)a[3] >= i->size || !n)
		return 0;
	if (n > i->size - (u64)a[3])
		n = i->size - (u64)a[3];
	if (sim->shorts && sim_one_in(&sim->chance, 3))
		n = 1 + sim_random(&sim->chance, (u32)n);
	memcpy((void *)a[1], sim_bytes + i->bytes + a[3], n);
	return (long)n;
}

/* One entry, if there is room. Return: its size, or 0. */
static size_t put_name(char *at, size_t room, struct span name)
{
	struct linux_dirent64 *entry = (void *)at;
	size_t size =
		(offsetof(struct linux_dirent64, d_name) + name.len + 8) & ~7UL;

	if (size > room)
		return 0;
	memset(at, 0, size);
	entry->d_reclen = (u16)size;
	memcpy(entry->d_name, name.ptr, name.len);
	return size;
}

static long call_getdents(const long a[6])
{
	struct sim_fd *fd = sim_get(a[0], "getdents64 of what is not open");
	u64 end = fd->inode == 11 ? names + 2 : 2;
	size_t length = 0;

	sim_need_writable(a[1], (u64)a[2]);
	if (fd->kind != SIM_DIRECTORY)
		return -ENOTDIR;
	while (fd->position < end) {
		char text[8];
		struct buf name = BUF(text);

		if (fd->position < 2)
			buf_puts(&name, fd->position ? ".." : ".");
		else
			buf_puts(&name, "e");
		if (fd->position >= 2)
			buf_put_u64(&name, fd->position - 2, 3);
		size_t n = put_name((char *)a[1] + length,
				    (size_t)a[2] - length, buf_span(&name));

		if (!n ||
		    (length && sim->shorts && sim_one_in(&sim->chance, 20)))
			break;
		length += n;
		fd->position++;
	}
	return (long)length;
}

static long call_readlinkat(const long a[6])
{
	struct sim_fd *fd = sim_get(a[0], "readlinkat of what is not open");
	struct span target;

	sim_need_writable(a[2], (u64)a[3]);
	if (fd->inode < 0 || !sim->inode[fd->inode].target)
		return -EINVAL;
	target = span_from_string(sim->inode[fd->inode].target);
	memcpy((void *)a[2], target.ptr, target.len);
	return (long)target.len;
}

long sim_call_file(long nr, const long a[6])
{
	switch (nr) {
	case NR_openat:
		return open_inode(resolve(a[0], a[1], !(a[2] & O_NOFOLLOW)),
				  a[2]);
	case NR_openat2:
		return call_openat2(a);
	case NR_statx:
		return call_statx(a);
	case NR_pread64:
		return call_pread(a);
	case NR_getdents64:
		return call_getdents(a);
	case NR_readlinkat:
		return call_readlinkat(a);
	case NR_memfd_create:
		need_string(a[0]);
		return sim_may_open(SIM_DEGRADES) ? sim_open(SIM_MEMORY)
						  : -EMFILE;
	}
	return SIM_NOT_MINE;
}
