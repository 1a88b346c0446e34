/* SPDX-License-Identifier: MIT */
/*
 * kernel/elf.h: a file of two program headers, of either class and in either
 * order of bytes, between pages that may not be touched.
 */
#include "tap.h"
#include "base/mem.h"
#include "kernel/abi.h"
#include "kernel/elf.h"

#define FIELD(header, field)                                                   \
	offsetof(struct header, field), sizeof(((struct header *)0)->field)

/* Where things are, and how many bytes they have. */
static const struct form {
	bool is_64;
	size_t file; /* size of the file's header, and of a program header */
	size_t header;
	size_t place[3][2];	     /* e_phoff, e_phentsize, e_phnum */
	size_t field[ELF_FIELDS][2]; /* in the order of enum elf_field */
} forms[] = {
	{ false,
	  52,
	  32,
	  { { 28, 4 }, { 42, 2 }, { 44, 2 } },
	  { { FIELD(elf32_phdr, p_type) },
	    { FIELD(elf32_phdr, p_flags) },
	    { FIELD(elf32_phdr, p_offset) },
	    { FIELD(elf32_phdr, p_vaddr) },
	    { FIELD(elf32_phdr, p_paddr) },
	    { FIELD(elf32_phdr, p_filesz) },
	    { FIELD(elf32_phdr, p_memsz) },
	    { FIELD(elf32_phdr, p_align) } } },
	{ true,
	  64,
	  56,
	  { { 32, 8 }, { 54, 2 }, { 56, 2 } },
	  { { FIELD(elf64_phdr, p_type) },
	    { FIELD(elf64_phdr, p_flags) },
	    { FIELD(elf64_phdr, p_offset) },
	    { FIELD(elf64_phdr, p_vaddr) },
	    { FIELD(elf64_phdr, p_paddr) },
	    { FIELD(elf64_phdr, p_filesz) },
	    { FIELD(elf64_phdr, p_memsz) },
	    { FIELD(elf64_phdr, p_align) } } },
};

static char text[256];

static void put(size_t at, size_t width, u64 value, bool big)
{
	for (size_t i = 0; i < width; i++)
		text[at + (big ? width - 1 - i : i)] = (char)(value >> 8 * i);
}

/* What field @f of header @i says: in a 32-bit file the lower half. */
static u64 value_of(const struct form *form, u32 i, unsigned f)
{
	u64 v = 0x8182838485868780ULL + 16 * i + f;

	return form->field[f][1] == 8 ? v : (u32)v;
}

static struct span make(const struct form *form, bool big)
{
	memset(text, 0, sizeof(text));
	memcpy(text, "\177ELF", 4);
	text[4] = form->is_64 ? 2 : 1;
	text[5] = big ? 2 : 1;
	put(form->place[0][0], form->place[0][1], form->file, big);
	put(form->place[1][0], form->place[1][1], form->header, big);
	put(form->place[2][0], form->place[2][1], 2, big);
	for (u32 i = 0; i < 2; i++)
		for (unsigned f = 0; f < ELF_FIELDS; f++)
			put(form->file + i * form->header + form->field[f][0],
			    form->field[f][1], value_of(form, i, f), big);
	return (struct span){ text, form->file + 2 * form->header };
}

static void test_fields(void)
{
	struct elf_file e;

	for (unsigned n = 0; n < 2 * ARRAY_SIZE(forms); n++) {
		const struct form *form = &forms[n / 2];
		struct span file = tap_guarded(make(form, n % 2));

		tap_note("form", n);
		CHECK(elf_open(&e, file));
		CHECK_EQ(e.count, 2);
		for (u32 i = 0; i < 2 * ELF_FIELDS; i++) {
			enum elf_field f = i % ELF_FIELDS;
			u64 v = value_of(form, i / ELF_FIELDS, f);

			CHECK_EQ(elf_get(&e, i / ELF_FIELDS, f), v);
			elf_set(&e, i / ELF_FIELDS, f, v ^ 0x55aa55aa55aa55aa);
			CHECK_EQ(elf_get(&e, i / ELF_FIELDS, f),
				 v ^ (form->field[f][1] == 8
					      ? 0x55aa55aa55aa55aa
					      : 0x55aa55aa));
			elf_set(&e, i / ELF_FIELDS, f, v);
		}
		/* What was set is all that was written. */
		CHECK(span_equal(file, make(form, n % 2)));
		tap_unguard(file);
	}
	tap_note(NULL, 0);
}

static bool opens(struct span file)
{
	struct elf_file e;
	struct span copy = tap_guarded(file);
	bool r = elf_open(&e, copy);

	tap_unguard(copy);
	return r;
}

static void test_not_elf(void)
{
	for (unsigned n = 0; n < 2 * ARRAY_SIZE(forms); n++) {
		const struct form *form = &forms[n / 2];
		struct span file = make(form, n % 2);

		tap_note("form", n);
		CHECK(opens(file));
		for (size_t length = 0; length < file.len; length++)
			CHECK(!opens((struct span){ file.ptr, length }));
		for (unsigned i = 0; i < 6; i++) {
			text[i] ^= 64;
			CHECK(!opens(file));
			text[i] ^= 64;
		}
		/* Headers of another size, or elsewhere. */
		put(form->place[1][0], 2, form->header + 8, n % 2);
		CHECK(!opens(file));
		put(form->place[1][0], 2, form->header, n % 2);
		put(form->place[0][0], form->place[0][1], ~0ULL, n % 2);
		CHECK(!opens(file));
	}
	tap_note(NULL, 0);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_fields);
	RUN(test_not_elf);
	return tap_end();
}
