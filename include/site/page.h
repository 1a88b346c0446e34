/* SPDX-License-Identifier: MIT */
/* The small HTML page that goes with an error status or a redirect. */
#ifndef SITE_PAGE_H
#define SITE_PAGE_H

#include "base/buf.h"

/* Enough for any page that site_page_put() writes. */
#define SITE_PAGE_MAX 1280

/** site_page_put() - append the page for @status, whose name is @reason */
void site_page_put(struct buf *out, int status, struct span reason);

#endif
