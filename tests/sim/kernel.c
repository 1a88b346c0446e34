/* SPDX-License-Identifier: MIT */
/*
 * The simulated kernel: every call of the worker comes through here. It must
 * be one that its role may make (src/kernel/calls.def), with descriptors that
 * are open and pointers that are its own.
 */
#include "base/mem.h"
#include "kernel/calls.h"
#include "kernel/sys.h"
#include "sim.h"

struct sim *sim;

extern char __ehdr_start[] __attribute__((visibility("hidden")));
extern char data_start[] __attribute__((visibility("hidden")));
extern char data_end[] __attribute__((visibility("hidden")));

static char *arena; /* what mmap gives, up to its last byte */
static size_t arena_size;

/* The deepest stack that a worker needs. */
#define STACK (256 << 10)

void sim_set_memory(char *memory, size_t size)
{
	arena = memory;
	arena_size = size;
}

static bool is_within(u64 at, u64 length, u64 from, u64 to)
{
	return at >= from && at <= to && length <= to - at;
}

static bool is_variable(u64 at, u64 length)
{
	u64 stack = (u64)__builtin_frame_address(0);
	u64 end = (u64)(arena + arena_size);

	return is_within(at, length, (u64)data_start, (u64)data_end) ||
	       is_within(at, length, end - sim->mapped, end) ||
	       is_within(at, length, stack, stack + STACK);
}

void sim_need_writable(long at, u64 length)
{
	if (!is_variable((u64)at, length))
		sim_fail("memory that is not there to be written", (u64)at);
}

void sim_need_readable(long at, u64 length)
{
	if (!is_variable((u64)at, length) &&
	    !is_within((u64)at, length, (u64)__ehdr_start, (u64)data_end))
		sim_fail("memory that is not there to be read", (u64)at);
}

struct sim_fd *sim_get(long fd, const char *what)
{
	if (fd < 0 || fd >= SIM_FDS || sim->fd[fd].kind == SIM_FREE)
		sim_fail(what, (u64)fd);
	return &sim->fd[fd];
}

long sim_open(enum sim_kind kind)
{
	for (int i = 0; i < SIM_FDS; i++)
		if (sim->fd[i].kind == SIM_FREE) {
			sim->fd[i] =
				(struct sim_fd){ .kind = kind, .inode = -1 };
			return i;
		}
	sim_fail("descriptors leak", SIM_FDS);
}

bool sim_may_open(enum sim_harm harm)
{
	static struct sim_fd none;
	u32 open = 0;

	for (int i = 0; sim->fd_limit && i < SIM_FDS; i++)
		open += sim->fd[i].kind != SIM_FREE;
	if (!sim->fd_limit || open < sim->fd_limit)
		return true;
	sim->faults++;
	sim_harm(harm, &none);
	return false;
}

static const char *name_call(long nr)
{
	switch (nr) {
#define CALL(name, arguments, roles, purpose)                                  \
	case NR_##name:                                                        \
		return #name;
#include "../../src/kernel/calls.def"
#undef CALL
	}
	return "?";
}

/* "W" and "F" alone once it serves; "w" before; "L" where openat2 is missing.
 */
static void check_role(long nr)
{
	static const u16 serving = KERNEL_ROLES("WF");
	static const u16 starting = KERNEL_ROLES("WFw");
	static const u16 walking = KERNEL_ROLES("L");
	u16 roles = sim->serving ? serving : starting;

	if (sim->old)
		roles |= walking;
	for (const struct kernel_call *k = kernel_calls; k->roles; k++)
		if (k->nr == nr && k->roles & roles)
			return;
	sim_fail("a call that is not a worker's", (u64)nr);
}

static long call_close(long number)
{
	struct sim_fd *fd = sim_get(number, "close of what is not open");
	struct sim_client *c = fd->client;

	if (fd->kind == SIM_LISTENER && fd->watched)
		sim_fail("a listener is closed that is still watched", 0);
	if (fd->kind == SIM_SOCKET) {
		c->server_closed = true;
		if (!c->server_shut)
			c->taken_at_end = c->taken;
		c->made_room = sim->accepting;
		sim->turning = false;
		c->fd = -1;
		sim_client_wake(c);
		/* tcp(7): with unread data the other side gets a reset. */
		if (c->taken < c->sent && !c->reset) {
			c->torn = true;
			c->out_length = 0;
		}
	}
	fd->kind = SIM_FREE;
	return 0;
}

static long call_mmap(const long a[6])
{
	u64 length = ((u64)a[1] + 65535) & ~65535ULL;

	if (a[2] != (PROT_READ | PROT_WRITE) || a[4] != -1 || sim->mapped ||
	    length > arena_size)
		sim_fail("mmap", (u64)a[1]);
	sim->mapped = length;
	return (long)(arena + arena_size - length);
}

static long call_clock(const long a[6])
{
	struct kernel_timespec *t = (void *)a[1];
	s64 now = sim->now + (a[0] == CLOCK_REALTIME ? sim->wall : 0);

	sim_need_writable(a[1], sizeof(*t));
	t->tv_sec = now / 1000000;
	t->tv_nsec = now % 1000000 * 1000;
	return 0;
}

static long dispatch(long nr, const long a[6])
{
	long r = sim_call_log(nr, a);

	if (r == SIM_NOT_MINE)
		r = sim_call_socket(nr, a);
	if (r == SIM_NOT_MINE)
		r = sim_call_file(nr, a);
	if (r != SIM_NOT_MINE)
		return r;
	switch (nr) {
	case NR_close:
		return call_close(a[0]);
	case NR_mmap:
		return call_mmap(a);
	case NR_clock_gettime:
		return call_clock(a);
	case NR_prctl:
		return 0;
	case NR_getppid:
		return 1;
	}
	sim_fail("a call that is not simulated", (u64)nr);
}

/* Whatever may happen between two calls. */
static void let_time_pass(void)
{
	sim->now += 1 + sim_random(&sim->chance, sim->slowness);
	/* The master blocks them: before they are waited for they wait. */
	if (sim->calls == sim->signal_call)
		sim->signals |= 1ULL << (sim->signal - 1);
	if (!sim->serving)
		return;
	if (sim_one_in(&sim->chance, sim->early_rate))
		sim_clients_act(sim_clients_next());
	if (sim_one_in(&sim->chance, (u32)sim->change_rate))
		sim_files_change();
	/* Another worker has its own connections. */
	if (sim->early_rate && sim_one_in(&sim->chance, 50)) {
		struct serve_counters *other = &sim->metrics->slot[1];

		other->accepting = sim_random(&sim->chance, 2);
		other->active = sim_random(&sim->chance, 6);
	}
	if (sim->early_rate && sim_one_in(&sim->chance, 2000))
		sim->signals |= 1ULL << (SIGHUP - 1);
	if (sim->jumps && sim_one_in(&sim->chance, 300))
		sim->wall +=
			((s64)sim_random(&sim->chance, 7200) - 3600) * 1000000;
}

long sim_syscall6(long a, long b, long c, long d, long e, long f, long nr)
{
	const long args[6] = { a, b, c, d, e, f };
	enum sim_harm harm;

	if (!sim || !sim->calls_max)
		return sim_real_syscall6(a, b, c, d, e, f, nr);
	sim->step++;
	if (++sim->calls > sim->calls_max)
		sim_fail("too many calls: it does not end", sim->calls);
	check_role(nr);
	let_time_pass();
	long r = sim_fault(nr, args, &harm);

	/* close(2): the descriptor is gone nevertheless. */
	if (r && nr == NR_close)
		call_close(a);
	if (!r)
		r = dispatch(nr, args);
	if (nr == NR_accept4)
		sim->accepting = true;
	else if (nr != NR_close && nr != NR_epoll_ctl)
		sim->accepting = false;
	if (sim->traces)
		sim_trace(name_call(nr), a, b, r);
	return r;
}

/* Memory of a pool that is not taken: any use of it is seen. */
#define POISON 0xa5

void *sim_pool_take(struct net_pool *pool)
{
	bool again = pool->free;
	u8 *object = sim_real_pool_take(pool);

	for (size_t i = sizeof(void *); again && i < pool->size; i++)
		if (object[i] != POISON)
			sim_fail("what was given back was written to", i);
	if (object)
		memset(object, POISON, pool->size);
	sim->turning = !object;
	return object;
}

void sim_pool_give(struct net_pool *pool, void *object)
{
	size_t at = (size_t)((char *)object - pool->memory);

	if (at % pool->size || at / pool->size >= pool->touched)
		sim_fail("what is given back is not of the pool", at);
	memset(object, POISON, pool->size);
	sim_real_pool_give(pool, object);
}

void sim_pool_init(struct net_pool *pool, void *memory, size_t size, u32 count)
{
	sim->pools[sim->pool_count++] = pool;
	sim_real_pool_init(pool, memory, size, count);
}

void sim_cache_init(struct site_cache *c, void *memory, size_t size)
{
	sim->cache = c;
	sim_real_cache_init(c, memory, size);
}
