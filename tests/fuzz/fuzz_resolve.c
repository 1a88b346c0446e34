/* SPDX-License-Identifier: MIT */
/*
 * site/resolve.h: a path, up to its first NUL. A table says what is in the
 * tree; a walk over that table alone says where each path leads. The kernel's
 * openat2 (where there is one) and the walk by hand have to agree with it.
 */
/* For a call that the project does not use. */
#include <asm/unistd.h>
#include "fuzz.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "site/resolve.h"

#define AT_SYMLINK_NOFOLLOW 0x100

#define PATH_SIZE 2048

static const struct thing {
	const char *path; /* where it really lies; a folder ends in a slash */
	const char *link; /* its text */
} things[] = {
	{ "/", NULL },		 { "/f", NULL },
	{ "/d/", NULL },	 { "/d/f", NULL },
	{ "/d/e/", NULL },	 { "/d/e/f", NULL },
	{ "/d/e/.f", NULL },	 { "/...", NULL },
	{ "/a", "f" },		 { "/b", "d" },
	{ "/c", "d/" },		 { "/d/u", ".." },
	{ "/d/e/u", "../.." },	 { "/d/e/v", "../../b/e/f" },
	{ "/g", "d/u/d/u/d/e" }, { "/h", "." },
	{ "/i", "f/" },		 { "/j", "./d/.//e/./f" },
	{ "/o", ".." },		 { "/p", "../root/f" },
	{ "/q", "d/../../x" },	 { "/r", "/" },
	{ "/s", "/etc/passwd" }, { "/t", "t" },
	{ "/k", "l" },		 { "/l", "k" },
	{ "/m", "missing" },	 { "/n", "missing/../f" },
	{ "/w", "w/x" },
};

static struct site_root root;
static u64 inodes[ARRAY_SIZE(things)];

static long call(long nr, long a, const char *b, long c, long d)
{
	return arch_syscall6(a, (long)b, c, d, 0, 0, nr);
}

/* A tree that is there already is the same one. */
static void make(int dir, const struct thing *t)
{
	char text[64];
	struct buf path = BUF(text);
	struct span name = span_from_string(t->path);
	bool folder = name.ptr[name.len - 1] == '/';

	if (name.len == 1)
		return;
	name = span_skip(name, 1);
	name.len -= folder;
	buf_put(&path, name);
	buf_put_char(&path, '\0');
	long r;

	if (t->link)
		r = arch_syscall6((long)t->link, dir, (long)text, 0, 0, 0,
				  __NR_symlinkat);
	else if (folder)
		r = call(NR_mkdirat, dir, text, 0755, 0);
	else
		r = call(NR_openat, dir, text, O_CREAT | O_RDWR, 0644);
	MUST(r >= 0 || r == -EEXIST);
	if (r > 0)
		sys_close((int)r);
}

static void start(void)
{
	static const char *const folders[] = { "build", "build/fuzz",
					       "build/fuzz/tree",
					       "build/fuzz/tree/root" };
	struct statx st;
	long r = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(folders); i++)
		r = call(NR_mkdirat, AT_FDCWD, folders[i], 0755, 0);
	MUST(r == 0 || r == -EEXIST);
	MUST(site_root_open(&root, folders[3]) == 0);
	for (unsigned i = 0; i < ARRAY_SIZE(things); i++) {
		char text[64] = ".";
		struct buf path = { text + 1, 0, sizeof(text) - 1, false };

		make(root.fd, &things[i]);
		buf_put(&path, span_from_string(things[i].path));
		while (path.len > 1 && text[path.len] == '/')
			path.len--;
		buf_put_char(&path, '\0');
		MUST(sys_statx(root.fd, text, AT_SYMLINK_NOFOLLOW,
			       STATX_BASIC_STATS, &st) >= 0);
		inodes[i] = st.stx_ino;
	}
}

/* Where the walk over the table is, and what lies before it. */
struct place {
	char at_text[PATH_SIZE];
	struct buf at; /* of a folder, with its slash */
	char rest[2 * PATH_SIZE];
	size_t rest_at;
	unsigned links;
	bool no_links;
};

/* Return: its number, or -1. */
static int find(struct span folder, struct span name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(things); i++) {
		struct span path = span_from_string(things[i].path);

		if (!span_starts(path, folder))
			continue;
		path = span_skip(path, folder.len);
		if (path.len && path.ptr[path.len - 1] == '/')
			path.len--;
		if (path.len && span_equal(path, name))
			return (int)i;
	}
	return -1;
}

static long follow(struct place *p, const struct thing *t)
{
	struct span link = span_from_string(t->link);

	if (p->no_links || ++p->links > SITE_LINKS_MAX)
		return -ELOOP;
	if (link.ptr[0] == '/')
		return -EXDEV;
	MUST(link.len <= p->rest_at);
	p->rest_at -= link.len;
	memcpy(p->rest + p->rest_at, link.ptr, link.len);
	return 0;
}

static long leave(struct place *p)
{
	if (p->at.len == 1)
		return -EXDEV;
	do
		p->at.len--;
	while (p->at.ptr[p->at.len - 1] != '/');
	return 0;
}

/* One name. Return: 0 to go on, the number of a file, or an errno. */
static long enter(struct place *p, struct span name, bool last)
{
	int found;

	if (span_equal(name, SPAN("..")))
		return leave(p);
	if (!name.len || span_equal(name, SPAN(".")))
		return 0;
	if (name.len > 255)
		return -ENAMETOOLONG;
	found = find(buf_span(&p->at), name);
	if (found < 0)
		return -ENOENT;
	if (things[found].link)
		return follow(p, &things[found]);
	struct span path = span_from_string(things[found].path);
	if (path.ptr[path.len - 1] != '/')
		return last ? found : -ENOTDIR;
	p->at.len = 0;
	buf_put(&p->at, path);
	return 0;
}

/* Return: the number of the thing, or an errno; the number of links in *@links.
 */
static long expect(struct span path, bool no_links, unsigned *links)
{
	static struct place p;
	long r = 0;
	unsigned slashes = 0;

	*links = 0;
	for (size_t i = 0; i < path.len; i++)
		slashes += path.ptr[i] == '/';
	if (slashes > SITE_DEPTH_MAX)
		return -ENAMETOOLONG;
	if (!path.len)
		return -ENOENT;
	if (path.ptr[0] == '/')
		return -EXDEV;
	p.at = (struct buf){ p.at_text, 0, PATH_SIZE, false };
	buf_puts(&p.at, "/");
	p.links = 0;
	p.no_links = no_links;
	p.rest_at = sizeof(p.rest) - path.len;
	memcpy(p.rest + p.rest_at, path.ptr, path.len);
	while (!r && p.rest_at < sizeof(p.rest)) {
		struct span rest = { p.rest + p.rest_at,
				     sizeof(p.rest) - p.rest_at };
		size_t n = span_find(rest, '/');

		/* The slash stays: behind a link's text it matters. */
		p.rest_at += n ? n : 1;
		r = enter(&p, (struct span){ rest.ptr, n }, n == rest.len);
	}
	*links = p.links;
	if (r)
		return r;
	for (unsigned i = 0; i < ARRAY_SIZE(things); i++)
		if (span_equal(span_from_string(things[i].path),
			       buf_span(&p.at)))
			return (long)i;
	return -ENOENT;
}

/*
 * The kernel walks without locks first. Where it has to begin again, as for a
 * path that leads out of the root, it goes on counting links (fs/namei.c,
 * total_link_count): more than half of the limit may be too many.
 */
static bool is_counted_twice(const struct site_root *how, long r,
			     unsigned links)
{
	return !how->openat2 && r == -ELOOP && links > SITE_LINKS_MAX / 2;
}

/* openat2(2): EAGAIN where anything on the machine was renamed meanwhile. */
static bool is_disturbed(const struct site_root *how, long r)
{
	return !how->openat2 && r == -EAGAIN;
}

static long resolve(const struct site_root *how, const char *path,
		    struct statx *st)
{
	long r;

	do
		r = site_resolve(how, path, st);
	while (is_disturbed(how, r));
	return r;
}

static long open_file(const struct site_root *how, const char *path,
		      struct statx *st, int *fd)
{
	long r;

	do
		r = site_open(how, path, st, fd);
	while (is_disturbed(how, r));
	return r;
}

static void check(const struct site_root *how, const char *path, long want,
		  unsigned links)
{
	struct statx st;
	int fd = -1;
	long r = resolve(how, path, &st);

	if (is_counted_twice(how, r, links))
		return;
	if (want < 0) {
		MUST(r == want);
		r = open_file(how, path, &st, &fd);
		MUST(r == want || is_counted_twice(how, r, links));
		return;
	}
	MUST(r > 2 && st.stx_ino == inodes[want]);
	sys_close((int)r);
	r = open_file(how, path, &st, &fd);
	if (is_counted_twice(how, r, links))
		return;
	MUST(r == 0 && st.stx_ino == inodes[want]);
	MUST((fd < 0) == ((st.stx_mode & S_IFMT) == S_IFDIR));
	if (fd >= 0)
		sys_close(fd);
}

void fuzz_one(struct span in)
{
	static char path[PATH_SIZE];

	in.len = span_find(in, '\0');
	if (in.len >= PATH_SIZE)
		return;
	if (!inodes[0])
		start();
	if (in.len)
		memcpy(path, in.ptr, in.len);
	path[in.len] = '\0';
	struct span copy = fuzz_copy((struct span){ path, in.len + 1 });

	for (unsigned i = 0; i < 2; i++) {
		unsigned links;
		long want = expect(in, i, &links);
		struct site_root how = root;

		how.no_links = i;
		check(&how, copy.ptr, want, links);
		how.openat2 = -ENOSYS;
		check(&how, copy.ptr, want, links);
	}
	fuzz_free(copy);
}
