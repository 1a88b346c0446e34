/* SPDX-License-Identifier: MIT */
/*
 * Files that were served before, in a fixed piece of memory: their bytes if
 * they are small, their descriptor if not, their type and validators.
 *
 * The cache is exact. At its first use after a request was received an entry is
 * held against statx(2) of its path: device, inode, size, mtime and ctime must
 * be what they were. Linux changes ctime with every change of a file, but no
 * finer than a tick of its clock: what changed a moment before it was read is
 * not kept. Only a compressed variant that comes to stand beside a file may
 * go unnoticed, for a second, or the time to live if that is longer.
 *
 * Entries and bytes are rings: what came first makes room for what comes last,
 * whatever the sizes, in constant time. Entries are found by a table of open
 * addressing.
 *
 *	bytes:  |  ...newest  |  free  |  oldest: path, type, ...  |
 */
#ifndef SITE_CACHE_H
#define SITE_CACHE_H

#include "base/buf.h"
#include "http/negotiate.h"
#include "site/directory.h"
#include "site/entity.h"
#include "site/resolve.h"

/* Descriptors of large files that are kept open. */
#define SITE_CACHE_FILES 32

/* A change that is younger than this when a file is read may not be the last
 * of its tick of the clock (CONFIG_HZ is 100 at the least), ns. */
#define SITE_CACHE_SETTLED 20000000

/* Bytes of an entry that is believed without a look for its time to live: so
 * much is copied whole, and never opened again for its rest. */
#define SITE_CACHE_TRUSTED 4096

/* An open file that several answers may be sent from. */
struct site_cache_file {
	int fd;
	u32 uses; /* answers under way, and one for the entry; 0: it is free */
};

struct site_cache_entry {
	u64 hash; /* of path and coding; 0: the place is free */
	struct site_identity file;
	u64 turn;     /* when it was checked */
	s64 checked;  /* the same, ms */
	s64 looked;   /* when `directory` was, ms */
	size_t start; /* in bytes: path, type, etag, head, content */
	size_t length;
	u16 path_length;
	u16 head_length;
	u8 type_length;
	u8 etag_length;
	u8 coding;
	u8 variants; /* bit N: the file has a variant of coding N */
	bool has_content;
	struct site_cache_file *open; /* of a large one */
	s64 last_modified;
	struct site_identity directory; /* of the file without a coding */
};

struct site_cache {
	struct site_cache_entry *entries; /* a ring */
	u32 *table;			  /* index plus 1 */
	char *bytes;
	size_t size; /* of bytes; 0: nothing is cached */
	size_t end;  /* behind the newest */
	u32 count;   /* places in the ring; the table has twice as many */
	u32 oldest;
	u32 used;
	/* As of this turn of the loop. */
	u64 turn;
	s64 now;  /* ms */
	s64 wall; /* ms since 1970 */
	s64 ttl;  /* ms for which an entry is not checked again */
	struct site_directory directory;
	struct site_cache_file files[SITE_CACHE_FILES];
};

/** site_cache_init() - an empty cache in @size bytes of zeros at @memory */
void site_cache_init(struct site_cache *c, void *memory, size_t size);

/**
 * site_cache_turn() - what was checked before has to be checked again
 *
 * A request that is received after this may have been sent after a change.
 */
void site_cache_turn(struct site_cache *c);

/**
 * site_cache_set_time() - the time of this turn of the loop
 * @now:  ms of the monotonic clock
 * @wall: ms since 1970
 *
 * Before any file is looked at in it.
 */
void site_cache_set_time(struct site_cache *c, s64 now, s64 wall);

/**
 * site_cache_get() - fill in @e from the cache
 * @path: relative and terminated, with room behind it
 *
 * Return: SITE_FILE (with @e->shared the descriptor belongs to the cache, until
 * site_cache_release()), SITE_REFUSED, or -ENOENT if it is not in the cache as
 * it is now.
 */
long site_cache_get(struct site_cache *c, const struct site_root *root,
		    const struct buf *path, struct site_entity *e) MUST_CHECK;

/**
 * site_cache_begin() - before variants of @path are looked for
 * @directory: the state of the one that it lies in, for site_cache_put()
 *
 * Return: whether what is found may be put into the cache.
 */
bool site_cache_begin(const struct site_cache *c, const struct site_root *root,
		      const struct buf *path,
		      struct site_identity *directory) MUST_CHECK;

/**
 * site_cache_put() - remember what was found without the cache
 * @path:      as above
 * @variants:  what lies beside the file, site_variants_look()
 * @directory: from site_cache_begin()
 * @file:      the file without a coding
 * @sent:      what @e was made from, the same or a variant
 * @e:         complete; a large one's descriptor is now the cache's as well
 */
void site_cache_put(struct site_cache *c, struct buf path, unsigned variants,
		    const struct site_identity *directory,
		    const struct statx *file, const struct statx *sent,
		    struct site_entity *e);

/** site_cache_release() - an answer from @file is done */
void site_cache_release(struct site_cache_file *file);

#endif
