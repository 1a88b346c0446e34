/* SPDX-License-Identifier: MIT */
/*
 * What a path of the site means: a file with its type and validators, or a
 * directory to be redirected to, or nothing.
 */
#ifndef SITE_ENTITY_H
#define SITE_ENTITY_H

#include "base/buf.h"
#include "http/precondition.h"
#include "site/identity.h"
#include "site/mime.h"
#include "site/resolve.h"
#include "site/rules.h"
#include "site/variants.h"

/*
 * Files up to this size are read as a whole, and their tag is a hash of their
 * bytes. Larger ones are sent from the page cache, and their tag is made of
 * time and size.
 */
#define SITE_SMALL_MAX 65536

/* Room behind a path for the longest name (NAME_MAX), an ending, and a NUL. */
#define SITE_PATH_EXTRA 264

struct site_bundle;
struct site_cache;
struct site_cache_file;
struct site_listing;

struct site {
	struct site_root root;
	const struct site_bundle *bundle; /* instead of a root; or NULL */
	struct site_cache *cache;	  /* or NULL */
	struct site_listing *listing;	  /* memory for it; NULL: it is off */
	struct span index; /* the file that stands for a directory */
	struct span spa;   /* the one for pages that are missing, or empty */
	bool clean_urls;   /* /about finds about.html */
	bool dotfiles;	   /* names that begin with a dot are served */
	const struct site_rules *rules; /* SITE_RULES_FILES of them */
};

struct site_entity {
	/* Set by whoever asks. */
	char *scratch; /* SITE_SMALL_MAX + 1 bytes for the content */
	struct http_codings wanted;
	/* The answer. */
	int status; /* of SITE_MISSING: what to answer with it */
	/*
	 * Open for reading, and to be given back by site_entity_close(); -1
	 * for a small one that is in the cache.
	 */
	int fd;
	struct site_cache_file *shared; /* what the cache holds, or NULL */
	u64 size;			/* bytes */
	bool is_small;			/* all of them are in content as well */
	bool is_list;	/* of a directory; fd may be -1 (site/listing.h) */
	bool is_static; /* content stays where it is: of a bundle */
	struct span content;
	struct span type;
	struct http_validators validators;
	struct span head; /* http_reply_put_entity() of all of it, or empty */
	const struct site_root *root;
	struct buf path; /* relative, without the ending of a variant */
	struct site_identity identity;
	struct site_variant variant;
	char type_text[SITE_MIME_MAX]; /* what type points at */
	char etag[40];		       /* what validators.etag points at */
};

enum site_kind {
	SITE_FILE,
	SITE_DIRECTORY, /* without a slash at its end: redirect */
	SITE_MISSING,	/* the file is a page that says that */
	SITE_NO_INDEX,	/* in what may be a directory, for site_list() */
	SITE_REFUSED,	/* none of its codings is acceptable to the client */
	SITE_ELSEWHERE, /* a rule sends the client to another place */
};

/**
 * site_may_show() - whether the normalised @path is nobody's secret
 *
 * It is one with a name that begins with a dot, unless the site shows those.
 */
bool site_may_show(const struct site *site, struct span path);

/** site_entity_put_type() - give it the Content-Type of a file called @name */
void site_entity_put_type(struct site_entity *e, struct span name);

/** site_entity_tag() - give it an ETag of the @hash of its bytes */
void site_entity_tag(struct site_entity *e, u64 hash);

/**
 * site_find() - open what the normalised @path (http/path.h) names
 * @path:    with SITE_PATH_EXTRA bytes of room behind it, and unchanged
 * @entity:  filled in for SITE_FILE
 *
 * Return: the kind, or a negative errno; -ENOENT for everything that is not
 * served: no such name, no index, a dotfile, a file of rules, a link out of
 * the root, neither file nor directory.
 */
long site_find(const struct site *site, const struct buf *path,
	       struct site_entity *entity) MUST_CHECK;

/**
 * site_entity_reopen() - open what the cache had no descriptor for
 *
 * Where the memory of the cache does not do: it may be used anew once others
 * have their turn.
 *
 * Return: the descriptor, or a negative errno; -EAGAIN if the file is not the
 * same any more.
 */
long site_entity_reopen(const struct site_entity *e) MUST_CHECK;

/** site_entity_close() - @fd of an entity is not needed any more */
void site_entity_close(int fd, struct site_cache_file *shared);

/**
 * site_find_target() - site_find() for what a rule leads to
 * @target: encoded, maybe with a query; a page's ".html" may be missing
 * @path:   becomes the path of @target
 *
 * Return: as site_find(), and -ENOENT for a malformed @target.
 */
long site_find_target(const struct site *site, struct span target,
		      struct buf *path, struct site_entity *entity) MUST_CHECK;

/**
 * site_find_instead() - what to send where site_find() said -ENOENT
 *
 * The file for the pages of an application, site->spa, unless @path has the
 * extension of another kind of file; else the nearest 404.html, in the
 * directory of @path or above. @path becomes the path of what was found.
 *
 * Return: SITE_FILE, SITE_MISSING, or a negative errno; -ENOENT if there is
 * neither.
 */
long site_find_instead(const struct site *site, struct buf *path,
		       struct site_entity *entity) MUST_CHECK;

#endif
