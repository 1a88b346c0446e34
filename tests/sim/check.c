/* SPDX-License-Identifier: MIT */
/* What must hold when a worker has ended, whatever happened to it. */
#include "sim.h"

/* Nothing is open but what a worker has open for its whole life. */
static void check_descriptors(void)
{
	u64 cached = 0;
	u64 files = 0;

	for (u32 i = 0; i < SITE_CACHE_FILES; i++) {
		if (sim->cache->files[i].uses > 1)
			sim_fail("a file of the cache is in use still", i);
		cached += sim->cache->files[i].uses;
	}
	for (u32 i = 0; i < SIM_FDS; i++)
		switch (sim->fd[i].kind) {
		case SIM_FREE:
		case SIM_STANDARD:
		case SIM_EPOLL:
		case SIM_SIGNALS:
		case SIM_PIPE_IN:
		case SIM_PIPE_OUT:
			break;
		case SIM_FILE:
			files++;
			break;
		case SIM_PATH:
			if (i != 3)
				sim_fail("a descriptor of a path leaks", i);
			break;
		case SIM_LISTENER:
			sim_fail("a listener is left open", i);
		case SIM_SOCKET:
			sim_fail("a connection is left open", i);
		case SIM_DIRECTORY:
		case SIM_MEMORY:
			sim_fail("a descriptor leaks", i);
		}
	if (files != cached)
		sim_fail("files are open that nobody knows of", files - cached);
}

/*
 * Where one call has failed and there was room: no listener rests for it, or
 * whoever waits there would wait, too.
 */
void sim_check_queue(void)
{
	if (!sim->fault_call || sim->starved || sim->terminated)
		return;
	for (u32 i = 0; i < SIM_CLIENTS; i++) {
		const struct sim_client *c = &sim->client[i];

		if (c->connected && !c->accepted &&
		    !sim->fd[SIM_FIRST_LISTENER + c->listener].watched)
			sim_fail("it sleeps, and lets nobody in", i);
	}
}

static void check_counters(void)
{
	const struct serve_counters *c = &sim->metrics->slot[0];
	u64 all = 0;

	if (c->accepted != sim->accepted)
		sim_fail("connections: counted wrong", c->accepted);
	for (u32 i = 0; i < SERVE_METRICS_CLASSES; i++) {
		u64 counted = 0;

		for (u32 m = 0; m < HTTP_METHODS; m++)
			counted += c->requests[m][i];
		if (counted < sim->seen[i] ||
		    (!sim->cut && counted != sim->seen[i]))
			sim_fail("answers: counted wrong", i);
		all += counted;
	}
	if (c->bytes < sim->seen_bytes ||
	    (!sim->cut && c->bytes != sim->seen_bytes))
		sim_fail("bytes: counted wrong", c->bytes);
	if (sim->log_silent)
		return;
	if (sim->log_lines + c->dropped != all)
		sim_fail("lines of the log: lost without a word",
			 sim->log_lines + c->dropped);
	if (c->dropped && !sim->loses && sim->log == SIM_LOG_FILE)
		sim_fail("lines of the log: lost without a reason", c->dropped);
}

static void check_clients(void)
{
	for (u32 i = 0; i < SIM_CLIENTS; i++) {
		struct sim_client *c = &sim->client[i];

		/* What was on its way still arrives. */
		if (!c->accepted || c->finished)
			continue;
		while (c->out_length) {
			size_t n = SIM_OUT - c->out_start;

			n = n < c->out_length ? n : c->out_length;
			sim_answer_take(
				c, (struct span){ c->out + c->out_start, n });
			c->out_start = (c->out_start + n) % SIM_OUT;
			c->out_length -= n;
		}
		if (!c->server_closed)
			sim_fail("a connection was forgotten", i);
		sim_answer_end(c);
	}
}

void sim_check(int status)
{
	/* It did not start, and said so. */
	if (status && !sim->serving && sim->faults)
		return;
	if (status)
		sim_fail("it ended with an error", (u64)status);
	check_clients();
	check_descriptors();
	/* What is to be called again is given back by that call. */
	if ((sim->pools[0]->used && sim->now < sim->grace_end) ||
	    sim->pools[1]->used)
		sim_fail("memory of connections leaks",
			 sim->pools[0]->used + sim->pools[1]->used);
	if (sim->begun != sim->ended)
		sim_fail("handlers that were not told of the end",
			 sim->begun - sim->ended);
	check_counters();
}
