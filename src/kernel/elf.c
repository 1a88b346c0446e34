/* SPDX-License-Identifier: MIT */
/* Program headers: see kernel/elf.h. */
#include "kernel/elf.h"
#include "base/mem.h"
#include "kernel/abi.h"

/* Where each field is in a header. */
#define PLACES(header)                                                         \
	{                                                                      \
		offsetof(struct header, p_type),                               \
			offsetof(struct header, p_flags),                      \
			offsetof(struct header, p_offset),                     \
			offsetof(struct header, p_vaddr),                      \
			offsetof(struct header, p_paddr),                      \
			offsetof(struct header, p_filesz),                     \
			offsetof(struct header, p_memsz),                      \
			offsetof(struct header, p_align),                      \
	}

static const u8 places[2][ELF_FIELDS] = { PLACES(elf32_phdr),
					  PLACES(elf64_phdr) };

/* The byte of value 256^@i in a number of @width bytes. */
static unsigned place_of(const struct elf_file *e, unsigned i, unsigned width)
{
	return e->is_big ? width - 1 - i : i;
}

static u64 get(const struct elf_file *e, const char *at, unsigned width)
{
	u64 v = 0;

	for (unsigned i = 0; i < width; i++)
		v |= (u64)(u8)at[place_of(e, i, width)] << (8 * i);
	return v;
}

static size_t header_size(const struct elf_file *e)
{
	return e->is_64 ? sizeof(struct elf64_phdr) : sizeof(struct elf32_phdr);
}

static unsigned width_of(const struct elf_file *e, enum elf_field field)
{
	return e->is_64 && field > ELF_FLAGS ? 8 : 4;
}

static char *find(const struct elf_file *e, u32 header, enum elf_field field)
{
	BUG_ON(header >= e->count);
	return e->headers + header * header_size(e) + places[e->is_64][field];
}

bool elf_open(struct elf_file *e, struct span file)
{
	/* Of the larger class, which no file is shorter than. */
	if (file.len < sizeof(struct elf64_hdr) ||
	    !span_starts(file, SPAN("\177ELF")) || (u8)(file.ptr[4] - 1) > 1 ||
	    (u8)(file.ptr[5] - 1) > 1)
		return false;
	e->is_64 = file.ptr[4] == 2;
	e->is_big = file.ptr[5] == 2;
	size_t start = e->is_64 ? offsetof(struct elf64_hdr, e_phoff)
				: offsetof(struct elf32_hdr, e_phoff);
	/* The size of one, and behind it how many there are. */
	size_t sizes = e->is_64 ? offsetof(struct elf64_hdr, e_phentsize)
				: offsetof(struct elf32_hdr, e_phentsize);
	u64 at = get(e, file.ptr + start, e->is_64 ? 8 : 4);

	e->count = (u32)get(e, file.ptr + sizes + 2, 2);
	if (get(e, file.ptr + sizes, 2) != header_size(e) || at > file.len ||
	    e->count * header_size(e) > file.len - at)
		return false;
	e->headers = (char *)file.ptr + at;
	return true;
}

u64 elf_get(const struct elf_file *e, u32 header, enum elf_field field)
{
	return get(e, find(e, header, field), width_of(e, field));
}

void elf_set(const struct elf_file *e, u32 header, enum elf_field field,
	     u64 value)
{
	unsigned width = width_of(e, field);
	char *at = find(e, header, field);

	for (unsigned i = 0; i < width; i++)
		at[place_of(e, i, width)] = (char)(value >> (8 * i));
}
