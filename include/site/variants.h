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

/**
 * site_variants_choose() - the variant that a client likes best
 * @path:   relative, of the file that was found, with room behind it
 * @wanted: what the client says
 * @st:     the file's; becomes the variant's
 * @fd:     the file, open; it is closed when a variant takes its place
 *
 * Return: which it is, HTTP_IDENTITY for the file itself, also where the
 * client does not want that.
 */
struct site_variant site_variants_choose(const struct site_root *root,
					 const struct buf *path,
					 const struct http_codings *wanted,
					 struct statx *st, int *fd);

#endif
