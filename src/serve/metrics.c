/* SPDX-License-Identifier: MIT */
/* Counters and their text: see serve/metrics.h. */
#include "serve/metrics.h"
#include "kernel/sys.h"

/* Of each metric its name and type, and its help, in the order of count(). */
static const char texts[] =
	"connections_accepted_total counter\0Connections that came.\0"
	"connections_active gauge\0Connections that are open.\0"
	"response_body_bytes_total counter\0Bytes of bodies that were sent.\0"
	"log_lines_dropped_total counter\0Log lines that nobody took.\0"
	"worker_restarts_total counter\0Workers that ended by themselves.\0"
	"start_time_seconds gauge\0When it was started, since 1970.\0"
	"build_info{version=\"" SCRATCHD_VERSION "\"} gauge\0The version.\0"
	"requests_total counter\0Requests that were answered.\0";

long serve_metrics_open(struct serve_metrics **metrics, u32 slots)
{
	void *memory;
	long r = kernel_map(&memory,
			    sizeof(**metrics) +
				    slots * sizeof(struct serve_counters),
			    MAP_SHARED);

	if (r >= 0)
		*metrics = memory;
	return r;
}

void serve_metrics_count(struct serve_counters *c, enum http_method method,
			 int status, u64 bytes)
{
	c->requests[method][status / 100 - 2]++;
	c->bytes += bytes;
}

u64 serve_metrics_least_active(const struct serve_metrics *m)
{
	u64 least = ~0ULL;

	for (u64 i = 0; i < m->slots; i++)
		if (m->slot[i].accepting && m->slot[i].active < least)
			least = m->slot[i].active;
	return least;
}

/* Word @index of every slot together. */
static u64 add_up(const struct serve_metrics *m, size_t index)
{
	u64 sum = 0;

	for (u64 i = 0; i < m->slots; i++)
		sum += ((const u64 *)&m->slot[i])[index];
	return sum;
}

static u64 count(const struct serve_metrics *m, unsigned i)
{
	switch (i) {
	case 4:
		return m->restarts;
	case 5:
		return m->started;
	case 6:
		return 1;
	default:
		return add_up(m, i);
	}
}

static void put_value(struct buf *out, u64 value)
{
	buf_put_char(out, ' ');
	buf_put_u64(out, value, 1);
	buf_put_char(out, '\n');
}

/* A sample for each method and class that there was. */
static void put_requests(struct buf *out, const struct serve_metrics *m)
{
	const size_t first = offsetof(struct serve_counters, requests) / 8;

	for (u32 i = 0; i < HTTP_METHODS * SERVE_METRICS_CLASSES; i++) {
		u64 value = add_up(m, first + i);

		if (!value)
			continue;
		buf_puts(out, "scratchd_requests_total{method=\"");
		buf_put(out, http_method_name(i / SERVE_METRICS_CLASSES));
		buf_puts(out, "\",status=\"");
		buf_put_u64(out, i % SERVE_METRICS_CLASSES + 2, 1);
		buf_puts(out, "xx\"}");
		put_value(out, value);
	}
}

void serve_metrics_put(struct buf *out, const struct serve_metrics *m)
{
	const char *at = texts;

	for (u32 i = 0; *at; i++) {
		struct span text = span_take_string(&at);
		struct span full = { text.ptr, span_find(text, ' ') };
		struct span name = { text.ptr, span_find(full, '{') };

		buf_puts(out, "# HELP scratchd_");
		buf_put(out, name);
		buf_put_char(out, ' ');
		buf_put(out, span_take_string(&at));
		buf_puts(out, "\n# TYPE scratchd_");
		buf_put(out, name);
		buf_put(out, span_skip(text, full.len));
		buf_put_char(out, '\n');
		if (!*at)
			break;
		buf_puts(out, "scratchd_");
		buf_put(out, full);
		put_value(out, count(m, i));
	}
	put_requests(out, m);
}
