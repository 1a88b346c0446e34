/* SPDX-License-Identifier: MIT */
/*
 * What the server counts, and the text of it that Prometheus reads (its
 * "Exposition formats", version 0.0.4).
 *
 * The master maps one piece of memory before there are workers, with a slot
 * for each that may live at a time. A slot has one writer, its worker; a worker
 * that takes the place of another goes on with its slot, so what is counted
 * never goes back. Whichever worker is asked adds all slots up. All is made of
 * aligned words of 64 bits, of which none has to be in step with another. Half
 * a word is never seen where a register has 64 bits; on other machines a sample
 * may miss a carry, which comes once in 4 GiB.
 */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "base/buf.h"
#include "http/request.h"

/* From 2xx to 5xx: interim answers are not counted. */
#define SERVE_METRICS_CLASSES 4

struct serve_counters {
	u64 accepted; /* connections */
	u64 active;   /* connections, now */
	u64 bytes;    /* of bodies */
	u64 dropped;  /* lines of the log */
	u64 requests[HTTP_METHODS][SERVE_METRICS_CLASSES];
	u64 accepting; /* whether the worker takes connections; no metric */
};

/* All but the slots is the master's. */
struct serve_metrics {
	u64 started;  /* seconds since 1970 */
	u64 restarts; /* of workers that ended by themselves */
	u64 slots;    /* that were in use once: from the first on */
	struct serve_counters slot[];
};

/**
 * serve_metrics_open() - memory for @slots workers, all zero
 *
 * Return: 0, or a negative errno of mmap.
 */
long serve_metrics_open(struct serve_metrics **metrics, u32 slots) MUST_CHECK;

/** serve_metrics_count() - a request was answered with @status */
void serve_metrics_count(struct serve_counters *c, enum http_method method,
			 int status, u64 bytes);

/** serve_metrics_least_active() - the fewest connections that one has of those
 * workers which take more, or the greatest number if none does
 */
u64 serve_metrics_least_active(const struct serve_metrics *m);

/** serve_metrics_put() - append all that is known, as text */
void serve_metrics_put(struct buf *out, const struct serve_metrics *m);

#endif
