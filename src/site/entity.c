/* SPDX-License-Identifier: MIT */
/* From a path to an entity: see site/entity.h. */
#include "site/entity.h"
#include "base/hash.h"
#include "base/mem.h"
#include "http/path.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "site/bundle.h"
#include "site/cache.h"

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

/* The files of rules, and what a build may put beside them: _headers.br. */
static bool is_rules(struct span path, struct span name)
{
	return span_starts(path, name) &&
	       (path.len == name.len || path.ptr[name.len] == '.');
}

bool site_may_show(const struct site *site, struct span path)
{
	return (site->dotfiles || !is_hidden(path)) &&
	       !is_rules(path, SPAN("/_headers")) &&
	       !is_rules(path, SPAN("/_redirects"));
}

void site_entity_put_type(struct site_entity *e, struct span name)
{
	struct buf type = BUF(e->type_text);

	site_mime_put(&type, name);
	if (!type.len)
		buf_puts(&type, "application/octet-stream");
	BUG_ON(type.full);
	e->type = buf_span(&type);
}

void site_entity_tag(struct site_entity *e, u64 hash)
{
	struct buf tag = BUF(e->etag);

	buf_put_char(&tag, '"');
	buf_put_hex(&tag, hash);
	buf_put_char(&tag, '"');
	e->validators.etag = buf_span(&tag);
}

static void make_small(struct site_entity *e, struct span content)
{
	e->is_small = true;
	e->content = content;
	e->size = content.len;
	site_entity_tag(e, hash_xxh64(content, 0));
}

/*
 * Time, size and coding; no inode number, which differs between replicas.
 */
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
	buf_put(&tag, http_negotiate_name(e->variant.coding));
	buf_put_char(&tag, '"');
	e->validators.etag = buf_span(&tag);
}

static long fill_entity(struct site_entity *e, const struct statx *st,
			struct span name)
{
	site_entity_put_type(e, name);
	if (st->stx_mtime.tv_sec > PINNED_TIME)
		e->validators.last_modified = st->stx_mtime.tv_sec;
	if (st->stx_size > SITE_SMALL_MAX) {
		make_large(e, st);
		return 0;
	}
	/* One byte more, to see whether it still is a small one. */
	long n = sys_pread64(e->fd, e->scratch, SITE_SMALL_MAX + 1, 0);

	/* Less may come at once, or the end has moved. */
	if (n >= 0 && (u64)n != st->stx_size)
		n = site_read(e->fd, e->scratch, SITE_SMALL_MAX + 1);
	if (n < 0) {
		sys_close(e->fd);
		return n;
	}
	if (n <= SITE_SMALL_MAX) {
		make_small(e, (struct span){ e->scratch, (size_t)n });
		return 0;
	}
	/* It grew since it was looked at. */
	struct statx now;
	long r = kernel_look(e->fd, &now);

	if (r < 0)
		sys_close(e->fd);
	else
		make_large(e, &now);
	return r;
}

void site_entity_close(int fd, struct site_cache_file *shared)
{
	if (shared)
		site_cache_release(shared);
	else if (fd >= 0)
		sys_close(fd);
}

long site_entity_reopen(const struct site_entity *e)
{
	struct buf path = e->path;
	struct statx st;
	int fd;

	site_variants_put_ending(&path, e->variant.coding);
	buf_put_char(&path, '\0');
	if (path.full)
		return -ENAMETOOLONG;
	long r = site_open(e->root, path.ptr, &st, &fd);

	if (r < 0)
		return r;
	struct site_identity now = site_identify(&st);

	if (fd >= 0 && site_identity_is_same(&now, &e->identity))
		return fd;
	if (fd >= 0)
		sys_close(fd);
	return -EAGAIN;
}

/* The regular file that is open as e->fd, or the variant that is wanted. */
static long read_entity(const struct site *site, const struct buf *path,
			const struct statx *file, struct site_entity *e)
{
	struct statx st = *file;
	struct site_identity directory;
	bool cacheable =
		site->cache &&
		site_cache_begin(site->cache, &site->root, path, &directory);
	unsigned variants = site_variants_look(&site->root, path, &st);

	e->variant = site_variants_pick(variants, &e->wanted);
	if (e->variant.coding != HTTP_IDENTITY &&
	    !site_variants_take(&site->root, path, e->variant.coding, &st,
				&e->fd))
		e->variant.coding = HTTP_IDENTITY;
	if (!e->wanted.weight[e->variant.coding]) {
		sys_close(e->fd);
		return SITE_REFUSED;
	}
	long r = fill_entity(e, &st, buf_span(path));

	if (r < 0)
		return r;
	/* One that was too old may be written anew without a sign of it. */
	if (cacheable && !(variants & SITE_VARIANTS_OLD))
		site_cache_put(site->cache, *path, variants, &directory, file,
			       &st, e);
	return SITE_FILE;
}

/*
 * Open @path with @name behind it. site_open() wants it relative and
 * terminated: "/" is ".".
 */
static long open_path(const struct site *site, struct buf path,
		      struct span name, struct site_entity *e)
{
	struct statx st;
	long r = -ENOENT;

	buf_put(&path, name);
	if (path.full)
		return -ENOENT;
	struct buf relative = { path.ptr + 1, path.len - 1, path.cap - 1,
				false };

	char *scratch = e->scratch;
	struct http_codings wanted = e->wanted;

	/* But for the texts, which nothing points at now. */
	memset(e, 0, offsetof(struct site_entity, type_text));
	e->scratch = scratch;
	e->wanted = wanted;
	e->root = &site->root;
	e->path = relative;
	e->fd = -1;
	if (site->bundle)
		return site_bundle_find(site->bundle, buf_span(&relative), e);
	if (site->cache && relative.len)
		r = site_cache_get(site->cache, &site->root, &relative, e);
	if (r != -ENOENT)
		return r;
	buf_put_char(&path, '\0');
	if (path.full)
		return -ENOENT;
	r = site_open(&site->root, relative.len ? relative.ptr : ".", &st,
		      &e->fd);
	if (site_is_nothing(r))
		return -ENOENT;
	if (r < 0)
		return r;
	if ((st.stx_mode & S_IFMT) == S_IFDIR)
		return SITE_DIRECTORY;
	if ((st.stx_mode & S_IFMT) != S_IFREG)
		return -ENOENT;
	return read_entity(site, &relative, &st, e);
}

/* A page may be a file beside the directory of its sub-pages. */
static long open_clean(const struct site *site, const struct buf *path,
		       struct site_entity *e, long without)
{
	long r = open_path(site, *path, SPAN(".html"), e);

	return r == SITE_FILE || r == SITE_REFUSED ? r : without;
}

long site_find(const struct site *site, const struct buf *path,
	       struct site_entity *entity)
{
	bool slash = path->ptr[path->len - 1] == '/';

	if (!site_may_show(site, buf_span(path)))
		return -ENOENT;
	long r = open_path(site, *path, slash ? site->index : SPAN(""), entity);

	if (slash && (r == -ENOENT || r == SITE_DIRECTORY))
		return site->listing ? SITE_NO_INDEX : -ENOENT;
	if (site->clean_urls && !slash && (r == -ENOENT || r == SITE_DIRECTORY))
		return open_clean(site, path, entity, r);
	return r;
}

/* A page, going by its name: of HTML, or without an extension that is known. */
static bool is_page(struct span path)
{
	char text[SITE_MIME_MAX];
	struct buf type = BUF(text);

	site_mime_put(&type, path);
	return !type.len || span_starts(buf_span(&type), SPAN("text/html"));
}

/* @path up to the deepest directory that site_open() would look into. */
static size_t cut_depth(struct span path)
{
	size_t i = 0;

	for (unsigned depth = 0; i < path.len; i++)
		if (path.ptr[i] == '/' && ++depth == SITE_DEPTH_MAX)
			break;
	return i < path.len ? i + 1 : i;
}

/* Not there, or nobody's affair, in contrast to what should be told. */
static bool is_absent(long r)
{
	return r == -ENOENT || r == -EACCES || r == SITE_DIRECTORY ||
	       r == SITE_REFUSED;
}

long site_find_target(const struct site *site, struct span target,
		      struct buf *path, struct site_entity *entity)
{
	/* A query in it changes nothing, and a fragment is the client's. */
	target.len = span_find(target, '#');
	target.len = span_find(target, '?');
	path->len = 0;
	if (http_path_normalize(target, path) < 0)
		return -ENOENT;
	long r = site_find(site, path, entity);

	if (r == SITE_DIRECTORY)
		buf_put_char(path, '/');
	else if (r == -ENOENT)
		buf_puts(path, ".html");
	else
		return r;
	return site_find(site, path, entity);
}

long site_find_instead(const struct site *site, struct buf *path,
		       struct site_entity *entity)
{
	struct buf at = *path;
	long r = -ENOENT;

	if (site->spa.len && is_page(buf_span(path))) {
		char saved[SITE_PATH_EXTRA];

		/* The search below needs what its name is written over. */
		memcpy(saved, path->ptr + 1, sizeof(saved));
		at.len = 1;
		r = open_path(site, at, site->spa, entity);
		if (!is_absent(r)) {
			path->len = at.len + site->spa.len;
			return r;
		}
		memcpy(path->ptr + 1, saved, sizeof(saved));
	}
	for (at.len = cut_depth(buf_span(path)); at.len; at.len--) {
		if (at.ptr[at.len - 1] != '/' ||
		    !site_may_show(site, buf_span(&at)))
			continue;
		r = open_path(site, at, SPAN("404.html"), entity);
		if (is_absent(r))
			continue;
		path->len = at.len + SPAN("404.html").len;
		entity->status = 404;
		return r == SITE_FILE ? SITE_MISSING : r;
	}
	return -ENOENT;
}
