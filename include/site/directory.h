/* SPDX-License-Identifier: MIT */
/*
 * The directory that files lie in: its state changes with each name that is
 * put into it or taken away, as of a variant beside a file.
 */
#ifndef SITE_DIRECTORY_H
#define SITE_DIRECTORY_H

#include "base/buf.h"
#include "site/identity.h"
#include "site/resolve.h"

/* Of a path to a directory; a longer one is not remembered. */
#define SITE_DIRECTORY_PATH 128

/* The one that was looked at last. */
struct site_directory {
	struct site_identity state;
	s64 looked; /* ms */
	size_t length;
	char path[SITE_DIRECTORY_PATH]; /* with the slash at its end */
};

/**
 * site_directory_look() - the state of the directory that @path lies in
 * @path: of a file, relative, with room for two bytes more than its name, which
 *        are overwritten for as long as this takes
 *
 * Return: 0, or a negative errno, as site_look().
 */
long site_directory_look(const struct site_root *root, const struct buf *path,
			 struct site_identity *state) MUST_CHECK;

/**
 * site_directory_know() - the same, into @d, unless it is there
 * @now: ms
 * @age: ms for which what was seen is believed
 *
 * Files of one directory follow each other, so that one is remembered.
 *
 * Return: 0, or a negative errno, as site_look().
 */
long site_directory_know(struct site_directory *d, const struct site_root *root,
			 const struct buf *path, s64 now, s64 age) MUST_CHECK;

#endif
