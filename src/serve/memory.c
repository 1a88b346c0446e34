/* SPDX-License-Identifier: MIT */
/* A worker's memory: see serve/memory.h. */
#include "serve/memory.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/call.h"

static u64 exchange_size(const struct serve_options *o)
{
	u64 size = sizeof(struct serve_exchange) + SERVE_IN_EXTRA +
		   o->max_header + 15 +
		   (o->calls ? o->calls->memory(o->app) : 0);

	return (size + 15) & ~15ULL;
}

static u64 exchange_count(const struct serve_options *o)
{
	u64 count = 1 + o->request_memory / exchange_size(o);

	if (count > SERVE_EXCHANGES_MAX)
		count = SERVE_EXCHANGES_MAX;
	return o->max_connections < count ? o->max_connections : count;
}

u64 serve_memory_size(const struct serve_options *o)
{
	u64 listings =
		o->list ? sizeof(struct site_listing) + SITE_LISTINGS_BYTES : 0;

	return o->max_connections * sizeof(struct serve_connection) +
	       exchange_count(o) * exchange_size(o) + listings + o->cache_size +
	       sizeof(struct serve_worker);
}

_Static_assert(sizeof(struct site_listing) + SITE_LISTINGS_BYTES <= 33 << 20,
	       "the manual says how much --list takes");

long serve_memory_map(struct serve_worker *w, const struct serve_options *o)
{
	u64 connections = o->max_connections * sizeof(struct serve_connection);
	u64 exchanges = exchange_count(o) * exchange_size(o);
	size_t listing = o->list ? sizeof(struct site_listing) : 0;
	u64 size = connections + exchanges + listing + o->cache_size;
	void *memory;

	/* There may be fewer addresses. */
	if (size != (size_t)size)
		return -ENOMEM;
	long r = kernel_map(&memory, (size_t)size, MAP_PRIVATE);

	if (r < 0)
		return r;
	net_pool_init(&w->connections, memory, sizeof(struct serve_connection),
		      (u32)o->max_connections);
	net_pool_init(&w->exchanges, (char *)memory + connections,
		      (size_t)exchange_size(o), (u32)exchange_count(o));
	if (listing)
		w->site.listing =
			(void *)((char *)memory + connections + exchanges);
	site_cache_init(&w->cache,
			(char *)memory + connections + exchanges + listing,
			(size_t)o->cache_size);
	w->cache.ttl = (s64)o->cache_ttl;
	w->site.cache = &w->cache;
	return 0;
}
