/* SPDX-License-Identifier: MIT */
/*
 * A pool of equal objects in memory that was given once. Taking one and giving
 * it back are O(1); the last one given back is taken first, so what has never
 * been needed is never touched and not resident.
 */
#ifndef NET_POOL_H
#define NET_POOL_H

#include "base/types.h"

struct net_pool {
	char *memory;
	size_t size; /* of an object, a multiple of 16 */
	u32 count;   /* objects there are */
	u32 touched; /* objects that were taken at least once */
	u32 used;    /* objects that are taken now */
	void *free;  /* given back; each holds the address of the next */
};

/** net_pool_init() - @count objects of @size bytes in @memory */
void net_pool_init(struct net_pool *pool, void *memory, size_t size, u32 count);

/** net_pool_take() - an object with undefined content, or NULL if all are used
 */
void *net_pool_take(struct net_pool *pool) MUST_CHECK;

/** net_pool_give() - @object came from net_pool_take() and is done with */
void net_pool_give(struct net_pool *pool, void *object);

#endif
