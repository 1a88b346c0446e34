/* SPDX-License-Identifier: MIT */
/* The directory that files lie in: see site/directory.h. */
#include "site/directory.h"
#include "base/mem.h"
#include "kernel/errno.h"

/* Where the name begins, behind the directory that it is in. */
static size_t find_name(const struct buf *path)
{
	size_t at = path->len;

	while (at && path->ptr[at - 1] != '/')
		at--;
	return at;
}

long site_directory_look(const struct site_root *root, const struct buf *path,
			 struct site_identity *state)
{
	size_t at = find_name(path);
	struct statx st;
	char saved[2];

	if (path->cap - at < sizeof(saved))
		return -ENAMETOOLONG;
	memcpy(saved, path->ptr + at, sizeof(saved));
	memcpy(path->ptr + at, ".", sizeof(saved));
	long r = site_look(root, path->ptr, &st);

	memcpy(path->ptr + at, saved, sizeof(saved));
	if (r >= 0)
		*state = site_identify(&st);
	return r;
}

long site_directory_know(struct site_directory *d, const struct site_root *root,
			 const struct buf *path, s64 now, s64 age)
{
	size_t length = find_name(path);

	if (now < d->looked + age && length == d->length &&
	    length <= sizeof(d->path) && !memcmp(path->ptr, d->path, length))
		return 0;
	long r = site_directory_look(root, path, &d->state);

	d->looked = now;
	/* Neither a failure nor what is too long is remembered. */
	d->length = r < 0 ? SITE_DIRECTORY_PATH + 1 : length;
	if (d->length <= sizeof(d->path))
		memcpy(d->path, path->ptr, length);
	return r;
}
