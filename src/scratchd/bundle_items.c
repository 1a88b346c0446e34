/* SPDX-License-Identifier: MIT */
/* The files of a site, for a bundle of them: see scratchd/bundle.h. */
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "scratchd/bundle.h"
#include "serve/say.h"

/*
 * Files and directories, of which there may be several for each file, and the
 * bytes of their paths. Memory that is not used costs nothing.
 */
#define ITEMS_MAX (8 * SITE_BUNDLE_FILES_MAX)
#define NAMES_SIZE (64 << 20)

static u64 raw[4096]; /* what getdents64 gives at once */

struct span bundle_items_path(const struct bundle_items *items,
			      const struct bundle_item *item)
{
	return (struct span){ items->names.ptr + item->path + 1,
			      item->length - 1 };
}

/* A link to a directory that it is in would lead on for ever. */
static bool is_above(const struct bundle_items *items, u32 parent,
		     const struct bundle_item *item)
{
	const struct bundle_item *at = &items->at[parent];

	for (; at->inode != item->inode || at->device != item->device;
	     at = &items->at[at->parent])
		if (at == &items->at[at->parent])
			return false;
	return true;
}

/*
 * Return: why the server would not serve it, or NULL. A directory has a slash
 * behind it, where its path still has a NUL.
 */
static const char *find_reason(struct bundle_items *items,
			       const struct bundle_item *item, unsigned type)
{
	struct span path = { items->names.ptr + item->path,
			     item->length + item->is_directory };
	bool is_rules = span_equal(path, SPAN("/_headers")) ||
			span_equal(path, SPAN("/_redirects"));
	char *end = items->names.ptr + item->path + item->length;

	if (type != S_IFREG && type != S_IFDIR)
		return "neither a file nor a directory";
	if (item->is_directory && is_above(items, item->parent, item))
		return "a link to a directory that it is in";
	*end = '/';
	bool shown = site_may_show(&items->site, path);

	*end = '\0';
	return shown || (is_rules && !item->is_directory) ? NULL
							  : "it is not served";
}

static void identify(struct bundle_item *item, const struct statx *st)
{
	item->is_directory = (st->stx_mode & S_IFMT) == S_IFDIR;
	item->modified = st->stx_mtime.tv_sec;
	item->size = st->stx_size;
	item->inode = st->stx_ino;
	item->device = (u64)st->stx_dev_major << 32 | st->stx_dev_minor;
}

_Static_assert(SITE_BUNDLE_FILES_MAX == 100000 &&
		       BUNDLE_CONTENTS_MAX == 3968U << 20 &&
		       BUNDLE_CONTENTS_MAX_32 == 1024 << 20,
	       "it is what is said");

/* Return: a negative errno. */
static long refuse(struct span path)
{
	bundle_complain("bundle", path,
			"no room: at most 100000 files, 64 MiB of paths, "
			"3968 MiB, for 32 bits 1024 MiB");
	return -EFBIG;
}

static void leave_out(struct span path, const char *reason)
{
	bundle_complain("bundle: left out", path, reason);
}

/*
 * One name of the directory @parent. Return: 0, or a negative errno, and it has
 * been said of what.
 */
static long take(struct bundle_items *items, u32 parent, struct span name)
{
	struct buf *names = &items->names;
	struct bundle_item *item = &items->at[items->count];
	u32 start = (u32)names->len;
	struct span above = { names->ptr + items->at[parent].path,
			      items->at[parent].length };
	struct statx st;

	if (site_is_dots(name))
		return 0;
	buf_put(names, above);
	if (above.len > 1)
		buf_put_char(names, '/');
	buf_put(names, name);
	buf_put_char(names, '\0');
	if (names->full || items->count == ITEMS_MAX)
		return refuse(bundle_items_path(items, &items->at[parent]));
	*item = (struct bundle_item){ .path = start,
				      .length = (u32)names->len - start - 1,
				      .parent = parent };
	struct span path = bundle_items_path(items, item);
	long r = site_resolve(&items->site.root, path.ptr, &st);
	const char *reason = "it leads nowhere, out of the site, or too deep";

	if (r < 0 && !site_is_nothing(r)) {
		serve_say_unread("bundle: open", path, r, "");
		return r;
	}
	if (r >= 0) {
		sys_close((int)r);
		identify(item, &st);
		reason = find_reason(items, item, st.stx_mode & S_IFMT);
	}
	if (!reason) {
		items->count++;
		return 0;
	}
	leave_out(path, reason);
	names->len = start;
	return 0;
}

static long take_all(struct bundle_items *items, u32 parent)
{
	struct span path = bundle_items_path(items, &items->at[parent]);
	long n = site_open_directory(&items->site.root,
				     path.len ? path.ptr : ".");
	int fd = (int)n;
	long r = 0;

	while (r >= 0 && n >= 0 &&
	       (n = sys_getdents64(fd, raw, sizeof(raw))) > 0) {
		const char *at = (const char *)raw;
		const char *end = at + n;

		while (r >= 0 && at < end) {
			const struct linux_dirent64 *entry = (const void *)at;

			r = take(items, parent,
				 span_from_string(entry->d_name));
			at += entry->d_reclen;
		}
	}
	if (n < 0) {
		serve_say_unread("bundle: read", path, n, "");
		return n;
	}
	sys_close(fd);
	return r;
}

/*
 * Shellsort: items as far from each other as `gap` are brought into order, with
 * ever smaller gaps, so that few have far to go when it is 1.
 */
static void sort(struct bundle_items *items)
{
	struct bundle_item *at = items->at;

	for (u32 gap = items->count / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11)
		for (u32 i = gap; i < items->count; i++) {
			struct bundle_item item = at[i];
			struct span path = bundle_items_path(items, &item);
			u32 k = i;

			for (; k >= gap; k -= gap) {
				if (span_compare(bundle_items_path(
							 items, &at[k - gap]),
						 path) < 0)
					break;
				at[k] = at[k - gap];
			}
			at[k] = item;
		}
}

/* Directories have been looked into, and are not needed any more. */
static void keep_files(struct bundle_items *items)
{
	u32 count = 0;

	/* What is in a directory is behind it. */
	for (u32 i = items->count; i-- > 0;)
		if (!items->at[i].is_directory || items->at[i].has_files)
			items->at[items->at[i].parent].has_files = true;
	for (u32 i = 1; i < items->count; i++)
		if (!items->at[i].is_directory)
			items->at[count++] = items->at[i];
		else if (!items->at[i].has_files)
			leave_out(bundle_items_path(items, &items->at[i]),
				  "a directory without a file");
	items->count = count;
}

/* Before anything is written. */
static long find_room(const struct bundle_items *items)
{
	u64 size = 0;

	for (u32 i = 0; i < items->count; i++) {
		const struct bundle_item *item = &items->at[i];

		size += (0 - size) % SITE_BUNDLE_ALIGN + item->size;
		if (i == SITE_BUNDLE_FILES_MAX || size > items->max)
			return refuse(bundle_items_path(items, item));
	}
	return 0;
}

long bundle_items_collect(struct bundle_items *items, const char *root)
{
	size_t size = ITEMS_MAX * sizeof(*items->at) + NAMES_SIZE;
	struct statx st;
	void *memory;
	long r = site_root_open(&items->site.root, root);

	if (r >= 0)
		r = site_resolve(&items->site.root, ".", &st);
	if (r >= 0)
		r = kernel_map(&memory, size, MAP_PRIVATE);
	if (r < 0) {
		serve_say_unread("bundle: open", span_from_string(root), r,
				 "name the directory of the site");
		return r;
	}
	items->at = memory;
	items->names = (struct buf){ (char *)(items->at + ITEMS_MAX), 0,
				     NAMES_SIZE, false };
	buf_put(&items->names, (struct span){ "/", 2 });
	items->at[0].length = 1;
	identify(&items->at[0], &st);
	items->count = 1;
	for (u32 i = 0; i < items->count && r >= 0; i++)
		if (items->at[i].is_directory)
			r = take_all(items, i);
	if (r < 0)
		return r;
	keep_files(items);
	sort(items);
	return find_room(items);
}
