/* SPDX-License-Identifier: MIT */
/* Pools of equal objects: see net/pool.h. */
#include "net/pool.h"
#include "base/mem.h"

void net_pool_init(struct net_pool *pool, void *memory, size_t size, u32 count)
{
	BUG_ON(size < sizeof(void *) || size % 16);
	*pool = (struct net_pool){ .memory = memory,
				   .size = size,
				   .count = count };
}

void *net_pool_take(struct net_pool *pool)
{
	void *object = pool->free;

	if (object)
		memcpy(&pool->free, object, sizeof(pool->free));
	else if (pool->touched < pool->count)
		object = pool->memory + pool->size * pool->touched++;
	else
		return NULL;
	pool->used++;
	return object;
}

void net_pool_give(struct net_pool *pool, void *object)
{
	BUG_ON(!pool->used);
	memcpy(object, &pool->free, sizeof(pool->free));
	pool->free = object;
	pool->used--;
}
