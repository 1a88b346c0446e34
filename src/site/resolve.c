/* SPDX-License-Identifier: MIT */
/*
 * Safe resolution: see site/resolve.h.
 *
 * The walk keeps two things: the path that is still ahead, in a buffer whose
 * front is replaced by a link's text when one is met, and a stack of the
 * directories that it came through. Each open is of a single name, with
 * O_NOFOLLOW, below a directory that was reached this way.
 */
#include "site/resolve.h"
#include "base/mem.h"
#include "base/span.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

#define PATH_SIZE 4096

/*
 * Directories that a walk can be below each other: links may lead deeper than
 * a path that is asked for may be.
 */
#define STACK_MAX 256

/* Times that a path is tried that is being renamed or replaced meanwhile. */
#define TRIES 4

struct walk {
	const struct site_root *root;
	int stack[STACK_MAX + 1]; /* stack[0] is the root, not ours */
	unsigned depth;
	unsigned links;
	size_t ahead; /* where the rest of the path begins in text */
	/* A link's text and what was ahead when it was met. */
	char text[2 * PATH_SIZE];
};

static void leave_all(struct walk *w)
{
	while (w->depth)
		sys_close(w->stack[w->depth--]);
}

/*
 * Put a link's text before what is ahead. @link is an O_PATH descriptor.
 * @slash: whether a slash followed the link's name
 */
static long follow_link(struct walk *w, int link, bool slash)
{
	char target[PATH_SIZE];
	long n = sys_readlinkat(link, "", target, sizeof(target));

	if (n < 0)
		return n;
	if (w->root->no_links || ++w->links > SITE_LINKS_MAX)
		return -ELOOP;
	if (!n || (size_t)n == sizeof(target))
		return -ENAMETOOLONG;
	if (target[0] == '/')
		return -EXDEV;
	/* The text, a slash if there was one, the rest and its NUL. */
	size_t need = (size_t)n + slash;

	if (need > w->ahead)
		return -ENAMETOOLONG;
	w->ahead -= need;
	memcpy(w->text + w->ahead, target, (size_t)n);
	if (slash)
		w->text[w->ahead + (size_t)n] = '/';
	return 0;
}

static long enter(struct walk *w, int dir)
{
	if (w->depth == STACK_MAX) {
		sys_close(dir);
		return -ENAMETOOLONG;
	}
	w->stack[++w->depth] = dir;
	return 0;
}

/* Cut the next name off what is ahead, NUL-terminated. */
static struct span take_name(struct walk *w)
{
	char *name = w->text + w->ahead;
	struct span rest = span_from_string(name);
	size_t n = span_find(rest, '/');

	w->ahead += n;
	while (w->text[w->ahead] == '/')
		w->text[w->ahead++] = '\0';
	return (struct span){ name, n };
}

/*
 * Open @name where the walk stands. The end of the path gets @flags.
 * @slash: whether one follows, which makes it a directory even at the end
 */
static long open_name(struct walk *w, const char *name, bool slash, int flags)
{
	int dir = w->stack[w->depth];
	struct statx st;
	long fd = sys_openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fd;
	long r = kernel_look((int)fd, &st);

	if (r < 0)
		goto out;
	if ((st.stx_mode & S_IFMT) == S_IFLNK) {
		r = follow_link(w, (int)fd, slash);
		goto out;
	}
	if (slash) {
		if ((st.stx_mode & S_IFMT) == S_IFDIR)
			return enter(w, (int)fd);
		r = -ENOTDIR;
		goto out;
	}
	if (flags & O_PATH)
		return fd;
	/* By the same name; a link that has taken its place is not followed. */
	r = sys_openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC);
	if (r == -ELOOP)
		r = -EAGAIN;
out:
	sys_close((int)fd);
	return r;
}

/*
 * One name. Return: a descriptor above 0 when it was the last, 0 to go on, or
 * a negative errno. (A descriptor is never 0: start.c fills 0 to 2.)
 */
static long step(struct walk *w, int flags)
{
	size_t before = w->ahead;
	struct span name = take_name(w);
	bool slash = w->ahead > before + name.len;

	if (name.len && !site_is_dots(name))
		return open_name(w, name.ptr, slash, flags);
	/* Nothing between two slashes, or ".": where it stands. */
	if (name.len < 2)
		return 0;
	if (!w->depth)
		return -EXDEV;
	sys_close(w->stack[w->depth--]);
	return 0;
}

long site_walk(const struct site_root *root, const char *path, int flags)
{
	struct walk w;
	struct span whole = span_from_string(path);
	long r = 0;

	if (whole.len >= PATH_SIZE)
		return -ENAMETOOLONG;
	if (!whole.len)
		return -ENOENT;
	if (path[0] == '/')
		return -EXDEV;
	w.root = root;
	w.stack[0] = root->fd;
	w.depth = 0;
	w.links = 0;
	w.ahead = sizeof(w.text) - whole.len - 1;
	memcpy(w.text + w.ahead, path, whole.len + 1);
	while (!r && w.text[w.ahead])
		r = step(&w, flags);
	/* The path ended in a directory: ".", "a/", "a/..". */
	if (!r)
		r = sys_openat(w.stack[w.depth], ".", flags | O_CLOEXEC);
	leave_all(&w);
	return r;
}

static long open_beneath(const struct site_root *root, const char *path,
			 int flags)
{
	struct open_how how = {
		.flags = (u64)(u32)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   (root->no_links ? RESOLVE_NO_SYMLINKS : 0),
	};
	long r = -EAGAIN;

	for (unsigned i = 0; i < TRIES && r == -EAGAIN; i++)
		r = sys_openat2(root->fd, path, &how);
	return r;
}

static long open_at(const struct site_root *root, const char *path, int flags)
{
	return root->openat2 ? site_walk(root, path, flags)
			     : open_beneath(root, path, flags);
}

long site_root_open(struct site_root *root, const char *path)
{
	long fd = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fd;
	root->fd = (int)fd;
	root->openat2 = 0;
	root->no_links = false;
	fd = open_beneath(root, ".", O_PATH);
	if (fd < 0) {
		root->openat2 = fd;
		fd = open_at(root, ".", O_PATH);
	}
	/* O_PATH asks for no right to it, but all that follows will. */
	if (fd < 0) {
		sys_close(root->fd);
		return fd;
	}
	sys_close((int)fd);
	return 0;
}

/* Both ways must agree on how deep a path may be. */
bool site_is_too_deep(const char *path)
{
	unsigned slashes = 0;

	for (; *path; path++)
		slashes += *path == '/';
	return slashes > SITE_DEPTH_MAX;
}

long site_resolve(const struct site_root *root, const char *path,
		  struct statx *st)
{
	if (site_is_too_deep(path))
		return -ENAMETOOLONG;
	long fd = open_at(root, path, O_PATH);

	if (fd < 0)
		return fd;
	long r = kernel_look((int)fd, st);

	if (r >= 0)
		return fd;
	sys_close((int)fd);
	return r;
}

static bool is_same_file(const struct statx *a, const struct statx *b)
{
	return a->stx_ino == b->stx_ino &&
	       a->stx_dev_major == b->stx_dev_major &&
	       a->stx_dev_minor == b->stx_dev_minor;
}

/* Look, open, and make sure that it is the same. */
static long open_once(const struct site_root *root, const char *path,
		      struct statx *st, int *fd)
{
	struct statx seen;
	/* Held to the end: its inode number cannot be given to another file. */
	long look = site_resolve(root, path, &seen);

	if (look < 0)
		return look;
	*fd = -1;
	*st = seen;
	long r = 0;

	if ((seen.stx_mode & S_IFMT) != S_IFREG)
		goto out;
	/* O_NONBLOCK, O_NOCTTY: in case it is a FIFO or a terminal by now. */
	r = open_at(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (r < 0)
		goto out;
	*fd = (int)r;
	r = kernel_look(*fd, st);
	if (r >= 0 && !is_same_file(&seen, st))
		r = -EAGAIN;
	if (r < 0) {
		sys_close(*fd);
		/* Whoever finds something else instead has no file. */
		*fd = -1;
	}
out:
	sys_close((int)look);
	return r < 0 ? r : 0;
}

long site_read(int fd, char *memory, size_t size)
{
	size_t n = 0;
	long r = 1;

	while (r > 0 && n < size) {
		r = sys_pread64(fd, memory + n, size - n, n);
		if (r > 0)
			n += (size_t)r;
	}
	return r < 0 ? r : (long)n;
}

long site_look(const struct site_root *root, const char *path, struct statx *st)
{
	if (!root->no_links)
		return sys_statx(root->fd, path, 0, STATX_BASIC_STATS, st);
	long fd = site_resolve(root, path, st);

	if (fd >= 0)
		sys_close((int)fd);
	return fd;
}

long site_open(const struct site_root *root, const char *path, struct statx *st,
	       int *fd)
{
	long r = -EAGAIN;

	for (unsigned i = 0; i < TRIES && r == -EAGAIN; i++)
		r = open_once(root, path, st, fd);
	return r;
}

long site_open_directory(const struct site_root *root, const char *path)
{
	if (site_is_too_deep(path))
		return -ENAMETOOLONG;
	return open_at(root, path, O_RDONLY | O_DIRECTORY);
}

bool site_is_nothing(long err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -EXDEV ||
	       err == -ELOOP || err == -ENAMETOOLONG;
}

bool site_is_dots(struct span name)
{
	return name.len && name.len < 3 && name.ptr[0] == '.' &&
	       name.ptr[name.len - 1] == '.';
}
