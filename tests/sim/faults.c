/* SPDX-License-Identifier: MIT */
/* Which call fails, and how: one by chance, or the one that was asked for. */
#include "kernel/sys.h"
#include "sim.h"
/* Behind those of the program, which has no name for all of them. */
#include <asm/errno.h>

struct row {
	long nr;
	long error;
	enum sim_harm harm;
};

static const struct row rows[] = {
#define FAULT(call, error, harm) { NR_##call, error, harm },
#include "faults.def"
#undef FAULT
};

static u32 count_rows(long nr)
{
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		n += rows[i].nr == nr;
	return n;
}

static const struct row *find_row(long nr, u32 choice)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].nr == nr && !choice--)
			return &rows[i];
	return NULL;
}

/* The same error means something else to another kind of descriptor. */
static enum sim_harm judge(const struct row *row, const struct sim_fd *fd)
{
	if (row->nr == NR_epoll_ctl && fd->kind == SIM_LISTENER)
		return SIM_STARVES;
	if (row->nr == NR_write && fd->kind == SIM_MEMORY)
		return SIM_DEGRADES;
	if (row->nr == NR_sendto && fd->kind == SIM_STANDARD)
		return SIM_LOSES;
	if (row->nr == NR_statx && fd->kind == SIM_STANDARD)
		return SIM_LOSES;
	return row->harm;
}

void sim_harm(enum sim_harm harm, struct sim_fd *fd)
{
	struct sim_client *c = fd->client;

	switch (harm) {
	case SIM_BREAKS:
		if (c)
			c->hurt = true;
		break;
	case SIM_DEGRADES:
		sim_degrade();
		break;
	case SIM_STARVES:
		sim->starved = true;
		break;
	case SIM_LOSES:
		sim->loses = true;
		break;
	case SIM_HARMLESS:
		break;
	}
	/* "Not now" is a promise to say when. */
	if (harm == SIM_HARMLESS && c)
		fd->edge = true;
}

/* What sockets do that are lost, from then on. */
static void lose(struct sim_client *c, long error)
{
	if (error == ECONNRESET || error == EHOSTUNREACH ||
	    error == ENETUNREACH || error == EPIPE || error == ETIMEDOUT) {
		c->reset = true;
		c->reset_told = true;
		c->torn = true;
		c->out_length = 0;
		sim_edge(c);
	}
}

/* The descriptor that a call is about; the first argument for most. */
static struct sim_fd *find_fd(long nr, const long args[6])
{
	static struct sim_fd none;
	long fd = nr == NR_epoll_ctl ? args[2] : args[0];

	if (fd < 0 || fd >= SIM_FDS || nr == NR_pipe2 || nr == NR_mmap ||
	    nr == NR_memfd_create || nr == NR_signalfd4 ||
	    nr == NR_epoll_create1 || nr == NR_prctl)
		return &none;
	return &sim->fd[fd];
}

static u32 choose(long nr)
{
	u32 n = count_rows(nr);

	if (sim->fault_call) {
		if (sim->calls == sim->fault_call)
			sim->fault_none = sim->fault_choice >= n;
		return sim->calls == sim->fault_call ? sim->fault_choice : n;
	}
	if (!n || !sim->serving || !sim_one_in(&sim->chance, sim->fault_rate))
		return n;
	return sim_random(&sim->chance, n);
}

long sim_fault(long nr, const long args[6], enum sim_harm *harm)
{
	const struct row *row = find_row(nr, choose(nr));
	struct sim_fd *fd = find_fd(nr, args);

	*harm = SIM_HARMLESS;
	/* To stop watching cannot fail, and EAGAIN is for what may wait. */
	if (!row || (nr == NR_epoll_ctl && args[1] == EPOLL_CTL_DEL))
		return 0;
	*harm = judge(row, fd);
	sim->faults++;
	sim_trace("fault", nr, args[0], -row->error);
	sim_harm(*harm, fd);
	/* What cannot be looked at is not written to. */
	if (nr == NR_statx && fd->kind == SIM_STANDARD)
		sim->log_silent = true;
	/* Nobody takes that any more, or it goes another way. */
	if (nr == NR_pwritev2 && row->error != EAGAIN && row->error != EINTR)
		sim->log_refused = false;
	if (fd->client && *harm == SIM_BREAKS)
		lose(fd->client, row->error);
	return -row->error;
}
