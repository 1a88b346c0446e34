/* SPDX-License-Identifier: MIT */
/*
 * Standard output and error. The log counts its lines, however they are cut;
 * a pipe has room for so much, which its reader makes free again.
 */
#include "base/mem.h"
#include "kernel/sys.h"
#include "sim.h"

/* The smallest that there is: one page, pipe(7). */
#define PIPE_SIZE 4096

/* Its reader comes now and then, and so does another worker that fills it. */
static void use_pipe(void)
{
	if (sim_one_in(&sim->chance, 4))
		sim->log_room = PIPE_SIZE;
	else if (sim_one_in(&sim->chance, 8))
		sim->log_room = 0;
}

void sim_log_start(void)
{
	for (int i = 0; i < 3; i++)
		sim->fd[sim_open(SIM_STANDARD)].position = (u64)i;
	sim->log_room = PIPE_SIZE;
}

static void count_lines(const char *text, u64 length)
{
	for (u64 i = 0; i < length; i++)
		sim->log_lines += text[i] == '\n';
}

/* Some of it, where the seed says so. */
static u64 shorten(u64 n)
{
	if (n && sim->shorts && sim_one_in(&sim->chance, 4))
		return 1 + sim_random(&sim->chance, (u32)n);
	return n;
}

static long put(struct sim_fd *fd, long at, u64 n)
{
	sim_need_readable(at, n);
	if (fd->position != 1) {
		if (sim->traces)
			__asm__ volatile("" : : "r"(at));
		return (long)n;
	}
	if (sim->log == SIM_LOG_NONE)
		return -EBADF;
	if (sim->log == SIM_LOG_PIPE) {
		use_pipe();
		/* pipe(7): up to PIPE_BUF all or nothing. */
		sim->log_refused = n > sim->log_room;
		if (sim->log_refused)
			return -EAGAIN;
		sim->log_room -= n;
	} else {
		n = shorten(n);
	}
	count_lines((const char *)at, n);
	return (long)n;
}

static long call_write(const long a[6])
{
	struct sim_fd *fd = sim_get(a[0], "write to what is not open");
	u64 n = (u64)a[2];

	sim_need_readable(a[1], n);
	if (fd->kind == SIM_MEMORY) {
		n = shorten(n);
		fd->length += n;
		return (long)n;
	}
	if (fd->kind == SIM_STANDARD)
		return put(fd, a[1], n);
	if (fd->kind != SIM_PIPE_IN)
		sim_fail("write to what is not to be written", (u64)a[0]);
	if (n > sizeof(sim->relay_text) - sim->relay)
		return -EAGAIN;
	memcpy(sim->relay_text + sim->relay, (const char *)a[1], n);
	sim->relay += n;
	return (long)n;
}

static long call_pwritev2(const long a[6])
{
	struct sim_fd *fd = sim_get(a[0], "pwritev2 to what is not open");
	const struct iovec *iov = (const void *)a[1];

	sim_need_readable(a[1], sizeof(*iov));
	if (a[2] != 1 || a[5] != RWF_NOWAIT)
		sim_fail("pwritev2 that may wait", (u64)a[5]);
	if (sim->no_nowait)
		return -EOPNOTSUPP;
	return put(fd, (long)iov->iov_base, iov->iov_len);
}

/* sendto to standard output, a socket. */
static long call_sendto(const long a[6])
{
	if (sim->fd[a[0]].kind != SIM_STANDARD)
		return SIM_NOT_MINE;
	if (a[3] != (MSG_DONTWAIT | MSG_NOSIGNAL) || a[4] || a[5])
		sim_fail("sendto to the log that may wait", (u64)a[3]);
	return put(&sim->fd[a[0]], a[1], (u64)a[2]);
}

static long call_splice(const long a[6])
{
	struct sim_fd *in = sim_get(a[0], "splice from what is not open");
	struct sim_fd *out = sim_get(a[2], "splice to what is not open");
	u64 n = sim->relay < (u64)a[4] ? sim->relay : (u64)a[4];

	if (in->kind != SIM_PIPE_OUT || out->kind != SIM_STANDARD ||
	    !(a[5] & SPLICE_F_NONBLOCK))
		sim_fail("splice that may wait", (u64)a[5]);
	use_pipe();
	if (n > sim->log_room)
		n = sim->log_room;
	if (!n)
		return -EAGAIN;
	n = shorten(n);
	count_lines(sim->relay_text, n);
	sim->log_room -= n;
	sim->relay -= n;
	memmove(sim->relay_text, sim->relay_text + n, sim->relay);
	return (long)n;
}

/* Back out of the relay. */
static long call_read(const long a[6])
{
	u64 n = sim->relay < (u64)a[2] ? sim->relay : (u64)a[2];

	if (sim->fd[a[0]].kind != SIM_PIPE_OUT)
		return SIM_NOT_MINE;
	sim_need_writable(a[1], (u64)a[2]);
	if (!n)
		return -EAGAIN;
	n = shorten(n);
	memcpy((char *)a[1], sim->relay_text, n);
	sim->relay -= n;
	memmove(sim->relay_text, sim->relay_text + n, sim->relay);
	return (long)n;
}

static long call_pipe2(const long a[6])
{
	int *fds = (void *)a[0];

	sim_need_writable(a[0], 2 * sizeof(*fds));
	fds[0] = (int)sim_open(SIM_PIPE_OUT);
	fds[1] = (int)sim_open(SIM_PIPE_IN);
	return 0;
}

/* What it is, for whoever looks at standard output. */
static long call_statx(const long a[6])
{
	static const u16 modes[] = { [SIM_LOG_FILE] = S_IFREG,
				     [SIM_LOG_PIPE] = S_IFIFO,
				     [SIM_LOG_SOCKET] = S_IFSOCK,
				     [SIM_LOG_NONE] = S_IFDIR };
	struct statx *st = (void *)a[4];

	if (a[0] < 0 || a[0] > 2 || sim->fd[a[0]].kind != SIM_STANDARD)
		return SIM_NOT_MINE;
	sim_need_writable(a[4], sizeof(*st));
	/* Standard error is a file, unless it is a socket like the log. */
	*st = (struct statx){ .stx_mode = modes[sim->log] };
	if (a[0] == 2 && sim->log == SIM_LOG_PIPE)
		st->stx_mode = S_IFREG;
	return 0;
}

long sim_call_log(long nr, const long a[6])
{
	switch (nr) {
	case NR_write:
		return call_write(a);
	case NR_pwritev2:
		return call_pwritev2(a);
	case NR_sendto:
		sim_get(a[0], "sendto to what is not open");
		return call_sendto(a);
	case NR_splice:
		return call_splice(a);
	case NR_read:
		sim_get(a[0], "read of what is not open");
		return call_read(a);
	case NR_pipe2:
		return call_pipe2(a);
	case NR_statx:
		return call_statx(a);
	}
	return SIM_NOT_MINE;
}
