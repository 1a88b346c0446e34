/* SPDX-License-Identifier: MIT */
/*
 * Files that lie beside a file in a compressed form: app.js.br, app.js.zst,
 * app.js.gz are what a client may get for app.js (RFC 9110 section 12). One
 * that is older than the file was not made from it, and is as good as absent;
 * times are compared in whole seconds.
 */
#ifndef SITE_VARIANTS_H
#define SITE_VARIANTS_H

#include "base/buf.h"
#include "http/negotiate.h"
#include "site/resolve.h"

struct site_variant {
	enum http_coding coding;
	bool varies; /* another client may get another one */
};

/** site_variants_put_ending() - append ".br" and so on, nothing for none */
void site_variants_put_ending(struct buf *path, enum http_coding coding);

/* With site_variants_look(): there is one that is older than its file. */
#define SITE_VARIANTS_OLD 0x80U

/**
 * site_variants_look() - which variants lie beside a file
 * @path: relative, of the file, with room behind it
 * @file: what it is
 *
 * Return: bit N for coding N, and SITE_VARIANTS_OLD.
 */
unsigned site_variants_look(const struct site_root *root,
			    const struct buf *path, const struct statx *file);

/**
 * site_variants_pick() - the one that a client likes best
 *
 * HTTP_IDENTITY for the file itself, also where the client does not want that.
 */
struct site_variant site_variants_pick(unsigned variants,
				       const struct http_codings *wanted);

/**
 * site_variants_take() - open a variant in the place of its file
 * @file: the file's; becomes the variant's
 * @fd:   the file, open; it is closed when the variant takes its place
 *
 * Return: whether it was still there.
 */
bool site_variants_take(const struct site_root *root, const struct buf *path,
			enum http_coding coding, struct statx *file,
			int *fd) MUST_CHECK;

#endif
