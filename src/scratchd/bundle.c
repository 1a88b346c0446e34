/* SPDX-License-Identifier: MIT */
/* The command `bundle`, and the programs that it reads: scratchd/bundle.h. */
#include "scratchd/bundle.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "scratchd/commands.h"
#include "serve/rules.h"
#include "serve/say.h"

/* Segments of no program are aligned to more; it also bounds the file. */
#define ALIGN_MAX (1U << 21)

void bundle_complain(const char *about, struct span what, const char *reason)
{
	serve_line_begin(about);
	serve_line_end_wrong(what, reason);
}

long bundle_put(int fd, struct span s, u64 at)
{
	while (s.len) {
		long n = sys_pwrite64(fd, s.ptr, s.len, at);

		if (n < 0)
			return n;
		at += (u64)n;
		s = span_skip(s, (size_t)n);
	}
	return 0;
}

static long map_file(const char *path, struct span *file)
{
	struct statx st;
	void *memory;
	long fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fd;
	long r = kernel_look((int)fd, &st);
	size_t size = r < 0 ? 0 : (size_t)st.stx_size;

	if (r >= 0 && size != st.stx_size)
		r = -EFBIG;
	/* Next to nothing of it is written. It may be more than there is
	 * memory. */
	if (r >= 0)
		r = sys_mmap(&memory, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_NORESERVE, (int)fd, 0);
	sys_close((int)fd);
	if (r >= 0)
		*file = (struct span){ memory, size };
	return r;
}

/* Return: whether they are as a kernel would take them. */
static bool read_headers(struct bundle_program *p)
{
	struct elf_file *e = &p->elf;
	u64 size = p->file.len;

	if (!elf_open(e, p->file))
		return false;
	p->spare = p->segment = e->count;
	for (u32 i = 0; i < e->count; i++) {
		u64 type = elf_get(e, i, ELF_TYPE);
		u64 align = elf_get(e, i, ELF_ALIGN);

		if (type == PT_NULL)
			p->spare = i;
		if (type != PT_LOAD)
			continue;
		p->segment = i;
		if (align > p->align)
			p->align = align;
		p->top = elf_get(e, i, ELF_VADDR) + elf_get(e, i, ELF_MEMSZ);
	}
	/* Without a segment it is 0. */
	if (p->align < SITE_BUNDLE_ALIGN || p->align > ALIGN_MAX ||
	    p->align & (p->align - 1))
		return false;
	u64 offset = elf_get(e, p->segment, ELF_OFFSET);

	return offset <= size &&
	       elf_get(e, p->segment, ELF_FILESZ) <= size - offset;
}

int bundle_program_open(struct bundle_program *p, const char *path)
{
	*p = (struct bundle_program){ 0 };
	long r = map_file(path, &p->file);

	if (r < 0) {
		serve_say_advice("bundle: read", span_from_string(path), r,
				 "name a scratchd");
		return -1;
	}
	if (read_headers(p))
		for (size_t at = 0; at + sizeof(*p->marker) <= p->file.len;
		     at += 8) {
			p->marker = (void *)(p->file.ptr + at);
			if (!memcmp(p->marker->magic, site_bundle_marker.magic,
				    sizeof(p->marker->magic)))
				return 0;
		}
	bundle_complain("bundle", span_from_string(path),
			"not a scratchd of this version, of any architecture");
	return -1;
}

static int make(const char *site, const char *file, const char *base)
{
	static struct bundle_items items;
	struct bundle_program program;

	if (bundle_program_open(&program, base))
		return 1;
	if (program.spare == program.elf.count ||
	    le64_get(program.marker->size)) {
		bundle_complain("bundle", span_from_string(base),
				"a bundle already: name a scratchd");
		return 1;
	}
	items.max = sizeof(long) == 8 && program.elf.is_64
			    ? BUNDLE_CONTENTS_MAX
			    : BUNDLE_CONTENTS_MAX_32;
	struct site_rules *rules = serve_rules_map();

	if (!rules || bundle_items_collect(&items, site) < 0)
		return 1;
	/* They are read when it starts; here what is wrong is said in time. */
	serve_rules_read(rules, &items.site.root, NULL);
	return bundle_write(&items, &program, file);
}

int scratchd_bundle(char **args)
{
	static const char names[] = "-o\0--base\0--list\0--extract";
	/* What follows each of these, and what follows none. */
	const char *value[6] = { 0 };
	bool wrong = false;

	for (; *args; args++) {
		const char *at = names;
		unsigned i = 0;

		while (i < 4 && !span_equal(span_take_string(&at),
					    span_from_string(*args)))
			i++;
		if (i < 4 && args[1])
			args++;
		else if (i < 4 || **args == '-')
			wrong = true;
		wrong |= value[i] != NULL;
		value[i] = *args;
	}
	const char *out = value[0];
	const char *list = value[2];
	const char *extract = value[3];
	const char *site = value[4];

	if (!wrong && site && out && !list && !extract)
		return make(site, out, value[1] ? value[1] : "/proc/self/exe");
	if (!wrong && !out && !value[1] && !list != !extract &&
	    !site == !extract)
		return bundle_read(list ? list : extract, site);
	serve_say("bundle: usage: scratchd bundle SITE -o FILE "
		  "[--base EXECUTABLE], bundle --list FILE, "
		  "bundle --extract FILE DIR");
	return 2;
}
