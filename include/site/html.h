/* SPDX-License-Identifier: MIT */
/*
 * What the server's own pages have in common: their frame, in which the style
 * sheet is, and how bytes that somebody else chose become text or a link.
 */
#ifndef SITE_HTML_H
#define SITE_HTML_H

#include "base/buf.h"

/* The most that site_html_put_text() makes of a byte, and _put_link(). */
#define SITE_HTML_TEXT_MAX 5
#define SITE_HTML_LINK_MAX 3

/** site_html_begin() - the start of a page, up to the text of its title */
void site_html_begin(struct buf *out);

/**
 * site_html_begin_main() - from the end of the title to the page's content
 * @style: of this page, behind the style of all pages
 */
void site_html_begin_main(struct buf *out, struct span style);

/** site_html_end() - the end of a page, behind its content */
void site_html_end(struct buf *out);

/**
 * site_html_put_text() - append @s as text, or as an attribute in quotes
 *
 * UTF-8 stays as it is. Bytes that are no UTF-8, control characters, line
 * breaks too, and code points that no page may contain become \xHH, where a
 * reader sees them.
 */
void site_html_put_text(struct buf *out, struct span s);

/**
 * site_html_put_link() - append a file's @name as a relative reference
 *
 * All but the characters that RFC 3986 calls unreserved is percent-encoded,
 * the colon too, before which a browser would look for a scheme.
 */
void site_html_put_link(struct buf *out, struct span name);

#endif
