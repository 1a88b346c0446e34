/* SPDX-License-Identifier: MIT */
/* Media types by file name extension. */
#ifndef SITE_MIME_H
#define SITE_MIME_H

#include "base/span.h"

/**
 * site_mime_find() - the Content-Type of the file @name
 *
 * Decided by what follows the last dot of the last segment, letters of either
 * case equal. Text is declared UTF-8. Empty where the extension is
 * unknown or there is none.
 */
struct span site_mime_find(struct span name);

#endif
