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
 * preprocessing of its input: controls, surrogates, noncharacters.
 */
static bool is_unfit(u32 code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	       (code >= 0xd800 && code < 0xe000) ||
	       (code >= 0xfdd0 && code < 0xfdf0) || (code & 0xfffe) == 0xfffe ||
	       code > 0x10ffff;
}

/*
 * Bytes of the character at the start of @s, by RFC 3629; 0 if there is none,
 * or none that fits a page.
 */
static size_t measure_character(struct span s)
{
	u32 code = (u8)s.ptr[0];
	size_t n = 0;

	/* As many ones at the top as there are bytes, but for a single byte. */
	while (code << n & 0x80)
		n++;
	if (n == 1 || n > 4 || n > s.len)
		return 0;
	code &= 0xffU >> n;
	for (size_t i = 1; i < n; i++) {
		if (((u8)s.ptr[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((u8)s.ptr[i] & 0x3f);
	}
	/* The least that needs so many: 2^7, 2^11, 2^16. */
	if (n && code < (n == 2 ? 1U << 7 : 1U << (5 * n - 4)))
		return 0;
	if (!n)
		n = 1;
	return is_unfit(code) ? 0 : n;
}

void site_html_put_text(struct buf *out, struct span s)
{
	while (s.len) {
		size_t n = measure_character(s);
		char c = s.ptr[0];
		struct span character = { s.ptr, n ? n : 1 };

		if (!n) {
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
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < name.len; i++) {
		u8 c = (u8)name.ptr[i];

		if (!is_unreserved((char)c)) {
			buf_put_char(out, '%');
			buf_put_char(out, digits[c >> 4]);
			c = (u8)digits[c & 15];
		}
		buf_put_char(out, (char)c);
	}
}
