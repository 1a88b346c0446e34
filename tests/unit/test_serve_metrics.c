/* SPDX-License-Identifier: MIT */
/* serve/metrics.h: slots that are added up, and their text. */
#include "tap.h"
#include "kernel/sys.h"
#include "serve/exchange.h"
#include "serve/metrics.h"

static char text[16384];

/* What stands behind "\nscratchd_NAME " in the text, up to the line's end. */
static struct span find(const struct serve_metrics *m, struct span name)
{
	struct buf b = BUF(text);

	serve_metrics_put(&b, m);
	CHECK(!b.full);
	struct span rest = buf_span(&b);

	while (rest.len) {
		size_t n = span_find(rest, '\n');
		struct span line = { rest.ptr, n };

		if (span_starts(line, name) && line.ptr[name.len] == ' ')
			return span_skip(line, name.len + 1);
		rest = span_skip(rest, n + 1);
	}
	return SPAN("");
}

static void test_sums(void)
{
	struct serve_metrics *m;

	if (!CHECK_EQ(serve_metrics_open(&m, 4096), 0))
		return;
	CHECK_SPAN(find(m, SPAN("scratchd_connections_active")), "0");
	m->slots = 3;
	m->started = 1700000000;
	m->restarts = 2;
	for (u64 i = 0; i < 4; i++) {
		m->slot[i].active = i + 1;
		m->slot[i].accepted = 10;
		serve_metrics_count(&m->slot[i], HTTP_GET, 206, 100);
	}
	serve_metrics_count(&m->slot[2], HTTP_TRACE, 505, 1);
	serve_metrics_count(&m->slot[0], HTTP_UNKNOWN, 400, 0);
	/* The fourth slot was never in use. */
	CHECK_SPAN(find(m, SPAN("scratchd_connections_active")), "6");
	CHECK_SPAN(find(m, SPAN("scratchd_connections_accepted_total")), "30");
	CHECK_SPAN(find(m, SPAN("scratchd_response_body_bytes_total")), "301");
	CHECK_SPAN(find(m, SPAN("scratchd_worker_restarts_total")), "2");
	CHECK_SPAN(find(m, SPAN("scratchd_start_time_seconds")), "1700000000");
	CHECK_SPAN(
		find(m, SPAN("scratchd_build_info{version=\"" SCRATCHD_VERSION
			     "\"}")),
		"1");
	CHECK_SPAN(find(m, SPAN("scratchd_requests_total{method=\"GET\","
				"status=\"2xx\"}")),
		   "3");
	CHECK_SPAN(find(m, SPAN("scratchd_requests_total{method=\"TRACE\","
				"status=\"5xx\"}")),
		   "1");
	CHECK_SPAN(find(m, SPAN("scratchd_requests_total{method=\"other\","
				"status=\"4xx\"}")),
		   "1");
	CHECK_SPAN(find(m, SPAN("scratchd_requests_total{method=\"PUT\","
				"status=\"2xx\"}")),
		   "");
}

/*
 * All that there can be is copied behind the head, as long as no number has
 * more than 14 digits: a million requests a second for three years.
 */
static void test_longest(void)
{
	struct serve_metrics *m;
	struct buf b = BUF(text);

	if (!CHECK_EQ(serve_metrics_open(&m, 1), 0))
		return;
	m->slots = 1;
	m->started = 99999999999999;
	m->restarts = 99999999999999;
	for (size_t i = 0; i < sizeof(m->slot[0]) / 8; i++)
		((u64 *)&m->slot[0])[i] = 99999999999999;
	serve_metrics_put(&b, m);
	CHECK(!b.full);
	CHECK(b.len <= SERVE_COPY_MAX);
	CHECK_EQ(b.ptr[b.len - 1], '\n');
}

/* What a child counts its parent sees. */
static int count_one(void *metrics)
{
	struct serve_metrics *m = metrics;

	m->slot[1].accepted++;
	return 0;
}

static void test_shared(void)
{
	struct serve_metrics *m;

	if (!CHECK_EQ(serve_metrics_open(&m, 2), 0))
		return;
	m->slots = 2;
	for (int i = 0; i < 3; i++)
		CHECK_EQ(tap_child(count_one, m), 0);
	CHECK_SPAN(find(m, SPAN("scratchd_connections_accepted_total")), "3");
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_sums);
	RUN(test_longest);
	RUN(test_shared);
	return tap_end();
}
