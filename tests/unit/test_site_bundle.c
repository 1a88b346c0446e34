/* SPDX-License-Identifier: MIT */
/*
 * site/bundle.h: a small bundle is made here, and looked at between pages that
 * may not be touched: cut off at every length, with every byte changed, and
 * with numbers changed that the checksum vouches for.
 */
#include "tap.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "site/bundle.h"

static const struct {
	const char *path;
	const char *content;
	u32 codings;
} files[] = {
	{ "a", "the file a", 1U << HTTP_BR | 1U << HTTP_GZIP },
	{ "a.br", "a, shorter", 0 },
	{ "a.gz", "a by gzip", 0 },
	{ "b!c", "sorts before what is below b", 0 },
	{ "b/c", "below b", 0 },
	{ "b/d/e", "", 0 },
	{ "b0", "and after", 0 },
};

/* How many files a case has: 0 to all. */
static u32 count;

static _Alignas(64) char memory[4096];

/* Contents have so much room. */
#define INDEX 512

static void put_head(struct buf *strings, struct site_bundle_head *head,
		     u32 entry)
{
	u32 start = (u32)(strings->ptr + strings->len - memory);

	head->entry = le32_of(entry);
	head->text = le32_of(start);
	buf_puts(strings, "Content-Type: text/plain\r\nX-Number: ");
	buf_put_u64(strings, entry, 1);
	buf_puts(strings, "\r\n");
	head->length =
		le32_of((u32)(strings->ptr + strings->len - memory) - start);
}

static struct site_bundle_trailer *find_trailer(struct span s)
{
	return (void *)(s.ptr + s.len - sizeof(struct site_bundle_trailer));
}

static void seal(struct span s)
{
	struct site_bundle_trailer *t = find_trailer(s);

	site_bundle_seal(s.ptr + le32_get(t->index), t);
}

/* The bundle of the first files, in memory. */
static struct span make(void)
{
	struct site_bundle_entry *entry = (void *)(memory + INDEX);
	struct site_bundle_head *head = (void *)(entry + count);
	struct buf contents = { memory, 0, INDEX, false };
	u32 heads = count ? count + 2 : 0;
	u32 start = (u32)((char *)(head + heads) - memory);
	struct buf strings = { memory + start, 0, sizeof(memory) - start,
			       false };
	struct site_bundle_trailer t = { .index = le32_of(INDEX),
					 .entries = le32_of(count),
					 .heads = le32_of(heads),
					 .strings = le32_of(start) };

	memset(memory, 0, sizeof(memory));
	for (u32 i = 0; i < count; i++) {
		struct span content = span_from_string(files[i].content);
		struct span path = span_from_string(files[i].path);

		entry[i] = (struct site_bundle_entry){
			.hash = le64_of(hash_xxh64(content, 0)),
			.content = le32_of((u32)contents.len),
			.size = le32_of((u32)content.len),
			.path = le32_of(start + (u32)strings.len),
			.path_length = le32_of((u32)path.len),
			.codings = le32_of(files[i].codings),
			.heads = le32_of(i ? i + 2 : 0),
		};
		buf_put(&contents, content);
		buf_put(&strings, path);
	}
	for (u32 i = 0; i < heads; i++)
		put_head(&strings, &head[i],
			 i == 0	  ? 1
			 : i == 1 ? 2
			 : i == 2 ? 0
				  : i - 2);
	while ((start + strings.len) % SITE_BUNDLE_ALIGN)
		buf_put_char(&strings, 0);
	u32 size = start + (u32)strings.len + (u32)sizeof(t);

	t.size = le32_of(size);
	buf_put(&strings, (struct span){ (char *)&t, sizeof(t) });
	struct span whole = { memory, size };

	seal(whole);
	return whole;
}

static struct site_bundle open_good(struct span whole)
{
	struct site_bundle b = { 0 };
	const char *reason = site_bundle_open(&b, whole);

	tap_note(reason, 0);
	CHECK(!reason);
	tap_note(NULL, 0);
	return b;
}

static long find(const struct site_bundle *b, const char *path,
		 struct http_codings wanted, struct site_entity *e)
{
	*e = (struct site_entity){ .wanted = wanted, .fd = -1 };
	return site_bundle_find(b, span_from_string(path), e);
}

static const struct http_codings plain = { { 0, 0, 0, 1000 } };
static const struct http_codings all = { { 1000, 1000, 1000, 500 } };
static const struct http_codings gzip = { { 0, 0, 1000, 500 } };
static const struct http_codings none = { { 0, 1000, 0, 0 } };

static void test_find(void)
{
	struct site_entity e;

	count = ARRAY_SIZE(files);
	struct site_bundle b = open_good(make());

	for (u32 i = 0; i < count; i++) {
		tap_note("file", i);
		CHECK_EQ(find(&b, files[i].path, plain, &e), SITE_FILE);
		CHECK(span_equal(e.content,
				 span_from_string(files[i].content)));
		CHECK_SPAN(e.type, "text/plain");
		CHECK_EQ(e.size, e.content.len);
		CHECK(e.is_static && e.is_small && e.fd == -1);
		CHECK_EQ(e.variant.varies, i == 0);
		CHECK_EQ(e.head.ptr[e.head.len - 3] - '0', i);
		CHECK_EQ(e.validators.etag.len, 18);
	}
	tap_note(NULL, 0);
	CHECK_EQ(find(&b, "a", all, &e), SITE_FILE);
	CHECK_SPAN(e.content, "a, shorter");
	CHECK_EQ(e.variant.coding, HTTP_BR);
	CHECK_EQ(find(&b, "a", gzip, &e), SITE_FILE);
	CHECK_SPAN(e.content, "a by gzip");
	CHECK_EQ(find(&b, "a", none, &e), SITE_REFUSED);
	CHECK_EQ(find(&b, "b0", none, &e), SITE_REFUSED);
}

static void test_find_nothing(void)
{
	static const char *const absent[] = { "0",    "A",     "a.",	  "a/",
					      "a.b",  "a.gz ", "a/c",	  "b!",
					      "b/c/", "b/d/",  "b/d/e/f", "b1",
					      "zz",   "/b",    "b//" };
	static const char *const directories[] = { "", "b", "b/d" };
	struct site_entity e;

	count = ARRAY_SIZE(files);
	struct site_bundle b = open_good(make());

	for (unsigned i = 0; i < ARRAY_SIZE(absent); i++) {
		tap_note(absent[i], i);
		CHECK_EQ(find(&b, absent[i], all, &e), -ENOENT);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(directories); i++) {
		tap_note(directories[i], i);
		CHECK_EQ(find(&b, directories[i], all, &e), SITE_DIRECTORY);
	}
	tap_note(NULL, 0);
	count = 0;
	b = open_good(make());
	CHECK_EQ(find(&b, "a", all, &e), -ENOENT);
	CHECK_EQ(find(&b, "", all, &e), SITE_DIRECTORY);
}

/* A copy between guard pages; its start is aligned, for its length is. */
static bool is_refused(struct span whole)
{
	struct span copy = tap_guarded(whole);
	struct site_bundle b;
	const char *reason = site_bundle_open(&b, copy);

	tap_unguard(copy);
	return reason != NULL;
}

static void test_cut(void)
{
	count = ARRAY_SIZE(files);
	struct span whole = make();

	CHECK(!is_refused(whole));
	for (size_t n = 0; n < whole.len; n++) {
		tap_note("length", (long long)n);
		CHECK(is_refused((struct span){ whole.ptr, n }));
	}
	/* Its end would not be looked for. */
	whole.len = (size_t)SITE_BUNDLE_SIZE_MAX + SITE_BUNDLE_ALIGN;
	struct site_bundle b;

	CHECK(site_bundle_open(&b, whole));
	whole = make();
	/* The end is there, the beginning is not. */
	for (size_t n = 64; n < whole.len; n += 64)
		CHECK(is_refused(span_skip(whole, n)));
	tap_note(NULL, 0);
}

static void test_every_byte(void)
{
	count = ARRAY_SIZE(files);
	struct span whole = make();
	u32 index = le32_get(find_trailer(whole)->index);

	for (size_t i = 0; i < whole.len; i++) {
		memory[i] ^= (char)(1 << i % 8);
		tap_note("byte", (long long)i);
		/* Contents have hashes of their own. */
		CHECK_EQ(is_refused(whole), i >= index);
		memory[i] ^= (char)(1 << i % 8);
	}
	tap_note(NULL, 0);
}

/* Whatever an opened bundle says has to be inside of it: touch all. */
static void touch(const struct site_bundle *b)
{
	volatile char byte;
	struct site_entity e;

	for (u32 i = 0; i < b->count; i++) {
		e = (struct site_entity){ .wanted = all, .fd = -1 };
		struct span path = site_bundle_path(b, &b->entry[i]);

		CHECK_EQ(site_bundle_find(b, path, &e), SITE_FILE);
		for (size_t k = 0; k < e.content.len; k++)
			byte = e.content.ptr[k];
		for (size_t k = 0; k < e.head.len; k++)
			byte = e.head.ptr[k];
		CHECK(e.type.len <= SITE_MIME_MAX + 1);
	}
	(void)byte;
}

/* Each number of the index and the trailer, with a checksum that is right. */
static void test_every_number(void)
{
	static const u32 values[] = { 0,	  1,	      2,
				      63,	  64,	      512,
				      4096,	  0x7fffffff, 0x80000000,
				      0xffffffc0, 0xfffffff0, 0xffffffff };
	unsigned opened = 0;

	count = ARRAY_SIZE(files);
	struct span whole = make();
	u32 strings = le32_get(find_trailer(whole)->strings);
	size_t end = whole.len - 40;

	for (size_t at = INDEX; at < end; at += 4)
		for (unsigned v = 0; v < ARRAY_SIZE(values); v++) {
			if (at >= strings && at < whole.len - 64)
				continue;
			make();
			*(struct le32 *)(void *)(memory + at) =
				le32_of(values[v]);
			/* One whose index is elsewhere has no checksum. */
			if (le32_get(find_trailer(whole)->index) < end)
				seal(whole);
			struct span copy = tap_guarded(whole);
			struct site_bundle b;

			tap_note("at", (long long)at);
			if (!site_bundle_open(&b, copy)) {
				opened++;
				touch(&b);
			}
			tap_unguard(copy);
		}
	tap_note(NULL, 0);
	/* Hashes, for one, may be anything. */
	CHECK(opened > 100 && opened < 1500);
}

/* What bounds alone do not see. */
static void test_order(void)
{
	count = 2;
	struct span whole = make();
	struct site_bundle_entry *entry = (void *)(memory + INDEX);

	entry[1].path = entry[0].path;
	entry[1].path_length = entry[0].path_length;
	seal(whole);
	CHECK(is_refused(whole));
	whole = make();
	entry[0].path_length = le32_of(0);
	seal(whole);
	CHECK(is_refused(whole));
	whole = make();
	entry[0].codings = le32_of(1U << HTTP_IDENTITY);
	seal(whole);
	CHECK(is_refused(whole));
	whole = make();
	memory[le32_get(entry[1].path) + 5] ^=
		1; /* in the first head's field name */
	seal(whole);
	CHECK(is_refused(whole));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_find);
	RUN(test_find_nothing);
	RUN(test_cut);
	RUN(test_every_byte);
	RUN(test_every_number);
	RUN(test_order);
	return tap_end();
}
