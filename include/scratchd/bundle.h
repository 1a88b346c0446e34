/* SPDX-License-Identifier: MIT */
/*
 * What makes a bundle and what reads one: parts of scratchd_bundle(). Memory is
 * mapped and never given back: the process is about to end.
 */
#ifndef SCRATCHD_BUNDLE_H
#define SCRATCHD_BUNDLE_H

#include "kernel/elf.h"
#include "site/bundle.h"

/* Bytes of the index, with paths and heads. */
#define BUNDLE_INDEX_MAX ((128 << 20) - SITE_BUNDLE_ALIGN)

/*
 * Bytes of contents. Where a program has 32 bits, the one that makes the bundle
 * or its base, there is room for so much in one piece on every machine (MIPS
 * has addresses for 2 GiB of everything); more could be written, and be killed
 * where it is started.
 */
#define BUNDLE_CONTENTS_MAX (SITE_BUNDLE_SIZE_MAX - BUNDLE_INDEX_MAX)
#define BUNDLE_CONTENTS_MAX_32 (1U << 30)

/** bundle_complain() - "scratchd: ABOUT: 'WHAT': REASON" */
void bundle_complain(const char *about, struct span what, const char *reason);

/** bundle_put() - all of @s at @at of a file. Return: 0, or a negative errno */
long bundle_put(int fd, struct span s, u64 at) MUST_CHECK;

/* A file of the site, or a directory to be looked into. */
struct bundle_item {
	u32 path; /* in names, where "/" is before it and a NUL behind */
	u32 length;
	u32 parent; /* the directory that it is in; of the root: itself */
	bool is_directory;
	bool has_files; /* below it */
	s64 modified;	/* seconds since 1970 */
	u64 size;
	u64 device, inode;
};

struct bundle_items {
	struct site site; /* its root */
	u64 max;	  /* bytes of contents */
	struct bundle_item *at;
	u32 count;
	struct buf names;
};

/** bundle_items_path() - without a slash before it; a NUL is behind */
struct span bundle_items_path(const struct bundle_items *items,
			      const struct bundle_item *item);

/**
 * bundle_items_collect() - all files below the root, sorted by their paths
 *
 * What is left out is said. @items->max is set before.
 *
 * Return: 0, or a negative errno, and it has been said of what.
 */
long bundle_items_collect(struct bundle_items *items,
			  const char *root) MUST_CHECK;

/* An executable, of any machine, in private memory. */
struct bundle_program {
	struct span file;
	struct elf_file elf;
	u32 spare;   /* a header that maps nothing; or the count of headers */
	u32 segment; /* the last one that is mapped */
	struct site_bundle_marker *marker;
	u64 align; /* the largest of its segments */
	u64 top;   /* the end of what is mapped */
};

/**
 * bundle_program_open() - read an executable
 *
 * Return: 0; -1 if there is no reading it, and it has been said why.
 */
int bundle_program_open(struct bundle_program *p, const char *path) MUST_CHECK;

/**
 * bundle_write() - write the bundle @file of @items behind @base
 *
 * Return: the exit status, 0 or 1.
 */
int bundle_write(const struct bundle_items *items, struct bundle_program *base,
		 const char *file);

/**
 * bundle_read() - list what is in a bundle, or take it out
 * @dir: a directory that is not there yet; or NULL
 *
 * Return: the exit status, 0 or 1.
 */
int bundle_read(const char *file, const char *dir);

#endif
