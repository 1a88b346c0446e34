/* SPDX-License-Identifier: MIT */
/* Compressed variants: see site/variants.h. */
#include "site/variants.h"
#include "kernel/sys.h"

/* By enum http_coding. */
static const char endings[HTTP_IDENTITY][5] = { ".br", ".zst", ".gz" };

void site_variants_put_ending(struct buf *path, enum http_coding coding)
{
	if (coding != HTTP_IDENTITY)
		buf_put(path, span_from_string(endings[coding]));
}

/* @path, a copy of whoever calls, with the ending. Return: NULL if too long. */
static const char *put_name(struct buf *path, enum http_coding coding)
{
	site_variants_put_ending(path, coding);
	buf_put_char(path, '\0');
	return path->full ? NULL : path->ptr;
}

static bool is_usable(const struct statx *variant, const struct statx *file)
{
	return (variant->stx_mode & S_IFMT) == S_IFREG &&
	       variant->stx_mtime.tv_sec >= file->stx_mtime.tv_sec;
}

unsigned site_variants_look(const struct site_root *root,
			    const struct buf *path, const struct statx *file)
{
	unsigned variants = 0;

	for (unsigned i = 0; i < HTTP_IDENTITY; i++) {
		struct buf copy = *path;
		const char *name = put_name(&copy, (enum http_coding)i);
		struct statx st;

		/* That there is none is found out for less. */
		if (!name || site_look(root, name, &st) < 0)
			continue;
		long fd = site_resolve(root, name, &st);

		if (fd < 0)
			continue;
		sys_close((int)fd);
		variants |= is_usable(&st, file) ? 1U << i : SITE_VARIANTS_OLD;
	}
	return variants;
}

struct site_variant site_variants_pick(unsigned variants,
				       const struct http_codings *wanted)
{
	struct site_variant v = { HTTP_IDENTITY,
				  (variants & ~SITE_VARIANTS_OLD) != 0 };
	unsigned best = 0;

	for (unsigned i = 0; i < HTTP_IDENTITY; i++)
		if ((variants >> i & 1) && wanted->weight[i] > best) {
			best = wanted->weight[i];
			v.coding = (enum http_coding)i;
		}
	if (wanted->weight[HTTP_IDENTITY] > best)
		v.coding = HTTP_IDENTITY;
	return v;
}

bool site_variants_take(const struct site_root *root, const struct buf *path,
			enum http_coding coding, struct statx *file, int *fd)
{
	struct buf copy = *path;
	const char *name = put_name(&copy, coding);
	struct statx st;
	int variant = -1;

	if (!name || site_open(root, name, &st, &variant) < 0 || variant < 0)
		return false;
	if (!is_usable(&st, file)) {
		sys_close(variant);
		return false;
	}
	sys_close(*fd);
	*fd = variant;
	*file = st;
	return true;
}
