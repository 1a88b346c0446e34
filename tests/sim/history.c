/* SPDX-License-Identifier: MIT */
/* One history: what is drawn from its seed, and the worker's whole life. */
#include "base/mem.h"
#include "serve/call.h"
#include "sim.h"

const char *sim_bytes;

static struct serve_options options;
static _Alignas(16) char metrics[sizeof(struct serve_metrics) +
				 2 * sizeof(struct serve_counters)];

u32 sim_random(u64 *state, u32 n)
{
	/* splitmix64 */
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return (u32)((z >> 32) * n >> 32);
}

bool sim_one_in(u64 *state, u32 n)
{
	return n && !sim_random(state, n);
}

static u32 pick(const u32 *from, u32 count)
{
	return from[sim_random(&sim->plan, count)];
}

/*
 * What goes wrong in this history; nothing else where one call shall fail, or
 * a signal come at it.
 */
static void draw_trouble(void)
{
	static const u32 faults[] = { 0, 0, 300, 60, 15 };
	static const u32 early[] = { 0, 40, 8, 2 };
	static const u32 changes[] = { 0, 0, 200, 30, 8 };

	sim->log = (enum sim_log)sim_random(&sim->plan, 4);
	sim->old = sim_one_in(&sim->plan, 4);
	sim->no_nowait = sim_one_in(&sim->plan, 2);
	sim->slowness = 20;
	/* A signal, a client and the worker may meet at any place. */
	if (sim->signal_call)
		sim->early_rate = 2;
	if (sim->fault_call || sim->signal_call)
		return;
	sim->fault_rate = pick(faults, 5);
	sim->early_rate = pick(early, 4);
	sim->change_rate = pick(changes, 5);
	if (sim_one_in(&sim->plan, 5))
		sim->slowness = 1000;
	if (sim_one_in(&sim->plan, 20)) {
		/* So slow that the cache keeps what has just been changed. */
		sim->slowness = 20000;
		sim->early_rate = 2;
		sim->change_rate = 8;
		sim->focuses = true;
	}
	if (sim_one_in(&sim->plan, 12))
		sim->fd_limit = 10 + sim_random(&sim->plan, 5);
	sim->shorts = sim_one_in(&sim->plan, 3);
	sim->jumps = sim_one_in(&sim->plan, 12);
	sim->crowded = sim_one_in(&sim->plan, 8);
	if (sim_one_in(&sim->plan, 3))
		sim->term_at = sim->now + sim_random(&sim->plan, 40000);
	if (!sim_one_in(&sim->plan, 6))
		return;
	sim->signal = SIGTERM;
	sim->signal_call = 10 + sim_random(&sim->plan, 400);
}

static void set_options(void)
{
	static const char *const formats[] = { "combined", "json", "off" };
	static const char *const caches[] = { "0", "200000", "2000000" };
	static const char *const places[] = { "100", "2", "1" };
	u32 format = sim_random(&sim->plan, 3);
	const char *argv[] = {
		"sim",
		"--listen=8080",
		"--metrics=9090",
		"--list=on",
		"--health-path=/health",
		"--sandbox=off",
		"--access-log",
		formats[format],
		"--cache-size",
		caches[sim_random(&sim->plan, 3)],
		"--max-connections",
		places[sim->crowded ? sim_random(&sim->plan, 3) : 0],
		NULL,
	};
	char *none = NULL;

	if (serve_options_parse(&options, ARRAY_SIZE(argv) - 1, (char **)argv,
				&none) != SERVE_RUN)
		sim_fail("options", 0);
	options.app = &sim_app;
	options.calls = &serve_calls;
	sim->options = &options;
	sim->metrics = (void *)metrics;
	sim->log_silent = format == 2 || sim->log == SIM_LOG_NONE;
}

/* Who asks for what, where it is replayed. */
static void trace_plan(void)
{
	for (u32 i = 0; i < SIM_CLIENTS; i++) {
		const struct sim_client *c = &sim->client[i];

		for (u32 k = 0; k < c->count; k++) {
			struct span line = { c->tx + c->expect[k].start, 0 };
			char text[128];
			struct buf out = BUF(text);

			line.len = c->tx_length - c->expect[k].start;
			line.len = span_find(line, '\r');
			buf_put_escaped(&out, line, 0);
			out.ptr[out.len < 127 ? out.len : 127] = '\0';
			sim_trace(text, i, (long)c->expect[k].end,
				  c->expect[k].status);
		}
	}
}

static int run(const struct site_rules *rules)
{
	static struct serve_sandbox sandbox = { .off = true };
	static int listeners[2];
	static struct site_root root;
	struct serve_inheritance given = {
		.options = &options,
		.root = &root,
		.rules = rules,
		.listeners = listeners,
		.metrics = sim->metrics,
		.sandbox = &sandbox,
		.slot = 0,
		.master = 1,
	};

	sim->metrics->slots = 2;
	sim_log_start();
	root.fd = (int)sim_open(SIM_PATH);
	root.openat2 = sim->old ? -ENOSYS : 0;
	sim->fd[root.fd].inode = 0;
	sim_sockets_start();
	listeners[0] = root.fd + 1;
	listeners[1] = root.fd + 2;
	return serve_worker_run(&given);
}

void sim_history(const struct site_rules *rules)
{
	sim->plan = sim->seed * 0x2545f4914f6cdd1dULL;
	sim->chance = ~sim->plan;
	sim->now = 1000000000;
	sim->wall = 1700000000000000LL + sim_random(&sim->plan, 1000000);
	draw_trouble();
	set_options();
	sim_files_start();
	sim_clients_start();
	trace_plan();
	sim->calls_max = 400000;
	sim_check(run(rules));
	sim->calls_max = 0;
}
