/* SPDX-License-Identifier: MIT */
/* The frame of pages, and text in them: see site/html.h. */
#include "site/html.h"

void site_html_begin(struct buf *out)
{
	buf_puts(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
		      "<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" "
		      "content=\"width=device-width, initial-scale=1\">\n"
		      "<title>");
}

/*
 * The system's own colours for back and text follow the scheme; a, m and l are
 * those of links, of what matters less, and of lines.
 */
void site_html_begin_main(struct buf *out, struct span style)
{
	buf_puts(out, "</title>\n<style>"
		      ":root{color-scheme:light dark;"
		      "--a:#0b5cad;--m:#5b636d;--l:#dde0e3}"
		      "@media(prefers-color-scheme:dark){"
		      ":root{--a:#8cc8ff;--m:#a5adb6;--l:#3a4047}}"
		      "body{max-width:60rem;margin:auto;padding:1rem;"
		      "font:1rem/1.5 system-ui,sans-serif}"
		      "h1{line-height:1.2}"
		      "a{color:var(--a);display:inline-block;padding:.65rem 0}"
		      ":focus-visible{outline:3px solid}");
	buf_put(out, style);
	buf_puts(out, "</style>\n</head>\n<body>\n<main>\n");
}

void site_html_end(struct buf *out)
{
	buf_puts(out, "</main>\n</body>\n</html>\n");
}

/*
 * What a page may not contain, by the HTML standard's section on the
 * preprocessing of its input: controls, noncharacters.
 */
static bool is_unfit(u32 code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	       (code >= 0xfdd0 && code < 0xfdf0) || (code & 0xfffe) == 0xfffe;
}

void site_html_put_text(struct buf *out, struct span s)
{
	while (s.len) {
		u32 code;
		size_t n = span_read_character(s, &code);
		char c = s.ptr[0];
		struct span character = { s.ptr, n ? n : 1 };

		if (!n || is_unfit(code)) {
			buf_put_escaped(out, character, 0);
		} else if (c == '&' || c == '<' || c == '>' || c == '"') {
			buf_puts(out, "&#");
			buf_put_u64(out, (u8)c, 2);
			buf_put_char(out, ';');
		} else {
			buf_put(out, character);
		}
		s = span_skip(s, character.len);
	}
}

static bool is_unreserved(char c)
{
	char letter = (char)(c | 0x20);

	return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void site_html_put_link(struct buf *out, struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (is_unreserved(name.ptr[i]))
			buf_put_char(out, name.ptr[i]);
		else
			buf_put_percent(out, name.ptr[i]);
}
