/* SPDX-License-Identifier: MIT */
/* Entries of a directory: see site/entries.h. */
#include "site/entries.h"
#include "base/mem.h"
#include "http/path.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

/* Some file systems have longer ones, which are not listed. */
#define NAME_MAX 255

/* The directory that is read. */
struct reader {
	struct site_entries *entries;
	const struct site *site;
	struct buf path; /* absolute, below the root; room for a name behind */
	int fd;
	u32 seen; /* names looked at */
};

struct span site_entries_name(const struct site_entries *e,
			      const struct site_entry *entry)
{
	return (struct span){ e->names + entry->name, entry->name_length };
}

/* What sorts before the name; all names are alike in it. */
static u64 find_rank(const struct site_entry *entry, enum site_key key)
{
	if (key == SITE_BY_SIZE)
		return entry->size;
	/* Times before 1970 too come in the order of numbers without a sign. */
	return key == SITE_BY_TIME ? (u64)entry->time ^ 1ULL << 63 : 0;
}

/* Whether the entry @left belongs before @right. */
static bool comes_before(const struct site_entries *e, u16 left, u16 right,
			 struct site_order order)
{
	const struct site_entry *a = &e->at[left];
	const struct site_entry *b = &e->at[right];
	u64 rank_a = find_rank(a, order.key);
	u64 rank_b = find_rank(b, order.key);

	if (a->is_directory != b->is_directory)
		return a->is_directory;
	if (rank_a != rank_b)
		return (rank_a < rank_b) != order.descending;
	bool by_name = span_compare(site_entries_name(e, a),
				    site_entries_name(e, b)) < 0;

	return by_name != (order.descending && order.key == SITE_BY_NAME);
}

/*
 * Heapsort. From the middle down to the first, each entry sinks to its place
 * below; then the first, which is last in order, changes places with the end,
 * and what came from there sinks in its turn.
 */
void site_entries_sort(struct site_entries *e, struct site_order order)
{
	u16 *heap = e->sorted;
	u32 start = e->count / 2;
	u32 end = e->count;

	for (u32 i = 0; i < end; i++)
		heap[i] = (u16)i;
	while (start || end > 1) {
		u32 child;
		u32 at = 0;
		u16 entry;

		if (start) {
			at = --start;
			entry = heap[at];
		} else {
			entry = heap[--end];
			heap[end] = heap[0];
		}
		while ((child = 2 * at + 1) < end) {
			if (child + 1 < end &&
			    comes_before(e, heap[child], heap[child + 1],
					 order))
				child++;
			if (!comes_before(e, entry, heap[child], order))
				break;
			heap[at] = heap[child];
			at = child;
		}
		heap[at] = entry;
	}
}

/* A link that this server follows is what it leads to. */
static bool follow_link(const struct reader *r, struct statx *st)
{
	long fd = site_resolve(&r->site->root, r->path.ptr + 1, st);

	if (fd < 0)
		return false;
	sys_close((int)fd);
	return true;
}

/* The name that r->path ends with, and a NUL. Return: whether it is served. */
static bool look(const struct reader *r, struct span name, struct statx *st)
{
	struct span whole = { r->path.ptr, r->path.len - 1 };

	if (whole.len >= HTTP_PATH_MAX || !site_may_show(r->site, whole) ||
	    sys_statx(r->fd, name.ptr, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
		      st) < 0)
		return false;
	if ((st->stx_mode & S_IFMT) == S_IFLNK && !follow_link(r, st))
		return false;
	/* The slash that a directory ends with is here the first. */
	return (st->stx_mode & S_IFMT) == S_IFREG ||
	       ((st->stx_mode & S_IFMT) == S_IFDIR &&
		!site_is_too_deep(r->path.ptr));
}

/* Return: whether there was room. */
static bool add(struct site_entries *e, struct span name,
		const struct statx *st)
{
	struct site_entry *entry = &e->at[e->count];

	if (name.len > sizeof(e->names) - e->names_length)
		return false;
	memcpy(e->names + e->names_length, name.ptr, name.len);
	entry->name = e->names_length;
	entry->name_length = (u8)name.len;
	entry->time = st->stx_mtime.tv_sec;
	entry->is_directory = (st->stx_mode & S_IFMT) == S_IFDIR;
	entry->size = entry->is_directory ? 0 : st->stx_size;
	e->names_length += (u32)name.len;
	e->count++;
	return true;
}

/* Return: whether to go on. */
static bool take(struct reader *r, struct span name)
{
	size_t length = r->path.len;
	struct statx st;

	if (site_is_dots(name) || name.len > NAME_MAX)
		return true;
	bool fits = r->seen++ < SITE_ENTRIES_MAX;

	buf_put(&r->path, name);
	buf_put_char(&r->path, '\0');
	BUG_ON(r->path.full);
	if (fits && look(r, name, &st))
		fits = add(r->entries, name, &st);
	r->path.len = length;
	r->entries->more = !fits;
	return fits;
}

/* Return: whether to go on. */
static bool take_all(struct reader *r, size_t length)
{
	const char *at = (const char *)r->entries->raw;
	const char *end = at + length;
	bool go_on = true;

	while (go_on && at < end) {
		const struct linux_dirent64 *entry = (const void *)at;

		go_on = take(r, span_from_string(entry->d_name));
		at += entry->d_reclen;
	}
	return go_on;
}

long site_entries_read(struct site_entries *e, const struct site *site,
		       const struct buf *path)
{
	struct reader r = { .entries = e, .site = site, .path = *path };
	long n;

	e->count = 0;
	e->names_length = 0;
	e->more = false;
	buf_put_char(&r.path, '\0');
	if (r.path.full)
		return -ENAMETOOLONG;
	n = site_open_directory(&site->root,
				path->len > 1 ? path->ptr + 1 : ".");
	if (n < 0)
		return n;
	r.fd = (int)n;
	r.path.len = path->len;
	do {
		n = sys_getdents64(r.fd, e->raw, sizeof(e->raw));
	} while (n > 0 && take_all(&r, (size_t)n));
	sys_close(r.fd);
	return n < 0 ? n : 0;
}
