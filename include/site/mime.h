/* SPDX-License-Identifier: MIT */
/* Media types by file name extension. */
#ifndef SITE_MIME_H
#define SITE_MIME_H

#include "base/buf.h"

/* Enough for the longest of them, in bytes. */
#define SITE_MIME_MAX 80

/**
 * site_mime_put() - append the Content-Type of the file @name
 *
 * Decided by what follows the last dot of the last segment, letters of either
 * case equal. Text is declared UTF-8. Appends nothing where the extension is
 * unknown or there is none.
 */
void site_mime_put(struct buf *out, struct span name);

#endif
