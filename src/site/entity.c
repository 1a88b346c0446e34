/* SPDX-License-Identifier: MIT */
/* From a path to an entity: see site/entity.h. */
#include "site/entity.h"
#include "base/hash.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "site/mime.h"

/*
 * 1980-01-02: image builders pin times to the epoch or to the first day that
 * zip files know. Such a time says nothing about the content.
 */
#define PINNED_TIME 315619200

/* A segment that begins with a dot, but for /.well-known/ (RFC 8615). */
static bool is_hidden(struct span path)
{
	if (span_starts(path, SPAN("/.well-known/")))
		path = span_skip(path, SPAN("/.well-known").len);
	for (size_t i = 0; i + 1 < path.len; i++)
		if (path.ptr[i] == '/' && path.ptr[i + 1] == '.')
			return true;
	return false;
}

/* All bytes of @fd at once, up to one more than a small file may have. */
static long read_whole(int fd, char *scratch)
{
	size_t n = 0;
	long r = 1;

	while (r > 0 && n < SITE_SMALL_MAX + 1) {
		r = sys_pread64(fd, scratch + n, SITE_SMALL_MAX + 1 - n, n);
		if (r > 0)
			n += (size_t)r;
	}
	return r < 0 ? r : (long)n;
}

static void make_small(struct site_entity *e, struct span content)
{
	struct buf tag = BUF(e->etag);

	e->is_small = true;
	e->content = content;
	e->size = content.len;
	buf_put_char(&tag, '"');
	buf_put_hex(&tag, hash_xxh64(content, 0));
	buf_put_char(&tag, '"');
	e->validators.etag = buf_span(&tag);
}

/* Time and size; no inode number, which differs between replicas. */
static void make_large(struct site_entity *e, const struct statx *st)
{
	struct buf tag = BUF(e->etag);

	e->size = st->stx_size;
	if (st->stx_mtime.tv_sec <= PINNED_TIME)
		return;
	buf_put_char(&tag, '"');
	buf_put_hex(&tag, (u64)st->stx_mtime.tv_sec * 1000000000 +
				  st->stx_mtime.tv_nsec);
	buf_put_char(&tag, '-');
	buf_put_hex(&tag, st->stx_size);
	buf_put_char(&tag, '"');
	e->validators.etag = buf_span(&tag);
}

static long fill_entity(struct site_entity *e, const struct statx *st,
			struct span name, char *scratch)
{
	e->type = site_mime_find(name);
	if (st->stx_mtime.tv_sec > PINNED_TIME)
		e->validators.last_modified = st->stx_mtime.tv_sec;
	if (st->stx_size > SITE_SMALL_MAX) {
		make_large(e, st);
		return 0;
	}
	long n = read_whole(e->fd, scratch);

	if (n < 0) {
		sys_close(e->fd);
		return n;
	}
	if (n <= SITE_SMALL_MAX) {
		make_small(e, (struct span){ scratch, (size_t)n });
		return 0;
	}
	/* It grew since it was looked at. */
	struct statx now;
	long r = sys_statx(e->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &now);

	if (r < 0)
		sys_close(e->fd);
	else
		make_large(e, &now);
	return r;
}

/* site_open() wants it relative and terminated: "/" is ".". */
static long open_path(const struct site *site, struct buf *path,
		      struct statx *st, int *fd)
{
	buf_put_char(path, '\0');
	if (path->full)
		return -ENAMETOOLONG;
	path->len--;
	return site_open(&site->root, path->len > 1 ? path->ptr + 1 : ".", st,
			 fd);
}

long site_find(const struct site *site, struct buf *path, char *scratch,
	       struct site_entity *entity)
{
	struct statx st;
	bool slash = path->ptr[path->len - 1] == '/';

	*entity = (struct site_entity){ .fd = -1 };
	if (is_hidden(buf_span(path)))
		return -ENOENT;
	if (slash)
		buf_put(path, site->index);
	long r = open_path(site, path, &st, &entity->fd);

	/* A name below a file, and a link out of the root: nothing there. */
	if (r == -ENOTDIR || r == -EXDEV || r == -ELOOP || r == -ENAMETOOLONG)
		return -ENOENT;
	if (r < 0)
		return r;
	if ((st.stx_mode & S_IFMT) == S_IFDIR)
		return slash ? -ENOENT : SITE_DIRECTORY;
	if ((st.stx_mode & S_IFMT) != S_IFREG)
		return -ENOENT;
	r = fill_entity(entity, &st, buf_span(path), scratch);
	return r < 0 ? r : SITE_FILE;
}
