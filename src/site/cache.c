/* SPDX-License-Identifier: MIT */
/* The cache of files: see site/cache.h. */
#include "site/cache.h"
#include "base/hash.h"
#include "base/mem.h"
#include "http/reply.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

/* Bytes of the whole for each entry: what a small file of the web takes. */
#define BYTES_AN_ENTRY 1024

void site_cache_init(struct site_cache *c, void *memory, size_t size)
{
	size_t places = sizeof(struct site_cache_entry) + 2 * sizeof(u32);

	*c = (struct site_cache){ .entries = memory,
				  .count = (u32)(size / BYTES_AN_ENTRY) };
	if (!c->count)
		return;
	c->table = (u32 *)(void *)(c->entries + c->count);
	c->bytes = (char *)(c->table + 2 * (size_t)c->count);
	c->size = size - c->count * places;
}

void site_cache_turn(struct site_cache *c)
{
	c->turn++;
}

void site_cache_set_time(struct site_cache *c, s64 now, s64 wall)
{
	c->turn++;
	c->now = now;
	c->wall = wall;
}

static u64 hash_path(struct span path, enum http_coding coding)
{
	u64 hash = hash_xxh64(path, coding);

	return hash ? hash : 1;
}

static u32 first_place(const struct site_cache *c, u64 hash)
{
	return (u32)(hash % (2 * (u64)c->count));
}

static u32 next_place(const struct site_cache *c, u32 place)
{
	return place + 1 == 2 * c->count ? 0 : place + 1;
}

static struct site_cache_entry *find(const struct site_cache *c,
				     struct span path, enum http_coding coding)
{
	u64 hash = hash_path(path, coding);

	for (u32 i = first_place(c, hash); c->table[i]; i = next_place(c, i)) {
		struct site_cache_entry *entry = &c->entries[c->table[i] - 1];
		struct span key = { c->bytes + entry->start,
				    entry->path_length };

		if (entry->hash == hash && entry->coding == coding &&
		    span_equal(key, path))
			return entry;
	}
	return NULL;
}

/*
 * Linear probing without tombstones: what follows the place that becomes free
 * moves into it, unless that is before the place where it belongs.
 */
static void remove_from_table(struct site_cache *c, u32 index)
{
	u32 hole = first_place(c, c->entries[index].hash);

	while (c->table[hole] != index + 1)
		hole = next_place(c, hole);
	for (u32 i = next_place(c, hole); c->table[i]; i = next_place(c, i)) {
		u32 home = first_place(c, c->entries[c->table[i] - 1].hash);
		bool between = hole <= i ? home > hole && home <= i
					 : home > hole || home <= i;

		if (between)
			continue;
		c->table[hole] = c->table[i];
		hole = i;
	}
	c->table[hole] = 0;
}

void site_cache_release(struct site_cache_file *file)
{
	BUG_ON(!file->uses);
	if (!--file->uses)
		sys_close(file->fd);
}

/* It is not found any more; its place in the ring is free in its turn. */
static void drop(struct site_cache *c, struct site_cache_entry *entry)
{
	if (!entry->hash)
		return;
	remove_from_table(c, (u32)(entry - c->entries));
	entry->hash = 0;
	if (entry->open)
		site_cache_release(entry->open);
	entry->open = NULL;
}

static void drop_oldest(struct site_cache *c)
{
	drop(c, &c->entries[c->oldest]);
	c->oldest = c->oldest + 1 == c->count ? 0 : c->oldest + 1;
	c->used--;
}

static bool oldest_is_within(const struct site_cache *c, size_t from, size_t to)
{
	size_t start = c->entries[c->oldest].start;

	return c->used && start >= from && start < to;
}

/* A new entry with @length bytes, or NULL if there is not so much. */
static struct site_cache_entry *take_entry(struct site_cache *c, size_t length)
{
	if (length > c->size)
		return NULL;
	if (c->used == c->count)
		drop_oldest(c);
	if (length > c->size - c->end) {
		while (oldest_is_within(c, c->end, c->size))
			drop_oldest(c);
		c->end = 0;
	}
	while (oldest_is_within(c, c->end, c->end + length))
		drop_oldest(c);
	u32 index = c->oldest + c->used++;
	struct site_cache_entry *entry =
		&c->entries[index < c->count ? index : index - c->count];

	*entry = (struct site_cache_entry){ .start = c->end, .length = length };
	c->end += length;
	return entry;
}

static void add_to_table(struct site_cache *c, struct site_cache_entry *entry)
{
	u32 place = first_place(c, entry->hash);

	while (c->table[place])
		place = next_place(c, place);
	c->table[place] = (u32)(entry - c->entries) + 1;
}

/* Terminate @path, a copy of whoever calls. Return: NULL if it is too long. */
static const char *put_name(struct buf *path, enum http_coding coding)
{
	site_variants_put_ending(path, coding);
	buf_put_char(path, '\0');
	return path->full ? NULL : path->ptr;
}

/* Return: whether the file of @entry is still what it was. */
static bool is_unchanged(struct site_cache *c, const struct site_root *root,
			 const struct buf *path, struct site_cache_entry *entry)
{
	struct statx st;

	/*
	 * What may have to be opened for its rest has to be what it is now,
	 * whatever the time to live.
	 */
	bool trusted = c->now < entry->checked + c->ttl &&
		       (entry->open || entry->length <= SITE_CACHE_TRUSTED);

	if (entry->turn == c->turn || trusted)
		return true;
	struct buf copy = *path;
	const char *name = put_name(&copy, (enum http_coding)entry->coding);

	if (!name || site_look(root, name, &st) < 0)
		return false;
	struct site_identity now = site_identify(&st);

	entry->turn = c->turn;
	entry->checked = c->now;
	return site_identity_is_same(&now, &entry->file);
}

/*
 * New variants make a directory change. They may go unnoticed for so long, or
 * for the time to live if that is longer, ms.
 */
#define VARIANTS_AGE 1000

static bool has_same_neighbours(struct site_cache *c,
				const struct site_root *root,
				const struct buf *path,
				struct site_cache_entry *entry)
{
	s64 age = c->ttl > VARIANTS_AGE ? c->ttl : VARIANTS_AGE;

	if (c->now < entry->looked + age)
		return true;
	if (site_directory_know(&c->directory, root, path, c->now, age) < 0)
		return false;
	entry->looked = c->directory.looked;
	return site_identity_is_same(&c->directory.state, &entry->directory);
}

static void fill(const struct site_cache *c, struct site_cache_entry *entry,
		 struct site_entity *e)
{
	const char *at = c->bytes + entry->start + entry->path_length;
	size_t taken = (size_t)entry->path_length + entry->type_length +
		       entry->etag_length + entry->head_length;

	e->size = entry->file.size;
	e->identity = entry->file;
	e->type = (struct span){ at, entry->type_length };
	e->validators.etag =
		(struct span){ at + entry->type_length, entry->etag_length };
	e->validators.last_modified = entry->last_modified;
	e->head = (struct span){ at + entry->type_length + entry->etag_length,
				 entry->head_length };
	e->is_small = !entry->open;
	e->content = (struct span){ c->bytes + entry->start + taken,
				    entry->length - taken };
	e->fd = -1;
	e->shared = entry->open;
	if (!entry->open)
		return;
	e->fd = entry->open->fd;
	entry->open->uses++;
}

long site_cache_get(struct site_cache *c, const struct site_root *root,
		    const struct buf *path, struct site_entity *e)
{
	if (!c->size)
		return -ENOENT;
	struct site_cache_entry *entry = find(c, buf_span(path), HTTP_IDENTITY);

	if (!entry)
		return -ENOENT;
	if (!is_unchanged(c, root, path, entry) ||
	    !has_same_neighbours(c, root, path, entry)) {
		drop(c, entry);
		return -ENOENT;
	}
	e->variant = site_variants_pick(entry->variants, &e->wanted);
	if (!e->wanted.weight[e->variant.coding])
		return SITE_REFUSED;
	if (e->variant.coding != HTTP_IDENTITY)
		entry = find(c, buf_span(path), e->variant.coding);
	if (!entry || !entry->has_content)
		return -ENOENT;
	if (!is_unchanged(c, root, path, entry)) {
		drop(c, entry);
		return -ENOENT;
	}
	fill(c, entry, e);
	return SITE_FILE;
}

static bool is_settled(const struct site_cache *c, s64 changed)
{
	return changed + SITE_CACHE_SETTLED <= c->wall * 1000000;
}

bool site_cache_begin(const struct site_cache *c, const struct site_root *root,
		      const struct buf *path, struct site_identity *directory)
{
	/*
	 * No state that is known from before will do: the path may lead
	 * elsewhere since, and back again later. The tick of its last change
	 * has to be over: what changes from now on gives it another time.
	 */
	return c->size && site_directory_look(root, path, directory) >= 0 &&
	       is_settled(c, directory->changed);
}

static struct site_cache_file *find_free_file(struct site_cache *c)
{
	for (unsigned i = 0; i < SITE_CACHE_FILES; i++)
		if (!c->files[i].uses)
			return &c->files[i];
	return NULL;
}

static void put_bytes(char **at, struct span s)
{
	if (s.len)
		memcpy(*at, s.ptr, s.len);
	*at += s.len;
}

static void put_head(struct buf *out, const struct site_entity *e)
{
	struct http_reply reply = {
		.has_content = true,
		.ranges = true,
		.content_length = e->size,
		.content_type = e->type,
		.content_encoding = http_negotiate_name(e->variant.coding),
		.validators = e->validators,
		.varies = e->variant.varies,
	};

	http_reply_put_entity(out, &reply);
	BUG_ON(out->full);
}

/* @e: what it holds, or NULL for one that only says what lies beside it */
static struct site_cache_entry *add(struct site_cache *c, struct span path,
				    enum http_coding coding,
				    const struct statx *st,
				    const struct site_entity *e)
{
	struct span none = { 0 };
	struct span type = e ? e->type : none;
	struct span etag = e ? e->validators.etag : none;
	struct span content = e && e->is_small ? e->content : none;
	struct site_cache_entry *entry = find(c, path, coding);
	char text[HTTP_REPLY_HEAD_MAX];
	struct buf head = BUF(text);

	if (e)
		put_head(&head, e);
	if (entry)
		drop(c, entry);
	entry = take_entry(c, path.len + type.len + etag.len + head.len +
				      content.len);
	if (!entry)
		return NULL;
	char *at = c->bytes + entry->start;

	put_bytes(&at, path);
	put_bytes(&at, type);
	put_bytes(&at, etag);
	put_bytes(&at, buf_span(&head));
	put_bytes(&at, content);
	entry->hash = hash_path(path, coding);
	entry->file = site_identify(st);
	entry->turn = c->turn;
	entry->checked = c->now;
	entry->path_length = (u16)path.len;
	entry->type_length = (u8)type.len;
	entry->etag_length = (u8)etag.len;
	entry->head_length = (u16)head.len;
	entry->coding = (u8)coding;
	entry->has_content = e;
	entry->last_modified = e ? e->validators.last_modified : 0;
	add_to_table(c, entry);
	return entry;
}

/* The entry of the file itself, of which @e may be a variant. */
static struct site_cache_entry *put_file(struct site_cache *c, struct span path,
					 const struct statx *file,
					 const struct site_entity *e)
{
	struct site_identity now = site_identify(file);
	struct site_cache_entry *entry = find(c, path, HTTP_IDENTITY);

	if (e->variant.coding == HTTP_IDENTITY)
		return add(c, path, HTTP_IDENTITY, file, e);
	if (entry && site_identity_is_same(&entry->file, &now))
		return entry;
	return add(c, path, HTTP_IDENTITY, file, NULL);
}

void site_cache_put(struct site_cache *c, struct buf path, unsigned variants,
		    const struct site_identity *directory,
		    const struct statx *file, const struct statx *sent,
		    struct site_entity *e)
{
	struct site_cache_file *open = e->is_small ? NULL : find_free_file(c);

	if (!is_settled(c, site_count_ns(&file->stx_ctime)) ||
	    !is_settled(c, site_count_ns(&sent->stx_ctime)) ||
	    (!e->is_small && !open) || e->size != sent->stx_size)
		return;
	struct site_cache_entry *entry = put_file(c, buf_span(&path), file, e);

	if (!entry)
		return;
	entry->directory = *directory;
	entry->looked = c->now;
	entry->variants = (u8)variants;
	if (e->variant.coding != HTTP_IDENTITY)
		entry = add(c, buf_span(&path), e->variant.coding, sent, e);
	if (!entry || !open)
		return;
	/* One use is the entry's, the other that of the answer under way. */
	*open = (struct site_cache_file){ e->fd, 2 };
	entry->open = open;
	e->shared = open;
}
