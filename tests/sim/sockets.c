/* SPDX-License-Identifier: MIT */
/*
 * Sockets, epoll, and signals. Each client is a connection: what it has sent
 * lies in tx up to `sent`, and what the worker has sent lies in `out`. Epoll
 * tells of an edge once, as epoll(7) has it, and sometimes of none at all.
 */
#include "base/mem.h"
#include "kernel/sys.h"
#include "sim.h"

/* When even a worker that never gets what it needs is told to end, us. */
#define LAST 2000000000

void sim_sockets_start(void)
{
	for (unsigned i = 0; i < 2; i++)
		sim_open(SIM_LISTENER);
}

void sim_edge(struct sim_client *c)
{
	if (c->fd >= 0)
		sim->fd[c->fd].edge = true;
}

static struct sim_client *get_client(long fd, const char *what)
{
	struct sim_fd *entry = sim_get(fd, what);

	if (entry->kind != SIM_SOCKET)
		sim_fail(what, (u64)fd);
	return entry->client;
}

/* A connection that waits at the listener, or NULL. */
static struct sim_client *find_waiting(const struct sim_fd *listener)
{
	u8 which = (u8)(listener - sim->fd - SIM_FIRST_LISTENER);

	for (unsigned i = 0; i < SIM_CLIENTS; i++) {
		struct sim_client *c = &sim->client[i];

		if (c->connected && !c->accepted && c->listener == which)
			return c;
	}
	return NULL;
}

static long call_accept4(const long a[6])
{
	struct sim_fd *listener = sim_get(a[0], "accept4 of what is not open");
	struct sim_client *c;
	union sockaddr *peer = (void *)a[1];

	sim_need_writable(a[1], sizeof(*peer));
	sim_need_writable(a[2], sizeof(u32));
	if (listener->kind != SIM_LISTENER ||
	    a[3] != (SOCK_NONBLOCK | SOCK_CLOEXEC))
		sim_fail("accept4 that may wait", (u64)a[0]);
	c = find_waiting(listener);
	if (!c)
		return -EAGAIN;
	if (!sim_may_open(SIM_STARVES))
		return -EMFILE;
	peer->in = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr = { 192, 0, 2, 1 } };
	*(u32 *)a[2] = sizeof(peer->in);
	long fd = sim_open(SIM_SOCKET);

	sim->fd[fd].client = c;
	c->fd = (int)fd;
	c->accepted = true;
	c->accepted_at = c->asked_at = c->told_at = sim->turn;
	sim->accepted++;
	return fd;
}

static long tell_reset(struct sim_client *c)
{
	if (c->reset_told)
		return 0;
	c->reset_told = true;
	return -ECONNRESET;
}

static long call_recvfrom(const long a[6])
{
	struct sim_client *c =
		get_client(a[0], "recvfrom of what is no socket");
	u64 n = (u64)a[2];

	sim_need_writable(a[1], n);
	if (a[3] != MSG_DONTWAIT || !n)
		sim_fail("recvfrom that may wait", (u64)a[3]);
	if (c->reset)
		return tell_reset(c);
	if (c->taken == c->sent)
		return c->shut ? 0 : -EAGAIN;
	if (n > c->sent - c->taken)
		n = c->sent - c->taken;
	/* As if the rest had come a moment later. */
	if (sim->shorts && sim_one_in(&sim->chance, 3)) {
		n = 1 + sim_random(&sim->chance, (u32)n);
		sim_edge(c);
	}
	memcpy((void *)a[1], c->tx + c->taken, n);
	sim_client_take(c, n);
	return (long)n;
}

/* How much the socket takes now, or a negative errno. */
static long find_room(struct sim_client *c)
{
	if (c->server_shut)
		sim_fail("sending after the end", (u64)c->fd);
	if (c->reset)
		return -EPIPE;
	/* Whoever is gone answers with a reset, a moment later. */
	if (c->gone) {
		c->reset = true;
		sim_edge(c);
		return SIM_OUT;
	}
	c->full = c->out_length == c->out_size;
	return c->full ? -EAGAIN : (long)(c->out_size - c->out_length);
}

static void put_out(struct sim_client *c, const char *from, u64 n)
{
	u64 end = (c->out_start + c->out_length) % SIM_OUT;
	u64 first = SIM_OUT - end < n ? SIM_OUT - end : n;

	c->told_at = sim->turn;
	c->corked = false;
	if (c->gone)
		return;
	memcpy(c->out + end, from, first);
	memcpy(c->out, from + first, n - first);
	c->out_length += n;
	sim_client_wake(c);
}

static u64 limit(u64 n, long room)
{
	if (n > (u64)room)
		n = (u64)room;
	if (n && sim->shorts && sim_one_in(&sim->chance, 3))
		n = 1 + sim_random(&sim->chance, (u32)n);
	return n;
}

/* What the client takes of @count pieces. */
static long take(struct sim_client *c, const struct iovec *pieces, u64 count,
		 long flags)
{
	u64 total = 0;

	for (u64 i = 0; i < count; i++) {
		sim_need_readable((long)pieces[i].iov_base, pieces[i].iov_len);
		total += pieces[i].iov_len;
	}
	if (!total)
		sim_fail("nothing is sent", count);
	if ((flags & ~MSG_MORE) != (MSG_DONTWAIT | MSG_NOSIGNAL))
		sim_fail("a send that may wait", (u64)flags);
	c->turned_away |= sim->turning;
	long room = find_room(c);

	if (room < 0)
		return room;
	u64 n = limit(total, room);
	u64 left = n;

	for (u64 i = 0; left && i < count; i++) {
		u64 piece = pieces[i].iov_len;

		piece = piece < left ? piece : left;
		put_out(c, pieces[i].iov_base, piece);
		left -= piece;
	}
	c->corked = flags & MSG_MORE;
	return (long)n;
}

static long call_sendto(const long a[6])
{
	struct sim_client *c = get_client(a[0], "sendto to what is no socket");
	struct iovec piece = { (void *)a[1], (size_t)a[2] };

	if (a[4] || a[5])
		sim_fail("sendto to an address", (u64)a[0]);
	return take(c, &piece, 1, a[3]);
}

static long call_sendmsg(const long a[6])
{
	struct sim_client *c = get_client(a[0], "sendmsg to what is no socket");
	const struct user_msghdr *m = (const void *)a[1];

	sim_need_readable(a[1], sizeof(*m));
	return take(c, m->msg_iov, m->msg_iovlen, a[2]);
}

static long call_sendfile(const long a[6])
{
	struct sim_client *c =
		get_client(a[0], "sendfile to what is no socket");
	struct sim_fd *in = sim_get(a[1], "sendfile of what is not open");
	u64 *offset = (void *)a[2];
	u64 size = in->length;
	u64 bytes = 0;

	sim_need_writable(a[2], sizeof(*offset));
	if (in->kind == SIM_FILE) {
		size = sim->inode[in->inode].size;
		bytes = sim->inode[in->inode].bytes;
	} else if (in->kind != SIM_MEMORY) {
		sim_fail("sendfile of what is no file", (u64)a[1]);
	}
	if (*offset >= size)
		return 0;
	long room = find_room(c);

	if (room < 0)
		return room;
	u64 n = size - *offset < (u64)a[3] ? size - *offset : (u64)a[3];

	n = limit(n, room);
	/* All of its pages are alike in what is only counted. */
	put_out(c, sim_bytes + bytes + (in->kind == SIM_FILE ? *offset : 0), n);
	*offset += n;
	return (long)n;
}

static long call_shutdown(const long a[6])
{
	struct sim_client *c =
		get_client(a[0], "shutdown of what is no socket");

	if (a[1] != SHUT_WR)
		sim_fail("shutdown", (u64)a[1]);
	if (c->reset)
		return -ENOTCONN;
	sim->turning = false;
	c->server_shut = true;
	c->taken_at_end = c->taken;
	sim_client_wake(c);
	return 0;
}

static long call_epoll_ctl(const long a[6])
{
	struct sim_fd *set = sim_get(a[0], "epoll_ctl of what is not open");
	struct sim_fd *fd = sim_get(a[2], "epoll_ctl of what is not open");
	const struct epoll_event *event = (const void *)a[3];

	sim_need_readable(a[3], sizeof(*event));
	if (set->kind != SIM_EPOLL || fd->watched == (a[1] == EPOLL_CTL_ADD))
		sim_fail("epoll_ctl", (u64)a[2]);
	fd->watched = a[1] == EPOLL_CTL_ADD;
	fd->events = event->events;
	fd->data = event->data;
	fd->edge = true;
	return 0;
}

static u32 find_ready(const struct sim_fd *fd)
{
	const struct sim_client *c = fd->client;
	u32 ready = 0;

	if (fd->kind == SIM_LISTENER)
		return find_waiting(fd) ? EPOLLIN : 0;
	if (fd->kind == SIM_SIGNALS)
		return sim->signals ? EPOLLIN : 0;
	if (fd->kind != SIM_SOCKET)
		sim_fail("epoll watches what it cannot", fd->kind);
	if (c->taken < c->sent || c->shut || c->reset)
		ready |= EPOLLIN;
	if (c->out_length < c->out_size || c->reset)
		ready |= EPOLLOUT;
	if (c->shut || c->reset)
		ready |= EPOLLRDHUP;
	if ((c->shut && c->server_shut) || c->reset)
		ready |= EPOLLHUP;
	if (c->reset && !c->reset_told)
		ready |= EPOLLERR;
	return ready;
}

/* Events that there are, from some descriptor on. */
static long collect(struct epoll_event *events, long max)
{
	u32 first = sim_random(&sim->chance, SIM_FDS);
	long n = 0;

	if (sim->early_rate && max > 1)
		max = 1 + sim_random(&sim->chance, (u32)max);
	for (u32 i = 0; i < SIM_FDS && n < max; i++) {
		struct sim_fd *fd = &sim->fd[(first + i) % SIM_FDS];
		bool edges = fd->events & EPOLLET;
		u32 ready;

		if (fd->kind == SIM_FREE || !fd->watched)
			continue;
		ready = find_ready(fd) & (fd->events | EPOLLERR | EPOLLHUP);
		/* Spurious, as after an edge that was consumed already. */
		if (edges && ready && sim->early_rate &&
		    sim_one_in(&sim->chance, 50))
			fd->edge = true;
		if (!ready || (edges && !fd->edge))
			continue;
		fd->edge = false;
		events[n].events = ready;
		events[n].data = fd->data;
		n++;
	}
	return n;
}

/*
 * Whom the worker lets wait although it has all that it needs, or, where it
 * sleeps for ever, without a deadline.
 */
static void check_sleep(bool for_ever)
{
	sim_check_queue();
	if (for_ever && (sim->relay || sim->log_refused))
		sim_fail("it sleeps for ever, and its log waits", sim->relay);
	for (unsigned i = 0; i < SIM_CLIENTS; i++) {
		const struct sim_client *c = &sim->client[i];

		if (for_ever && c->accepted && c->fd >= 0)
			sim_fail("it sleeps for ever beside a connection", i);
		/* A handler that rests reads nothing either. */
		if (!c->accepted || c->fd < 0 || c->reset || c->rests)
			continue;
		if (sim->fd[c->fd].watched && c->taken < c->sent &&
		    c->out_length < c->out_size && !c->server_shut)
			sim_fail("it sleeps, and there is something to read",
				 i);
		if (c->shut && sim->fd[c->fd].watched && c->taken == c->sent &&
		    !c->out_length && !sim_client_is_owed(c))
			sim_fail("it sleeps, and a client has ended", i);
		/* MSG_MORE: the end of it is held back. */
		if ((sim_client_is_owed(c) || (c->corked && !c->server_shut)) &&
		    c->out_length < c->out_size)
			sim_fail("it sleeps, and owes an answer", i);
	}
}

/* Nothing will happen any more: now it is told to end. */
static void end_it(void)
{
	if (sim->terminated && sim->now < sim->grace_end)
		return;
	if (sim->terminated)
		sim_fail("it sleeps for ever, and was told to end", 0);
	sim->signals |= 1ULL << (SIGTERM - 1);
}

static long call_epoll_pwait(const long a[6])
{
	struct epoll_event *events = (void *)a[1];
	s64 end = sim->now + a[3] * 1000;

	sim_need_writable(a[1], (u64)a[2] * sizeof(*events));
	sim->serving = true;
	sim_clients_act(sim->now);
	for (;;) {
		long n = collect(events, a[2]);

		sim->turn = sim->now;
		if (n || !a[3] || (a[3] > 0 && sim->now >= end))
			return n;
		check_sleep(a[3] < 0);
		if (sim->jumps && sim_one_in(&sim->chance, 100))
			sim->now += 1000000LL * sim_random(&sim->chance, 40);
		s64 next = sim_clients_next();

		if (next == SIM_NEVER && (a[3] < 0 || sim->now > LAST))
			end_it();
		if (a[3] > 0 && next > end)
			next = end;
		if (next > sim->now && next != SIM_NEVER)
			sim->now = next;
		sim_clients_act(sim->now);
	}
}

static long call_read(const long a[6])
{
	struct sim_fd *fd = sim_get(a[0], "read of what is not open");
	struct signalfd_siginfo *info = (void *)a[1];

	sim_need_writable(a[1], (u64)a[2]);
	if (fd->kind != SIM_SIGNALS || a[2] != sizeof(*info))
		sim_fail("read of what is not to be read", (u64)a[0]);
	if (!sim->signals)
		return -EAGAIN;
	u32 signal = (u32)__builtin_ctzll(sim->signals) + 1;

	sim->signals &= sim->signals - 1;
	memset(info, 0, sizeof(*info));
	info->ssi_signo = signal;
	if (signal != SIGHUP && !sim->terminated) {
		sim->terminated = true;
		sim->grace_end = sim->turn +
				 (s64)sim->options->grace * 1000000 - SIM_SLACK;
	}
	return sizeof(*info);
}

long sim_call_socket(long nr, const long a[6])
{
	switch (nr) {
	case NR_accept4:
		return call_accept4(a);
	case NR_recvfrom:
		return call_recvfrom(a);
	case NR_sendto:
		return call_sendto(a);
	case NR_sendmsg:
		return call_sendmsg(a);
	case NR_sendfile:
		return call_sendfile(a);
	case NR_shutdown:
		return call_shutdown(a);
	case NR_epoll_ctl:
		return call_epoll_ctl(a);
	case NR_epoll_pwait:
		return call_epoll_pwait(a);
	case NR_epoll_create1:
		return sim_open(SIM_EPOLL);
	case NR_signalfd4:
		sim_need_readable(a[1], sizeof(u64));
		return sim_open(SIM_SIGNALS);
	case NR_read:
		return call_read(a);
	case NR_ioctl:
		sim_need_writable(a[2], sizeof(int));
		*(int *)a[2] = (int)get_client(a[0], "ioctl")->out_length;
		return 0;
	}
	return SIM_NOT_MINE;
}
