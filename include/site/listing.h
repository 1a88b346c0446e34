/* SPDX-License-Identifier: MIT */
/*
 * The listing of a directory that has no index: a page of HTML, made anew for
 * each request. Its query says the order: "?sort=name", size or time, and with
 * a minus before that the other way round, as in "?sort=-size". What follows
 * a "&" is not looked at; any other query is as good as none.
 *
 * A page of some length waits for its reader in a file of its own that exists
 * in memory alone. All of these in a worker have SITE_LISTINGS_BYTES together.
 */
#ifndef SITE_LISTING_H
#define SITE_LISTING_H

#include "site/entries.h"

/* A page up to this size has no file: whoever asked for it copies it. */
#define SITE_LISTING_SMALL 4096

/* A page, and all pages in memory at once, in bytes. */
#define SITE_LISTINGS_BYTES (32 << 20)

struct site_listing {
	/* What the files take that are being sent, by site_listing_weight().
	 * Whoever sends them keeps count. */
	u64 held;
	struct site_entries entries;
};

/** site_listing_weight() - what a file of @size bytes takes, pages and all */
u64 site_listing_weight(u64 size);

/** site_listing_order() - what @query asks for, "" or from its "?" on */
struct site_order site_listing_order(struct span query);

/** site_listing_put_size() - append "1.5 KiB"; what is beyond the tenth is cut
 */
void site_listing_put_size(struct buf *out, u64 size);

/**
 * site_list() - the listing of the directory @path: see SITE_NO_INDEX
 * @path:    as with site_find()
 * @query:   see site_listing_order()
 * @bodily:  whether its bytes are to be sent, in contrast to HEAD
 * @entity:  as site_find() left it; filled in for SITE_FILE
 *
 * Return: SITE_FILE, or a negative errno; -ENOENT where there is no directory
 * to be listed, -EAGAIN where too many are being sent.
 */
long site_list(const struct site *site, const struct buf *path,
	       struct span query, bool bodily,
	       struct site_entity *entity) MUST_CHECK;

#endif
