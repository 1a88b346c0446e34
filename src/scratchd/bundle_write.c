/* SPDX-License-Identifier: MIT */
/* Writes a bundle: see scratchd/bundle.h, and site/bundle.h for the format. */
#include "base/hash.h"
#include "base/mem.h"
#include "kernel/elf.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "scratchd/bundle.h"
#include "serve/say.h"

#define PATH_SIZE 4096

/* Each time that so many files are done it is shown; 256 KiB are like a file.
 */
#define PROGRESS 256

/* The file that becomes the bundle. */
struct output {
	int fd;
	u64 at;	   /* bytes written */
	u64 start; /* where the segment begins */
	const struct bundle_items *items;
	const char *call; /* what failed */
	struct span read; /* the file of the site that is, or none */
	struct site_bundle_entry *entry;
	struct site_bundle_head *head;
	u32 index; /* where the entries begin */
	u32 heads;
	/* That are sent for others, by coding: how many, and their bytes. */
	u32 variants[HTTP_IDENTITY];
	u64 bytes[HTTP_IDENTITY];
	u32 size;    /* of the whole segment */
	u64 show_at; /* how far it is when that is shown */
	bool shown;
	struct buf strings;
	struct site_bundle bundle;
};

static long put(struct output *o, struct span s)
{
	long r = bundle_put(o->fd, s, o->at);

	o->call = "bundle: write";
	o->read.ptr = NULL;
	o->at += s.len;
	return r;
}

/* @size is a power of two. What was not written reads as zeros. */
static void align(struct output *o, u64 size)
{
	o->at = (o->at + size - 1) & ~(size - 1);
}

/* For who waits and looks on. The line is written over. */
static void show(struct output *o, u32 done)
{
	u64 far = done + ((o->at - o->start) >> 18);

	if (far < o->show_at)
		return;
	o->show_at = far + PROGRESS;
	if (!serve_say_is_read())
		return;
	struct buf *line = serve_line_begin("bundle:");

	serve_line_put_count(" ", done);
	serve_line_put_count(" of ", o->items->count);
	serve_line_put_count(" files, ", (o->at - o->start) >> 20);
	serve_line_put(" MiB\r");
	/* It is no loss if it cannot be written. */
	o->shown = sys_write(2, line->ptr, line->len) > 0;
}

/* What is said next shall not have the rest of a longer line behind it. */
static void hide(struct output *o)
{
	if (o->shown)
		o->shown = sys_write(2, "\033[K", 3) < 0;
}

/* The bytes of an item, and those that are told by them. */
static long put_content(struct output *o, struct bundle_item *item,
			struct site_bundle_entry *entry)
{
	static char bytes[1 << 16];
	struct span path = bundle_items_path(o->items, item);
	struct statx st;
	int fd;
	long n = 1;

	o->read = path;
	o->call = "bundle: open";
	align(o, SITE_BUNDLE_ALIGN);
	u32 start = (u32)(o->at - o->start);
	long r = site_open(&o->items->site.root, path.ptr, &st, &fd);

	if (r < 0 || fd < 0)
		return r < 0 ? r : -EAGAIN;
	for (u64 from = 0; r >= 0 && n > 0; from += (u64)n) {
		o->read = path;
		o->call = "bundle: read";
		n = sys_pread64(fd, bytes, sizeof(bytes), from);
		/* It has grown. */
		if (n > 0 && o->at - o->start + (u64)n > o->items->max)
			r = -EFBIG;
		else if (n > 0)
			r = put(o, (struct span){ bytes, (size_t)n });
		show(o, (u32)(entry - o->entry));
	}
	sys_close(fd);
	entry->content = le32_of(start);
	entry->size = le32_of((u32)(o->at - o->start) - start);
	item->modified = st.stx_mtime.tv_sec;
	return n < 0 ? n : r;
}

/* The entry of the variant of number @i, or NULL: site/variants.h. */
static const struct site_bundle_entry *
find_variant(const struct output *o, u32 i, enum http_coding coding)
{
	char text[PATH_SIZE + 8];
	struct buf path = BUF(text);

	buf_put(&path, bundle_items_path(o->items, &o->items->at[i]));
	site_variants_put_ending(&path, coding);
	return site_bundle_entry(&o->bundle, buf_span(&path));
}

/*
 * Whether there is a variant that is as new as the file, which is then counted;
 * of an older one it is said.
 */
static bool take_variant(struct output *o, u32 i, enum http_coding coding)
{
	const struct bundle_item *item = o->items->at;
	const struct site_bundle_entry *e = find_variant(o, i, coding);

	if (!e)
		return false;
	item += e - o->entry;
	if (item->modified >= o->items->at[i].modified) {
		o->variants[coding]++;
		o->bytes[coding] += le32_get(e->size);
		return true;
	}
	bundle_complain("bundle: not sent", bundle_items_path(o->items, item),
			"older than its file");
	return false;
}

static void put_head(struct output *o, u32 i, enum http_coding coding)
{
	const struct site_bundle_entry *sent = find_variant(o, i, coding);
	struct site_bundle_head *head = &o->head[o->heads];
	struct site_entity e = { 0 };

	site_entity_put_type(&e, bundle_items_path(o->items, &o->items->at[i]));
	site_entity_tag(&e, le64_get(sent->hash));
	struct http_reply reply = {
		.status = 200,
		.ranges = true,
		.has_content = true,
		.content_length = le32_get(sent->size),
		.validators = e.validators,
		.content_type = e.type,
		.content_encoding = http_negotiate_name(coding),
		.varies = le32_get(o->entry[i].codings),
	};
	size_t start = o->strings.len;

	http_reply_put_entity(&o->strings, &reply);
	head->entry = le32_of((u32)(sent - o->entry));
	head->text = le32_of(o->index + (u32)start);
	head->length = le32_of((u32)(o->strings.len - start));
	o->heads++;
}

/*
 * The index, in memory: the contents are known. @o->strings is all of it, and
 * begins behind the entries and as many heads as there are.
 */
static void make_index(struct output *o)
{
	u32 count = o->items->count;
	u32 heads = count;
	char *memory = o->strings.ptr;

	/* The paths have their places before there are strings, for they are
	 * what is searched: in the names, where they are sorted. */
	o->bundle.whole.ptr = o->items->names.ptr;
	o->bundle.entry = o->entry;
	o->bundle.count = count;
	for (u32 i = 0; i < count; i++) {
		o->entry[i].path = le32_of(o->items->at[i].path + 1);
		o->entry[i].path_length = le32_of(o->items->at[i].length - 1);
	}
	for (u32 i = 0; i < count; i++) {
		u32 codings = 0;

		for (unsigned c = 0; c < HTTP_IDENTITY; c++)
			if (take_variant(o, i, (enum http_coding)c)) {
				codings |= 1U << c;
				heads++;
			}
		o->entry[i].codings = le32_of(codings);
	}
	o->head = (void *)(o->entry + count);
	o->strings.len = (size_t)((char *)(o->head + heads) - memory);
	o->index = (u32)(o->at - o->start);
	struct site_bundle_trailer t = {
		.index = le32_of(o->index),
		.entries = le32_of(count),
		.heads = le32_of(heads),
		.strings = le32_of(o->index + (u32)o->strings.len),
	};

	for (u32 i = 0; i < count; i++) {
		o->entry[i].heads = le32_of(o->heads);
		u32 codings = le32_get(o->entry[i].codings);

		for (unsigned c = 0; c < HTTP_CODINGS; c++)
			if (c == HTTP_IDENTITY || codings >> c & 1)
				put_head(o, i, (enum http_coding)c);
	}
	for (u32 i = 0; i < count; i++) {
		o->entry[i].path = le32_of(o->index + (u32)o->strings.len);
		buf_put(&o->strings,
			bundle_items_path(o->items, &o->items->at[i]));
	}
	while (o->strings.len % SITE_BUNDLE_ALIGN)
		buf_put_char(&o->strings, '\0');
	o->size = o->index + (u32)(o->strings.len + sizeof(t));
	t.size = le32_of(o->size);
	buf_put(&o->strings, (struct span){ (const char *)&t, sizeof(t) });
}

/* Return: 0, or a negative errno. */
static long put_index(struct output *o)
{
	void *memory;

	hide(o);
	align(o, SITE_BUNDLE_ALIGN);
	/* What is read back is what was written, whatever the file is now. */
	o->call = "bundle: mmap";
	size_t size = (size_t)o->at + 1;
	long r = size <= o->at ? -EFBIG
			       : sys_mmap(&memory, size, PROT_READ, MAP_SHARED,
					  o->fd, 0);

	if (r < 0)
		return r;
	o->bundle.whole.ptr = (char *)memory + o->start;
	for (u32 i = 0; i < o->items->count; i++)
		o->entry[i].hash = le64_of(hash_xxh64(
			site_bundle_content(&o->bundle, &o->entry[i]), 0));
	make_index(o);
	if (o->strings.full)
		return -EFBIG;
	site_bundle_seal(o->strings.ptr,
			 (void *)(o->strings.ptr + o->strings.len -
				  sizeof(struct site_bundle_trailer)));
	return put(o, buf_span(&o->strings));
}

static long put_all(struct output *o, struct bundle_program *base)
{
	u64 in_page = base->align - 1;
	long r = 0;

	o->at = base->file.len;
	align(o, SITE_BUNDLE_ALIGN);
	o->start = o->at;

	for (u32 i = 0; i < o->items->count && r >= 0; i++) {
		r = put_content(o, &o->items->at[i], &o->entry[i]);
		show(o, i + 1);
	}
	if (r < 0)
		return r;
	o->read.ptr = NULL;
	r = put_index(o);
	if (r < 0)
		return r;
	/* It lies in its first page where it lies in the file's, behind the
	 * program's last bytes: nothing has to fill that page (elf(5)). */
	u64 address = ((base->top + in_page) & ~in_page) + (o->start & in_page);
	const u64 header[] = { PT_LOAD, PF_R,	 o->start, address,
			       address, o->size, o->size,  base->align };

	for (unsigned i = 0; i < ELF_FIELDS; i++)
		elf_set(&base->elf, base->spare, (enum elf_field)i, header[i]);
	base->marker->size = le64_of(o->size);
	o->at = 0;
	r = put(o, base->file);
	if (r < 0)
		return r;
	o->call = "bundle: fchmod";
	return sys_fchmod(o->fd, 0755);
}

static void say_sum(const struct output *o, const char *file,
		    const struct site_bundle_marker *base)
{
	struct buf *line = serve_line_begin("bundle: ");

	buf_put_escaped(line, span_from_string(file), 0);
	serve_line_put_count(": ", o->items->count);
	serve_line_put(" files");
	for (unsigned c = 0; c < HTTP_IDENTITY; c++) {
		serve_line_put_count(", ", o->variants[c]);
		serve_line_put(" ");
		buf_put(line, http_negotiate_name((enum http_coding)c));
		serve_line_put_count(" of ", o->bytes[c]);
	}
	serve_line_put_count(", in all ", o->start + o->size);
	serve_line_put(" bytes");
	if (memcmp(base->machine, site_bundle_marker.machine,
		   sizeof(base->machine)) != 0) {
		struct span machine = { base->machine, sizeof(base->machine) };

		serve_line_put(", for ");
		buf_put_escaped(line, span_take(&machine, '\0'), 0);
		serve_line_put(": run it there, or by qemu-user");
	}
	serve_line_end();
}

int bundle_write(const struct bundle_items *items, struct bundle_program *base,
		 const char *file)
{
	static struct output output;
	static char text[PATH_SIZE];
	/* mem_at(): a constant with an address in it would be relocated. */
	struct buf name = { mem_at(text), 0, sizeof(text) - 1, false };
	struct output *o = mem_at(&output);
	void *memory;

	o->items = items;
	o->show_at = PROGRESS;
	buf_puts(&name, file);
	buf_put_char(&name, '.');
	buf_put_u64(&name, (u64)sys_getpid(), 1);
	o->call = "bundle: make";
	long r = name.full ? -ENAMETOOLONG : 0;

	if (r >= 0)
		r = kernel_map(&memory, BUNDLE_INDEX_MAX, MAP_PRIVATE);
	if (r >= 0) {
		o->entry = memory;
		o->strings = (struct buf){ memory, 0, BUNDLE_INDEX_MAX, false };
		o->call = "bundle: open";
		r = sys_openat(AT_FDCWD, text,
			       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC);
		o->fd = (int)r;
	}
	if (r >= 0) {
		r = put_all(o, base);
		if (r >= 0) {
			o->call = "bundle: rename";
			r = sys_renameat2(text, file);
		}
		hide(o);
		long gone = r < 0 ? sys_unlinkat(AT_FDCWD, text, 0) : 0;

		if (gone < 0)
			serve_say_failure("bundle: remove", buf_span(&name),
					  gone);
	}
	if (r < 0) {
		if (o->read.ptr)
			serve_say_unread(o->call, o->read, r, "");
		else
			serve_say_advice(o->call, buf_span(&name), r,
					 "-o: name a place with room, where "
					 "you may write");
		return 1;
	}
	say_sum(o, file, base->marker);
	return 0;
}
