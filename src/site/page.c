/* SPDX-License-Identifier: MIT */
/* Error pages: see site/page.h. */
#include "site/page.h"
#include "site/html.h"

/* What the reader of the page can do about it. */
static const char *find_advice(int status)
{
	switch (status) {
	case 403:
		return "This page may not be read.";
	case 404:
		return "There is nothing at this address.";
	case 405:
	case 501:
		return "This address cannot do what was asked of it.";
	case 503:
		return "The server is busy. Please try again soon.";
	case 505:
		return "HTTP/1.1 and HTTP/1.0 are spoken here.";
	}
	if (status >= 500)
		return "Something is wrong here. Please try again later.";
	if (status >= 400)
		return "The server cannot do this as it was asked for.";
	return "";
}

static void put_name(struct buf *out, int status, struct span reason)
{
	buf_put_u64(out, (u64)status, 3);
	buf_put_char(out, ' ');
	buf_put(out, reason);
}

void site_page_put(struct buf *out, int status, struct span reason)
{
	const char *advice = find_advice(status);

	site_html_begin(out);
	put_name(out, status, reason);
	site_html_begin_main(out,
			     SPAN("main{max-width:36rem;margin:18vh auto}"));
	buf_puts(out, "<h1>");
	put_name(out, status, reason);
	buf_puts(out, "</h1>\n");
	if (*advice) {
		buf_puts(out, "<p>");
		buf_puts(out, advice);
		buf_puts(out, "</p>\n");
	}
	if (status == 404)
		buf_puts(out, "<p><a href=\"/\">To the start page</a></p>\n");
	site_html_end(out);
}
