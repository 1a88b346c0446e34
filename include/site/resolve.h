/* SPDX-License-Identifier: MIT */
/*
 * From a path to an open file that lies below the root, whatever links there
 * are and whoever changes them meanwhile.
 *
 * There are two ways with the same answers. openat2(2) with RESOLVE_BENEATH
 * lets the kernel do it (Linux 5.6). Where that is missing the path is walked
 * component by component: each is opened with O_NOFOLLOW, a link is read and
 * its text walked in its place, and ".." goes back to a descriptor that the
 * walk came through, so the walk is never where it has not been.
 *
 * In both, a relative link that stays below the root is followed; one that
 * leads out of it, or an absolute one, is -EXDEV. Or none is followed.
 */
#ifndef SITE_RESOLVE_H
#define SITE_RESOLVE_H

#include "base/span.h"
#include "kernel/abi.h"

/* Directories below each other; a descriptor each during a walk. */
#define SITE_DEPTH_MAX 64

/* Links in one path; the kernel's own limit (fs/namei.c, MAXSYMLINKS). */
#define SITE_LINKS_MAX 40

struct site_root {
	int fd;	       /* the root directory */
	long openat2;  /* 0, or why openat2 cannot be used: -ENOSYS, -EPERM */
	bool no_links; /* no link is followed: -ELOOP */
};

/**
 * site_root_open() - open the directory @path as a root
 *
 * Tries openat2 once to find out whether this kernel has it.
 *
 * Return: 0, or a negative errno; -ENOTDIR if it is no directory.
 */
long site_root_open(struct site_root *root, const char *path) MUST_CHECK;

/**
 * site_resolve() - open what @path names, without side effects, and look at it
 * @path: relative, NUL-terminated; "." is the root itself
 * @st:   what it is
 *
 * The descriptor is an O_PATH one: opening it did not touch the device or
 * wake the FIFO that it may name.
 *
 * Return: the descriptor, or a negative errno: -ENOENT, -ENOTDIR, -EACCES,
 * -ELOOP, -EXDEV, -ENAMETOOLONG, -EMFILE, -EAGAIN (renames went on meanwhile,
 * four times) and what else openat may return.
 */
long site_resolve(const struct site_root *root, const char *path,
		  struct statx *st) MUST_CHECK;

/**
 * site_look() - what @path names, with one call where that can be
 *
 * It may follow links where site_resolve() would not: what it finds is to be
 * served only if it is what site_resolve() found before.
 *
 * Return: 0 or more, or a negative errno of site_resolve() or statx.
 */
long site_look(const struct site_root *root, const char *path,
	       struct statx *st) MUST_CHECK;

/**
 * site_open() - site_resolve(), and a regular file is opened for reading
 *
 * Any other kind is looked at only: @fd is -1. A file that is replaced
 * between the two is tried again, four times at most; then it is -EAGAIN.
 *
 * Return: 0, or a negative errno.
 */
long site_open(const struct site_root *root, const char *path, struct statx *st,
	       int *fd) MUST_CHECK;

/**
 * site_read() - the first @size bytes of @fd, or all if there are fewer
 *
 * Return: how many, or a negative errno of pread.
 */
long site_read(int fd, char *memory, size_t size) MUST_CHECK;

/**
 * site_open_directory() - open the directory @path to read its names
 * @path: as with site_resolve()
 *
 * Return: the descriptor, or a negative errno; -ENOTDIR if it is no directory.
 */
long site_open_directory(const struct site_root *root,
			 const char *path) MUST_CHECK;

/** site_is_too_deep() - whether @path has more names than are resolved */
bool site_is_too_deep(const char *path);

/**
 * site_is_nothing() - whether @err means that nothing is served there
 *
 * No such name, a name below a file, a link out of the root, one that leads
 * nowhere, a path that is too long to be one.
 */
bool site_is_nothing(long err);

/**
 * site_walk() - open @path by hand
 * @flags: O_PATH, or O_RDONLY with O_NONBLOCK and O_NOCTTY, or O_DIRECTORY
 *
 * What site_open() and site_resolve() do without openat2.
 *
 * Return: the descriptor, or a negative errno.
 */
long site_walk(const struct site_root *root, const char *path,
	       int flags) MUST_CHECK;

/** site_is_dots() - whether @name is "." or "..", which no file is called */
bool site_is_dots(struct span name);

#endif
