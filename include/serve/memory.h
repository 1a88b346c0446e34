/* SPDX-License-Identifier: MIT */
/*
 * All the memory of a worker, mapped once at its start:
 *
 *	|  connections  |  exchanges  |  listing, if wanted  |  cache  |
 *
 * The kernel provides a page of it when it is first used.
 */
#ifndef SERVE_MEMORY_H
#define SERVE_MEMORY_H

#include "serve/worker.h"

/** serve_memory_size() - the most bytes that a worker has in memory for @o */
u64 serve_memory_size(const struct serve_options *o);

/**
 * serve_memory_map() - map it, and give each part of @w its own
 *
 * Return: 0, or a negative errno of mmap.
 */
long serve_memory_map(struct serve_worker *w,
		      const struct serve_options *o) MUST_CHECK;

#endif
