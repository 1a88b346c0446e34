/* SPDX-License-Identifier: MIT */
/*
 * Where the site comes from: see serve/origin.h. The program's marker says that
 * there is a bundle; its program headers, which are in memory with the rest of
 * its first segment, say where the kernel has mapped it.
 */
#include "serve/origin.h"
#include "base/mem.h"
#include "kernel/elf.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/root.h"
#include "serve/say.h"

/* It and the headers are less, and more is mapped there. */
#define HEADERS_MAX 4096

/* Return: an empty one if the kernel was not told to map it. Without a bundle
 * the last one is of data, which can be written. */
static struct span find_segment(void)
{
	struct elf_file e;
	u32 first = 0;
	u32 last = 0;

	/* Of those that are mapped it is the last, and this the first. */
	if (elf_open(&e, (struct span){ __ehdr_start, HEADERS_MAX }))
		for (u32 i = e.count; i--;)
			if (elf_get(&e, i, ELF_TYPE) == PT_LOAD) {
				last = last ? last : i;
				first = i;
			}
	if (first == last || elf_get(&e, last, ELF_FLAGS) != PF_R)
		return (struct span){ NULL, 0 };
	return (struct span){ __ehdr_start + (elf_get(&e, last, ELF_VADDR) -
					      elf_get(&e, first, ELF_VADDR)),
			      (size_t)elf_get(&e, last, ELF_FILESZ) };
}

/*
 * Reading what a file that was cut off does not have would end the process
 * (SIGBUS). The kernel says EFAULT instead when it is to read there: a name,
 * of no length in a bundle that is whole, which names nothing.
 */
static bool has_end(struct span segment)
{
	struct statx st;

	return sys_statx(AT_FDCWD, segment.ptr + segment.len - 8, 0, 0, &st) !=
	       -EFAULT;
}

/*
 * Return: 1; 0 if this program has none; -1 if it ought to have one, and it
 * has been said what is wrong.
 */
static int open_bundle(struct site_bundle *b)
{
	/* What the compiler saw there is not what is there now. */
	const struct site_bundle_marker *marker = mem_at(&site_bundle_marker);
	const char *reason = "its end is missing";
	u64 size = le64_get(marker->size);
	struct span segment = find_segment();

	if (!size && !segment.len)
		return 0;
	if (!segment.len)
		reason = "its segment is not there: was the program stripped?";
	else if (segment.len != size)
		reason = "not of a size that a bundle has";
	else if (has_end(segment))
		reason = site_bundle_open(b, segment);
	if (!reason)
		return 1;
	serve_line_begin("bundle: ");
	serve_line_put(reason);
	serve_line_end();
	return -1;
}

/* For who tries it out: what is to come next. */
static void say_bare(const struct serve_options *o,
		     const struct site_root *root)
{
	struct statx st;

	if (o->list || o->spa.len || !serve_say_is_read() ||
	    site_resolve(root, o->index.ptr, &st) != -ENOENT)
		return;
	struct buf *line = serve_line_begin("no site here yet: make ");

	buf_put_escaped(line, o->index, 0);
	serve_line_put(", or name the site's directory: scratchd DIRECTORY");
	serve_line_end();
}

int serve_origin_open(struct serve_options *o, struct site_root *root,
		      const struct site_bundle **bundle)
{
	static struct site_bundle own;
	int found = open_bundle(&own);

	*bundle = found ? &own : NULL;
	if (found < 0)
		return 1;
	if (found) {
		root->fd = -1;
		/* All is in memory as it is. */
		o->cache_size = 0;
		if (o->root_is_default && !o->list)
			return 0;
		serve_say(o->list ? "--list: a bundle has no directories"
				  : "ROOT: this is a bundle, which serves "
				    "itself");
		return 2;
	}
	if (serve_root_open(root, o) < 0)
		return 1;
	say_bare(o, root);
	/* Nobody wants to serve that by accident. */
	if (o->root_is_default && serve_root_is_file_system(root)) {
		serve_say("ROOT: '.': this is /, which is served only if "
			  "it is given by name");
		return 2;
	}
	return 0;
}
