/* SPDX-License-Identifier: MIT */
/* Error pages: see site/page.h. */
#include "site/page.h"

/* What the reader of the page can do about it. */
static struct span find_advice(int status)
{
	switch (status) {
	case 403:
		return SPAN("This page may not be read.");
	case 404:
		return SPAN("There is nothing at this address.");
	case 405:
	case 501:
		return SPAN("This address cannot do what was asked of it.");
	case 503:
		return SPAN("The server is busy. Please try again soon.");
	default:
		return SPAN("");
	}
}

void site_page_put(struct buf *out, int status, struct span reason)
{
	struct span advice = find_advice(status);

	buf_puts(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
		      "<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" "
		      "content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n"
		      "<title>");
	buf_put_u64(out, (u64)status, 3);
	buf_put_char(out, ' ');
	buf_put(out, reason);
	buf_puts(out, "</title>\n<style>body{font:1rem/1.5 system-ui,"
		      "sans-serif;max-width:40rem;margin:20vh auto;"
		      "padding:0 1rem}</style>\n</head>\n<body>\n<main>\n<h1>");
	buf_put_u64(out, (u64)status, 3);
	buf_put_char(out, ' ');
	buf_put(out, reason);
	buf_puts(out, "</h1>\n");
	if (advice.len) {
		buf_puts(out, "<p>");
		buf_put(out, advice);
		buf_puts(out, "</p>\n");
	}
	buf_puts(out, "</main>\n</body>\n</html>\n");
}
