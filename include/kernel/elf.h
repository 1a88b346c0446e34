/* SPDX-License-Identifier: MIT */
/*
 * The program headers of an ELF file in memory, of any machine: of 32 or of 64
 * bits, in either order of bytes.
 */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H

#include "base/span.h"

/* This program's own header, and first byte, as it lies in memory: linker.ld.
 */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

struct elf_file {
	char *headers;
	u32 count;
	bool is_64;
	bool is_big;
};

/* What a program header says. */
enum elf_field {
	ELF_TYPE,
	ELF_FLAGS,
	ELF_OFFSET, /* in the file */
	ELF_VADDR,
	ELF_PADDR,
	ELF_FILESZ,
	ELF_MEMSZ,
	ELF_ALIGN,
	ELF_FIELDS
};

/**
 * elf_open() - find the program headers
 * @file: its beginning, at least; not altered
 *
 * Return: whether there are some, and all are within @file.
 */
bool elf_open(struct elf_file *e, struct span file) MUST_CHECK;

/** elf_get() - what a header says; @header is less than the count */
u64 elf_get(const struct elf_file *e, u32 header, enum elf_field field);

/** elf_set() - the other way round; of @value what the field has room for */
void elf_set(const struct elf_file *e, u32 header, enum elf_field field,
	     u64 value);

#endif
