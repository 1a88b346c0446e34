/* SPDX-License-Identifier: MIT */
/*
 * What a path of the site means: a file with its type and validators, or a
 * directory to be redirected to, or nothing.
 */
#ifndef SITE_ENTITY_H
#define SITE_ENTITY_H

#include "base/buf.h"
#include "http/precondition.h"
#include "site/resolve.h"

/*
 * Files up to this size are read as a whole, and their tag is a hash of their
 * bytes. Larger ones are sent from the page cache, and their tag is made of
 * time and size.
 */
#define SITE_SMALL_MAX 65536

struct site {
	struct site_root root;
	struct span index; /* the file that stands for a directory */
};

struct site_entity {
	int fd;	       /* open for reading; whoever asked closes it */
	u64 size;      /* bytes */
	bool is_small; /* all of them are in content as well */
	struct span content;
	struct span type;
	char etag[36]; /* what validators.etag points at */
	struct http_validators validators;
};

enum site_kind {
	SITE_FILE,
	SITE_DIRECTORY, /* without a slash at its end: redirect */
};

/**
 * site_find() - open what the normalised @path (http/path.h) names
 * @path:    at least one byte of room behind it and the index's name
 * @scratch: SITE_SMALL_MAX + 1 bytes for the content of a small file
 * @entity:  filled in for SITE_FILE
 *
 * Return: the kind, or a negative errno; -ENOENT for everything that is not
 * served: no such name, no index, a dotfile, a link out of the root, neither
 * file nor directory.
 */
long site_find(const struct site *site, struct buf *path, char *scratch,
	       struct site_entity *entity) MUST_CHECK;

#endif
