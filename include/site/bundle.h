/* SPDX-License-Identifier: MIT */
/*
 * A bundle: a site inside the program that serves it. `scratchd bundle` writes
 * the bytes of the program and right behind them one more segment, which the
 * kernel maps for reading when it starts the program:
 *
 *	|  contents  |  entries, heads  |  paths, fields of heads  |  trailer  |
 *	 0            index              strings            size -
 *sizeof(trailer)
 *
 * All offsets are from its first byte, all numbers little-endian, whatever the
 * machine is. What says where the rest is stands at the end: a file that was
 *cut off does not have it, and all of it is written in one go.
 *
 * Entries are sorted by path, bytewise, so that one is found by bisection.
 * A file's contents are there once: its compressed variant is an entry of its
 * own, whose bytes are sent in its place with another head.
 *
 * The checksum is over everything but the contents, which are not read at
 * start. Each of them has its hash, the one that its ETag says; `scratchd
 * bundle --list` compares them.
 */
#ifndef SITE_BUNDLE_H
#define SITE_BUNDLE_H

#include "base/endian.h"
#include "http/reply.h"
#include "site/entity.h"

/* Contents begin at multiples of this: a line of the cache. */
#define SITE_BUNDLE_ALIGN 64

/* Files in it, and bytes of all of it: offsets, and its end, have 32 bits. */
#define SITE_BUNDLE_FILES_MAX 100000
#define SITE_BUNDLE_SIZE_MAX (0U - SITE_BUNDLE_ALIGN)

/* In each program, once: found there by its magic, which names the format. */
struct site_bundle_marker {
	_Alignas(8) char magic[16]; /* looked for at multiples of eight */
	struct le64 size; /* of the segment behind it; 0: there is none */
	char machine[16]; /* that the program is for, as arch/ calls it */
};

extern const struct site_bundle_marker site_bundle_marker;

struct site_bundle_entry {
	struct le64 hash; /* XXH64 of its bytes, seed 0 */
	struct le32 content;
	struct le32 size;
	struct le32 path; /* in the strings; without a slash before it */
	struct le32 path_length;
	/* Bit N: it has a variant of coding N (http/negotiate.h). */
	struct le32 codings;
	/* The number of its first head: of the lowest such coding, and so on;
	 * the last one is that of the file itself. */
	struct le32 heads;
};

struct site_bundle_head {
	struct le32 entry; /* whose bytes are sent with it */
	struct le32 text;  /* of http_reply_put_entity(), in the strings */
	struct le32 length;
};

struct site_bundle_trailer {
	struct le32 index; /* where the entries begin */
	struct le32 entries;
	struct le32 heads; /* how many there are, right behind the entries */
	struct le32 strings;
	struct le32 size;     /* of the whole segment */
	struct le32 reserved; /* 0 */
	char padding[24];     /* zeros: it is not cut in two by a page's end */
	struct le64 checksum; /* XXH64 from `index` up to here */
	/* The end of the file. It begins with a 0 (serve/origin.c) and ends
	 * with none: what a page has beyond a file's end reads as zeros. */
	char magic[8];
};

_Static_assert(sizeof(struct site_bundle_entry) == 32 &&
		       sizeof(struct site_bundle_head) == 12 &&
		       sizeof(struct site_bundle_trailer) == SITE_BUNDLE_ALIGN,
	       "the format has no gaps");

/* One that was found to be in order. */
struct site_bundle {
	struct span whole;
	const struct site_bundle_entry *entry;
	const struct site_bundle_head *head;
	u32 count; /* of entries */
};

/**
 * site_bundle_seal() - checksum and magic of a trailer that has the rest
 * @index: the entries, with all that is up to @trailer behind them
 */
void site_bundle_seal(const char *index, struct site_bundle_trailer *trailer);

/**
 * site_bundle_open() - look at all of @memory but the contents
 * @memory: aligned for u64
 *
 * Whatever the bytes are, nothing that an opened bundle says leads out of it.
 *
 * Return: NULL, or what is wrong with it.
 */
const char *site_bundle_open(struct site_bundle *b,
			     struct span memory) MUST_CHECK;

/** site_bundle_path() - the path of @entry, without a slash before it */
struct span site_bundle_path(const struct site_bundle *b,
			     const struct site_bundle_entry *entry);

/** site_bundle_content() - the bytes of @entry */
struct span site_bundle_content(const struct site_bundle *b,
				const struct site_bundle_entry *entry);

/** site_bundle_entry() - the one whose path is @path, or NULL */
const struct site_bundle_entry *site_bundle_entry(const struct site_bundle *b,
						  struct span path);

/**
 * site_bundle_find() - fill in @e with what @path names
 * @path: relative, without a slash before it
 *
 * As it is done with files, and without a system call. An entity's bytes and
 * head are those of the bundle, which stay where they are.
 *
 * Return: SITE_FILE, SITE_DIRECTORY (of which there are files in the bundle),
 * SITE_REFUSED, or -ENOENT.
 */
long site_bundle_find(const struct site_bundle *b, struct span path,
		      struct site_entity *e) MUST_CHECK;

#endif
