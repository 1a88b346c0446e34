/* SPDX-License-Identifier: MIT */
/*
 * site/html.h: bytes as text and as links. Whether a character is valid UTF-8
 * is checked for every code point, and for every pair and triple of bytes
 * against the table of RFC 3629.
 */
#include "tap.h"
#include "site/html.h"

static char memory[4096];

static struct span text(struct span s)
{
	struct span guarded = tap_guarded(s);
	struct buf out = BUF(memory);

	site_html_put_text(&out, guarded);
	tap_unguard(guarded);
	CHECK(!out.full);
	return buf_span(&out);
}

static struct span link(struct span s)
{
	struct span guarded = tap_guarded(s);
	struct buf out = BUF(memory);

	site_html_put_link(&out, guarded);
	tap_unguard(guarded);
	CHECK(!out.full);
	return buf_span(&out);
}

static const struct {
	const char *name;
	const char *text;
	const char *link;
} names[] = {
	{ "", "", "" },
	{ "plain-name_1.2~", "plain-name_1.2~", "plain-name_1.2~" },
	{ "a b", "a b", "a%20b" },
	{ "a:b", "a:b", "a%3Ab" },
	{ "a/b", "a/b", "a%2Fb" },
	{ "?#%41", "?#%41", "%3F%23%2541" },
	{ "...", "...", "..." },
	{ "%2e%2e", "%2e%2e", "%252e%252e" },
	{ "\\", "\\", "%5C" },
	{ "<b>&amp;\"'", "&#60;b&#62;&#38;amp;&#34;'",
	  "%3Cb%3E%26amp%3B%22%27" },
	{ "</title><script>", "&#60;/title&#62;&#60;script&#62;",
	  "%3C%2Ftitle%3E%3Cscript%3E" },
	{ "a\tb\nc\rd\fe", "a\\x09b\\x0ac\\x0dd\\x0ce", "a%09b%0Ac%0Dd%0Ce" },
	{ "\x01\x1f\x7f", "\\x01\\x1f\\x7f", "%01%1F%7F" },
	{ "\xc3\xa9", "\xc3\xa9", "%C3%A9" },
	{ "\xe2\x82\xac", "\xe2\x82\xac", "%E2%82%AC" },
	{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "%F0%9F%98%80" },
	/* C1 controls, a surrogate, noncharacters, beyond the last. */
	{ "\xc2\x80\xc2\x9f", "\\xc2\\x80\\xc2\\x9f", "%C2%80%C2%9F" },
	{ "\xc2\xa0", "\xc2\xa0", "%C2%A0" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "%ED%A0%80" },
	{ "\xef\xb7\x90\xef\xbf\xbe", "\\xef\\xb7\\x90\\xef\\xbf\\xbe",
	  "%EF%B7%90%EF%BF%BE" },
	{ "\xf4\x8f\xbf\xbf", "\\xf4\\x8f\\xbf\\xbf", "%F4%8F%BF%BF" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "%F4%90%80%80" },
	/* Too long, cut short, a tail alone, and what follows stays. */
	{ "\xc0\xaf", "\\xc0\\xaf", "%C0%AF" },
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf", "%E0%80%AF" },
	{ "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf", "%F0%80%80%AF" },
	{ "\xe2\x82", "\\xe2\\x82", "%E2%82" },
	{ "\xe2\x82<", "\\xe2\\x82&#60;", "%E2%82%3C" },
	{ "\xf0\x9f\x98", "\\xf0\\x9f\\x98", "%F0%9F%98" },
	{ "\xbf\xc3\xa9", "\\xbf\xc3\xa9", "%BF%C3%A9" },
	{ "\xff\xfe", "\\xff\\xfe", "%FF%FE" },
	{ "\xc1\x81", "\\xc1\\x81", "%C1%81" },
	{ "\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80",
	  "%F8%88%80%80%80" },
	{ "\xff\x80\x80\x80\x80\x81\x81\x81",
	  "\\xff\\x80\\x80\\x80\\x80\\x81\\x81\\x81",
	  "%FF%80%80%80%80%81%81%81" },
};

static void test_names(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		struct span name = span_from_string(names[i].name);

		tap_note("row", i);
		CHECK(span_equal(text(name), span_from_string(names[i].text)));
		CHECK(span_equal(link(name), span_from_string(names[i].link)));
	}
	tap_note(NULL, 0);
}

static size_t encode(u32 code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 63));
		out[2] = (char)(0x80 | (code & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 63));
	out[2] = (char)(0x80 | (code >> 6 & 63));
	out[3] = (char)(0x80 | (code & 63));
	return 4;
}

static bool is_control(u32 code)
{
	return code < 0x20 || (code > 0x7e && code < 0xa0);
}

static bool is_nothing(u32 code)
{
	return (code >= 0xd800 && code <= 0xdfff) ||
	       (code >= 0xfdd0 && code <= 0xfdef) || code % 0x10000 > 0xfffd;
}

/* Every code point: as it is, escaped, or byte by byte. */
static void test_code_points(void)
{
	u32 wrong = 0;

	for (u32 code = 0; code < 0x110000; code++) {
		char bytes[4];
		struct span s = { bytes, encode(code, bytes) };
		struct buf out = BUF(memory);
		bool special = code == '&' || code == '<' || code == '>' ||
			       code == '"';
		size_t want = special ? 5 : s.len;

		if (is_control(code) || is_nothing(code))
			want = 4 * s.len;
		site_html_put_text(&out, s);
		wrong += out.len != want;
		if (want == s.len)
			wrong += !span_equal(buf_span(&out), s);
	}
	CHECK_EQ(wrong, 0);
}

/* RFC 3629 section 4: which second bytes may follow a first. */
static bool may_follow(u32 first, u32 second)
{
	if (first == 0xe0)
		return second >= 0xa0 && second <= 0xbf;
	if (first == 0xed)
		return second >= 0x80 && second <= 0x9f;
	if (first == 0xf0)
		return second >= 0x90 && second <= 0xbf;
	if (first == 0xf4)
		return second >= 0x80 && second <= 0x8f;
	return second >= 0x80 && second <= 0xbf;
}

/* Every two bytes from 0x80 with as many tails behind: is it a character? */
static void test_byte_pairs(void)
{
	u32 wrong = 0;

	for (u32 pair = 0x8080; pair < 0x10000; pair++) {
		u32 first = pair >> 8;
		u32 second = pair & 0xff;
		char bytes[] = { (char)first, (char)second, '\xb0', '\xb1',
				 '\xb0',      '\xb1',	    '\xb0', '\xb1' };
		struct buf out = BUF(memory);
		bool valid = first >= 0xc2 && first <= 0xf4 &&
			     may_follow(first, second) &&
			     !(first == 0xc2 && second < 0xa0);

		if (second < 0x80)
			continue;
		site_html_put_text(&out, (struct span){ bytes, sizeof(bytes) });
		/* An escape begins with a backslash. */
		wrong += (out.ptr[0] == bytes[0]) != valid;
		wrong += (out.ptr[0] == '\\') == valid;
	}
	CHECK_EQ(wrong, 0);
}

/* The bounds that the header promises, by which others size their buffers. */
static void test_bounds(void)
{
	for (unsigned c = 1; c < 256; c++) {
		char byte = (char)c;

		CHECK(text((struct span){ &byte, 1 }).len <=
		      SITE_HTML_TEXT_MAX);
		CHECK(link((struct span){ &byte, 1 }).len <=
		      SITE_HTML_LINK_MAX);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_names);
	RUN(test_code_points);
	RUN(test_byte_pairs);
	RUN(test_bounds);
	return tap_end();
}
