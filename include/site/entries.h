/* SPDX-License-Identifier: MIT */
/*
 * The entries of a directory, for a listing: those that the server would
 * serve, read into memory of a fixed size and sorted there.
 */
#ifndef SITE_ENTRIES_H
#define SITE_ENTRIES_H

#include "site/entity.h"

/*
 * Names of a directory that are looked at, each with a statx or more, and
 * their bytes together. What is beyond that is not seen.
 */
#define SITE_ENTRIES_MAX 10000
#define SITE_ENTRIES_BYTES (64 * SITE_ENTRIES_MAX)

struct site_entry {
	u64 size; /* bytes; of a directory 0 */
	s64 time; /* of the last change, seconds since 1970 */
	u32 name; /* where it begins among the names */
	u8 name_length;
	bool is_directory;
};

struct site_entries {
	u32 count;
	u32 names_length;
	bool more; /* the directory has more names than were looked at */
	struct site_entry at[SITE_ENTRIES_MAX];
	u16 sorted[SITE_ENTRIES_MAX]; /* which of them is first, and so on */
	char names[SITE_ENTRIES_BYTES];
	u64 raw[4096]; /* what getdents64 gives at once */
};

enum site_key {
	SITE_BY_NAME, /* by its bytes */
	SITE_BY_SIZE,
	SITE_BY_TIME,
	SITE_KEYS, /* how many there are */
};

struct site_order {
	enum site_key key;
	bool descending;
};

/**
 * site_entries_read() - read the directory @path
 * @path: normalised, ends with a slash, with SITE_PATH_EXTRA bytes of room
 *
 * Left out is what site_find() would not find: hidden names, links that lead
 * nowhere or out of the root, and what is neither file nor directory. Not
 * left out is what this process may not read.
 *
 * Return: 0, or a negative errno of site_open_directory() or getdents64.
 */
long site_entries_read(struct site_entries *e, const struct site *site,
		       const struct buf *path) MUST_CHECK;

/**
 * site_entries_sort() - directories first, each group by @order
 *
 * What is equal in that is ordered by name, and always upwards. O(n log n) at
 * worst, in place.
 */
void site_entries_sort(struct site_entries *e, struct site_order order);

/** site_entries_name() - the name of an entry */
struct span site_entries_name(const struct site_entries *e,
			      const struct site_entry *entry);

#endif
