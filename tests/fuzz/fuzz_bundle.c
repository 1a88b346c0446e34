/* SPDX-License-Identifier: MIT */
/*
 * site/bundle.h: a path, a number, and a bundle, whose end is moved to where
 * the ends of bundles lie. With an odd number it is sealed: somebody has made
 * it on purpose, and the checksum vouches for it. What is opened is searched a
 * second time, entry by entry.
 */
#include "fuzz.h"
#include "base/hash.h"
#include "kernel/errno.h"
#include "site/bundle.h"

#define ENTRIES_MAX 64
#define TRAILER sizeof(struct site_bundle_trailer)

static void check_inside(struct span whole, struct span part)
{
	MUST(part.ptr >= whole.ptr);
	MUST((size_t)(part.ptr - whole.ptr) <= whole.len);
	MUST(part.len <= whole.len - (size_t)(part.ptr - whole.ptr));
	/* Each byte is read. */
	MUST(hash_xxh64(part, 0) == hash_xxh64(part, 0));
}

/* Byte by byte, as unsigned numbers; what goes on comes later. */
static bool is_before(struct span a, struct span b)
{
	for (size_t i = 0; i < b.len; i++) {
		if (i == a.len || (u8)a.ptr[i] < (u8)b.ptr[i])
			return true;
		if ((u8)a.ptr[i] > (u8)b.ptr[i])
			return false;
	}
	return false;
}

static void check_entries(const struct site_bundle *b)
{
	for (u32 i = 0; i < b->count; i++) {
		struct span path = site_bundle_path(b, &b->entry[i]);

		check_inside(b->whole, path);
		check_inside(b->whole, site_bundle_content(b, &b->entry[i]));
		MUST(path.len);
		if (i)
			MUST(is_before(site_bundle_path(b, &b->entry[i - 1]),
				       path));
	}
}

/* Whether there is something in a directory of this name. */
static bool has_below(const struct site_bundle *b, struct span folder)
{
	for (u32 i = 0; i < b->count; i++) {
		struct span path = site_bundle_path(b, &b->entry[i]);

		if (path.len > folder.len && span_starts(path, folder) &&
		    path.ptr[folder.len] == '/')
			return true;
	}
	return !folder.len;
}

static const struct site_bundle_entry *find(const struct site_bundle *b,
					    struct span path)
{
	for (u32 i = 0; i < b->count; i++)
		if (span_equal(site_bundle_path(b, &b->entry[i]), path))
			return &b->entry[i];
	return NULL;
}

/* What is sent, of a client that likes codings in the order of @likes. */
static void check_file(const struct site_bundle *b,
		       const struct site_bundle_entry *entry, struct span path,
		       const u16 *likes)
{
	struct site_entity e = { .fd = -1 };
	unsigned coding = HTTP_IDENTITY;

	for (unsigned i = 0; i < HTTP_CODINGS; i++) {
		e.wanted.weight[i] = likes[i];
		if (i < HTTP_IDENTITY && le32_get(entry->codings) >> i & 1 &&
		    likes[i] > likes[coding])
			coding = i;
	}
	long kind = site_bundle_find(b, path, &e);

	MUST(kind == (likes[coding] ? SITE_FILE : SITE_REFUSED));
	MUST(e.variant.coding == coding);
	if (kind != SITE_FILE)
		return;
	MUST(e.is_static && e.is_small && e.fd == -1);
	MUST(e.size == e.content.len);
	check_inside(b->whole, e.content);
	check_inside(b->whole, e.head);
	check_inside(e.head, e.type);
	MUST(e.type.len <= SITE_MIME_MAX);
	MUST(e.validators.etag.len && e.validators.etag.len <= sizeof(e.etag));
}

static void check_path(const struct site_bundle *b, struct span path)
{
	static const u16 likes[][HTTP_CODINGS] = { { 1000, 900, 800, 700 },
						   { 0, 0, 1000, 0 },
						   { 0, 0, 0, 1 } };
	const struct site_bundle_entry *entry = find(b, path);
	struct site_entity e = { .fd = -1 };

	MUST(site_bundle_entry(b, path) == entry);
	for (unsigned i = 0; entry && i < ARRAY_SIZE(likes); i++)
		check_file(b, entry, path, likes[i]);
	if (!entry)
		MUST(site_bundle_find(b, path, &e) ==
		     (has_below(b, path) ? SITE_DIRECTORY : -ENOENT));
}

/* Each path, and each beginning of one. */
static void check_paths(const struct site_bundle *b)
{
	if (b->count > ENTRIES_MAX)
		return;
	for (u32 i = 0; i < b->count; i++) {
		struct span path = site_bundle_path(b, &b->entry[i]);

		for (; path.len; path.len--)
			check_path(b, path);
	}
}

/* Return: the bundle, as a copy; its last bytes are those of @in. */
static struct span lay_out(struct span in, bool sealed)
{
	static _Alignas(SITE_BUNDLE_ALIGN) char text[8192];
	struct site_bundle_trailer *t;
	struct buf out = BUF(text);
	size_t body = in.len > TRAILER ? in.len - TRAILER : 0;

	buf_put(&out, (struct span){ in.ptr, body });
	while (!out.full && out.len % SITE_BUNDLE_ALIGN)
		buf_put_char(&out, '\0');
	t = (void *)(text + out.len);
	buf_put(&out, span_skip(in, body));
	if (!out.full && body && sealed) {
		u32 index = le32_get(t->index);

		t->size = le32_of((u32)out.len);
		if (index <= out.len - TRAILER)
			site_bundle_seal(text + index, t);
	}
	return fuzz_copy(buf_span(&out));
}

void fuzz_one(struct span in)
{
	struct span path = fuzz_copy(fuzz_line(&in));
	bool sealed = fuzz_number(&in) & 1;
	struct span memory = lay_out(in, sealed);
	struct site_bundle b;

	if (!site_bundle_open(&b, memory)) {
		check_entries(&b);
		check_paths(&b);
		check_path(&b, path);
	}
	fuzz_free(memory);
	fuzz_free(path);
}
