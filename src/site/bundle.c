/* SPDX-License-Identifier: MIT */
/* The site in a bundle: see site/bundle.h. */
#include "site/bundle.h"
#include "base/hash.h"
#include "base/mem.h"
#include "kernel/errno.h"

/* What each head begins with: the type is read from there. */
#define TYPE_FIELD SPAN("Content-Type: ")

static const char end_magic[8] = { 0, 'B', 'U', 'N', 'D', 'L', 'E', 1 };

const struct site_bundle_marker site_bundle_marker = {
	{ 'S', 'C', 'R', 'A', 'T', 'C', 'H', 'D', '-', 'B', 'U', 'N', 'D', 'L',
	  'E', '2' },
	{ 0 },
	SCRATCHD_ARCH,
};

static u64 check_sum(const char *index, const struct site_bundle_trailer *t)
{
	const char *end = (const char *)&t->checksum;

	return hash_xxh64((struct span){ index, (size_t)(end - index) }, 0);
}

void site_bundle_seal(const char *index, struct site_bundle_trailer *trailer)
{
	memcpy(trailer->magic, end_magic, sizeof(end_magic));
	trailer->checksum = le64_of(check_sum(index, trailer));
}

struct span site_bundle_path(const struct site_bundle *b,
			     const struct site_bundle_entry *entry)
{
	return (struct span){ b->whole.ptr + le32_get(entry->path),
			      le32_get(entry->path_length) };
}

struct span site_bundle_content(const struct site_bundle *b,
				const struct site_bundle_entry *entry)
{
	return (struct span){ b->whole.ptr + le32_get(entry->content),
			      le32_get(entry->size) };
}

static struct span head_text(const struct site_bundle *b,
			     const struct site_bundle_head *head)
{
	return (struct span){ b->whole.ptr + le32_get(head->text),
			      le32_get(head->length) };
}

static u32 count_heads(unsigned codings)
{
	return 1 + (codings & 1) + (codings >> 1 & 1) + (codings >> 2 & 1);
}

/* Where the parts of a bundle are. */
struct layout {
	u64 index;
	u64 strings;
	u64 end; /* of the strings: the trailer */
	u32 heads;
};

/* Whether @length bytes from @at on lie between @from and @to. */
static bool is_within(struct le32 at, u64 length, u64 from, u64 to)
{
	u64 start = le32_get(at);

	return start >= from && start <= to && length <= to - start;
}

static bool are_entries_good(const struct site_bundle *b,
			     const struct layout *l)
{
	struct span before = SPAN("");

	for (u32 i = 0; i < b->count; i++) {
		const struct site_bundle_entry *e = &b->entry[i];
		u32 codings = le32_get(e->codings);

		if (!is_within(e->content, le32_get(e->size), 0, l->index) ||
		    !is_within(e->path, le32_get(e->path_length), l->strings,
			       l->end) ||
		    codings >> HTTP_IDENTITY ||
		    !is_within(e->heads, count_heads(codings), 0, l->heads))
			return false;
		struct span path = site_bundle_path(b, e);

		if (span_compare(before, path) >= 0)
			return false;
		before = path;
	}
	return true;
}

static bool are_heads_good(const struct site_bundle *b, const struct layout *l)
{
	for (u32 i = 0; i < l->heads; i++) {
		const struct site_bundle_head *h = &b->head[i];
		u32 length = le32_get(h->length);

		if (le32_get(h->entry) >= b->count ||
		    length > HTTP_REPLY_HEAD_MAX ||
		    !is_within(h->text, length, l->strings, l->end))
			return false;
		struct span text = head_text(b, h);

		if (!span_starts(text, TYPE_FIELD) ||
		    span_find(text, '\r') - TYPE_FIELD.len > SITE_MIME_MAX)
			return false;
	}
	return true;
}

const char *site_bundle_open(struct site_bundle *b, struct span memory)
{
	const struct site_bundle_trailer *t;

	if (memory.len < sizeof(*t) || memory.len > SITE_BUNDLE_SIZE_MAX ||
	    memory.len % SITE_BUNDLE_ALIGN)
		return "not of a size that a bundle has";
	t = (const void *)(memory.ptr + memory.len - sizeof(*t));
	struct layout l = { le32_get(t->index), le32_get(t->strings),
			    memory.len - sizeof(*t), le32_get(t->heads) };
	const char *index = memory.ptr + l.index;
	u32 count = le32_get(t->entries);

	if (memcmp(t->magic, end_magic, sizeof(end_magic)) != 0 ||
	    le32_get(t->size) != memory.len)
		return "its end is missing";
	if (l.index % SITE_BUNDLE_ALIGN || l.index > l.end)
		return "its index is not where it should be";
	if (le64_get(t->checksum) != check_sum(index, t))
		return "its index is damaged: the checksum is another one";
	u64 heads = l.index + (u64)count * sizeof(*b->entry);

	if (count > SITE_BUNDLE_FILES_MAX || l.strings > l.end ||
	    heads + (u64)l.heads * sizeof(*b->head) != l.strings)
		return "its index leads out of it";
	*b = (struct site_bundle){ memory, (const void *)index,
				   (const void *)(memory.ptr + heads), count };
	if (!are_entries_good(b, &l) || !are_heads_good(b, &l))
		return "its index leads out of it";
	return NULL;
}

/* Whether @at comes before @path, or with @slash before that and a slash. */
static bool comes_before(struct span at, struct span path, bool slash)
{
	if (!slash)
		return span_compare(at, path) < 0;
	if (at.len > path.len && span_starts(at, path))
		return (u8)at.ptr[path.len] < '/';
	return span_compare(at, path) <= 0;
}

/* The first entry that does not, or the number of entries. */
static u32 find_place(const struct site_bundle *b, struct span path, bool slash)
{
	u32 low = 0;
	u32 high = b->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (comes_before(site_bundle_path(b, &b->entry[middle]), path,
				 slash))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct site_bundle_entry *site_bundle_entry(const struct site_bundle *b,
						  struct span path)
{
	u32 i = find_place(b, path, false);

	if (i < b->count && span_equal(site_bundle_path(b, &b->entry[i]), path))
		return &b->entry[i];
	return NULL;
}

/* Whether there is something below @path. "a.b" lies between "a" and "a/b". */
static bool is_directory(const struct site_bundle *b, struct span path)
{
	u32 i = find_place(b, path, true);

	if (!path.len || i == b->count)
		return !path.len;
	struct span at = site_bundle_path(b, &b->entry[i]);

	return at.len > path.len && span_starts(at, path) &&
	       at.ptr[path.len] == '/';
}

/* Which of an entry's heads belongs to @coding, which it has. */
static const struct site_bundle_head *
find_head(const struct site_bundle *b, const struct site_bundle_entry *entry,
	  enum http_coding coding)
{
	unsigned before = le32_get(entry->codings) & ((1U << coding) - 1);

	return &b->head[le32_get(entry->heads) + count_heads(before) - 1];
}

long site_bundle_find(const struct site_bundle *b, struct span path,
		      struct site_entity *e)
{
	const struct site_bundle_entry *entry = site_bundle_entry(b, path);

	if (!entry)
		return is_directory(b, path) ? SITE_DIRECTORY : -ENOENT;
	e->variant = site_variants_pick(le32_get(entry->codings), &e->wanted);
	if (!e->wanted.weight[e->variant.coding])
		return SITE_REFUSED;
	const struct site_bundle_head *head =
		find_head(b, entry, e->variant.coding);

	entry = &b->entry[le32_get(head->entry)];
	e->head = head_text(b, head);
	e->type = span_skip(e->head, TYPE_FIELD.len);
	e->type.len = span_find(e->type, '\r');
	e->content = site_bundle_content(b, entry);
	e->size = e->content.len;
	e->is_small = true;
	e->is_static = true;
	site_entity_tag(e, le64_get(entry->hash));
	return SITE_FILE;
}
