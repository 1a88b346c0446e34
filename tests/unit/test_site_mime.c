/* SPDX-License-Identifier: MIT */
/* site/mime.h: names and their types, registered with IANA where they are. */
#include "tap.h"
#include "site/mime.h"

#define OTHER ""

static const struct {
	const char *name;
	const char *type;
} names[] = {
	{ "index.html", "text/html; charset=utf-8" },
	{ "a.htm", "text/html; charset=utf-8" },
	{ "a.css", "text/css; charset=utf-8" },
	{ "a.js", "text/javascript; charset=utf-8" },
	{ "a.mjs", "text/javascript; charset=utf-8" },
	{ "a.json", "application/json" },
	{ "a.map", "application/json" },
	{ "a.txt", "text/plain; charset=utf-8" },
	{ "a.md", "text/markdown; charset=utf-8" },
	{ "a.csv", "text/csv; charset=utf-8" },
	{ "a.xml", "text/xml; charset=utf-8" },
	{ "a.svg", "image/svg+xml" },
	{ "a.png", "image/png" },
	{ "a.jpg", "image/jpeg" },
	{ "a.jpeg", "image/jpeg" },
	{ "a.gif", "image/gif" },
	{ "a.webp", "image/webp" },
	{ "a.avif", "image/avif" },
	{ "favicon.ico", "image/vnd.microsoft.icon" },
	{ "a.woff", "font/woff" },
	{ "a.woff2", "font/woff2" },
	{ "a.ttf", "font/ttf" },
	{ "a.otf", "font/otf" },
	{ "a.mp4", "video/mp4" },
	{ "a.webm", "video/webm" },
	{ "a.mp3", "audio/mpeg" },
	{ "a.ogg", "audio/ogg" },
	{ "a.wasm", "application/wasm" },
	{ "a.pdf", "application/pdf" },
	{ "a.zip", "application/zip" },
	{ "a.gz", "application/gzip" },
	{ "a.webmanifest", "application/manifest+json" },
	/* The first and the last row of the table. */
	{ "a.7z", "application/x-7z-compressed" },
	{ "a.zst", "application/zstd" },
	/* Letters of either case. */
	{ "A.HTML", "text/html; charset=utf-8" },
	{ "a.HtMl", "text/html; charset=utf-8" },
	/* The last dot counts, of the last segment. */
	{ "a.tar.gz", "application/gzip" },
	{ "jquery-3.7.1.min.js", "text/javascript; charset=utf-8" },
	{ "/a/b/c.css", "text/css; charset=utf-8" },
	{ "/a.css/b", OTHER },
	{ "/a.css/", OTHER },
	{ "/v1.2/LICENSE", OTHER },
	{ "/v1.2/b.css", "text/css; charset=utf-8" },
	{ ".html", "text/html; charset=utf-8" },
	{ "a..html", "text/html; charset=utf-8" },
	/* Unknown, or no extension at all. */
	{ "", OTHER },
	{ "/", OTHER },
	{ "a", OTHER },
	{ "html", OTHER },
	{ "a.", OTHER },
	{ ".", OTHER },
	{ "..", OTHER },
	{ "a.unknown", OTHER },
	{ "a.htmlx", OTHER },
	{ "a.htm l", OTHER },
	{ "a.xhtm", OTHER },
	{ "a.html ", OTHER },
	{ "a.html\n", OTHER },
	{ "a.html~", OTHER },
	{ "a.t", OTHER },
	{ "a.txt\ntext", OTHER },
	{ "a.txt text/plain; charset=utf-8", OTHER },
	{ "a. ", OTHER },
	{ "a.\xc3\xa9", OTHER },
};

/* The type in memory of our own, which the next call uses again. */
static struct span find(struct span name)
{
	static char text[SITE_MIME_MAX];
	struct buf type = BUF(text);

	site_mime_put(&type, name);
	CHECK(!type.full);
	return buf_span(&type);
}

static void test_names(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		struct span in = tap_guarded(span_from_string(names[i].name));

		tap_note("names", i);
		tap_check_span(find(in), span_from_string(names[i].type),
			       "type", __FILE__, __LINE__);
		tap_unguard(in);
	}
}

/* The bytes of a type can be put into a header as they are. */
static void check_type(struct span type)
{
	size_t slash = span_find(type, '/');

	CHECK(slash > 0 && slash + 1 < type.len);
	for (size_t i = 0; i < type.len; i++)
		CHECK(type.ptr[i] >= 0x20 && type.ptr[i] < 0x7f);
}

/* Every extension of one to three letters: a type, and always a whole one. */
static void test_short_extensions(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned n = sizeof(letters) - 1;
	char name[5] = "a.";
	unsigned known = 0;

	for (unsigned i = 0; i < n * (n + 1) * (n + 1); i++) {
		unsigned v[3] = { i % n, i / n % (n + 1), i / n / (n + 1) };
		size_t len = 2;

		for (unsigned j = 0; j < 3; j++)
			if (v[j] < n)
				name[len++] = letters[v[j]];
		struct span type = find((struct span){ name, len });

		known += type.len > 0;
		if (type.len)
			check_type(type);
	}
	CHECK(known > 50);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_names);
	RUN(test_short_extensions);
	return tap_end();
}
