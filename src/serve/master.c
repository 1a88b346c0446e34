/* SPDX-License-Identifier: MIT */
/* The master: see serve/master.h. */
#include "serve/master.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/cpus.h"
#include "serve/limits.h"
#include "serve/memory.h"
#include "serve/origin.h"
#include "serve/listeners.h"
#include "serve/root.h"
#include "serve/rules.h"
#include "serve/say.h"
#include "serve/worker.h"

/* Workers and, after a reload, their predecessors that still finish. */
#define CHILDREN_MAX 4096

/* A worker that lived shorter than this is restarted after a pause, ms. */
#define SHORT_LIFE 100
#define RESTART_PAUSE 1000

/* So long after the start a worker that fails ends the server, ms. */
#define FIRST_START 1000

/* After the grace workers end by themselves; so much later they are killed. */
#define KILL_AFTER 1000

struct child {
	int pid;	/* 0: the place is free */
	bool retiring;	/* a successor has taken over */
	u32 generation; /* of the root that it serves */
	s64 started;	/* ms */
};

struct master {
	struct serve_options *options;
	struct serve_metrics *metrics;
	struct site_root root;
	const struct site_bundle *bundle; /* instead of it, or NULL */
	struct site_rules *rules;
	int signals;
	int pid;
	u32 workers;	/* alive and not retiring */
	u32 children;	/* alive */
	u32 generation; /* of the root: how often it was opened anew */
	s64 start_at;	/* when missing workers may be started, ms */
	s64 begun;	/* when the server was started, ms */
	s64 kill_at;	/* while ending: when to stop waiting, ms */
	bool ending;
	int status; /* to exit with */
	struct serve_sandbox sandbox;
	int listeners[SERVE_LISTEN_MAX + 1];
	struct child child[CHILDREN_MAX];
};

static struct master master;

/* In milliseconds. */
static s64 read_clock(int clock)
{
	struct kernel_timespec t = { 0 };

	/* With a valid clock and a valid pointer it cannot fail. */
	BUG_ON(sys_clock_gettime(clock, &t) < 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static unsigned long signal_bit(int signal)
{
	return 1UL << (signal - 1);
}

/*
 * From here on signals are something to read. SIGPIPE is blocked as well:
 * sendfile has no MSG_NOSIGNAL, and blocked it is EPIPE alone.
 */
static long open_signals(struct master *m, const char **call)
{
	unsigned long ours = signal_bit(SIGTERM) | signal_bit(SIGINT) |
			     signal_bit(SIGHUP) | signal_bit(SIGCHLD);
	unsigned long set[SIGSET_LONGS] = { ours };
	unsigned long blocked[SIGSET_LONGS] = { ours | signal_bit(SIGPIPE) };

	/*
	 * Dispositions are inherited too: with SIGCHLD ignored children would
	 * vanish without a word. (Blocked signals are never ignored.)
	 */
	struct kernel_sigaction standard = { 0 };

	*call = "rt_sigaction";
	long r = sys_rt_sigaction(SIGCHLD, &standard);

	if (r < 0)
		return r;
	*call = "rt_sigprocmask";
	r = sys_rt_sigprocmask(SIG_SETMASK, blocked, NULL);

	if (r < 0)
		return r;
	*call = "signalfd4";
	r = sys_signalfd4(set, SFD_NONBLOCK | SFD_CLOEXEC);
	m->signals = (int)r;
	return r;
}

static struct child *find_child(struct master *m, int pid)
{
	for (u32 i = 0; i < CHILDREN_MAX; i++)
		if (m->child[i].pid == pid)
			return &m->child[i];
	return NULL;
}

/* In the child clone returns 0, and this does not return. */
static long make_worker(struct master *m, struct child *place)
{
	struct serve_inheritance given = {
		.options = m->options,
		.root = &m->root,
		.bundle = m->bundle,
		.rules = m->rules,
		.listeners = m->listeners,
		.metrics = m->metrics,
		.sandbox = &m->sandbox,
		.slot = (u64)(place - m->child),
		.master = m->pid,
	};

	if (given.slot >= m->metrics->slots)
		m->metrics->slots = given.slot + 1;
	long pid = sys_clone(SIGCHLD);

	if (pid == 0) {
		sys_close(m->signals);
		sys_exit_group(serve_worker_run(&given));
	}
	if (pid < 0)
		return pid;
	*place = (struct child){ .pid = (int)pid,
				 .generation = m->generation,
				 .started = read_clock(CLOCK_MONOTONIC) };
	m->workers++;
	m->children++;
	return 0;
}

/* Return: whether there is one more; if not, it has been said why. */
static bool start_worker(struct master *m)
{
	struct child *place = find_child(m, 0);
	long r = place ? make_worker(m, place) : -EAGAIN;

	if (r < 0)
		serve_say_failure("clone", SPAN("a worker"), r);
	return r >= 0;
}

/* As many as are missing, as far as the kernel lets us. */
static void start_workers(struct master *m)
{
	u64 wanted = m->options->workers;

	if (m->ending || m->workers >= wanted ||
	    m->start_at > read_clock(CLOCK_MONOTONIC))
		return;
	while (m->workers < wanted && start_worker(m))
		;
	if (m->workers < wanted)
		m->start_at = read_clock(CLOCK_MONOTONIC) + RESTART_PAUSE;
}

static void signal_child(const struct child *c, int signal)
{
	long r = sys_kill(c->pid, signal);

	/* A child that ended can still be signalled until it is reaped. */
	if (r < 0)
		serve_say_failure("kill", SPAN("a worker"), r);
}

static void signal_children(struct master *m, int signal)
{
	for (u32 i = 0; i < CHILDREN_MAX; i++)
		if (m->child[i].pid)
			signal_child(&m->child[i], signal);
}

static void end(struct master *m)
{
	if (m->ending)
		return;
	m->ending = true;
	m->kill_at = read_clock(CLOCK_MONOTONIC) +
		     (s64)m->options->grace * 1000 + KILL_AFTER;
	serve_listeners_close(m->options, m->listeners);
	signal_children(m, SIGTERM);
}

/* A new worker, then the old one may finish. Return: whether there is one. */
static bool replace_worker(struct master *m, struct child *old)
{
	if (!start_worker(m))
		return false;
	old->retiring = true;
	m->workers--;
	signal_child(old, SIGTERM);
	return true;
}

/* One by one. A worker that cannot be replaced goes on with the old root. */
static void replace_workers(struct master *m)
{
	m->generation++;
	for (u32 i = 0; i < CHILDREN_MAX; i++) {
		struct child *old = &m->child[i];

		if (!old->pid || old->retiring ||
		    old->generation == m->generation)
			continue;
		if (!replace_worker(m, old)) {
			serve_say("reload: not every worker has the new root");
			return;
		}
	}
	serve_say("reload: new workers have the new root");
}

/* The root that is there now takes the place of the one that was opened. */
static long renew_root(struct master *m)
{
	struct site_root fresh;
	long r = serve_root_open(&fresh, m->options);

	if (r < 0)
		return r;
	sys_close(m->root.fd);
	m->root = fresh;
	serve_rules_read(m->rules, &m->root, NULL);
	return 0;
}

static void reload(struct master *m)
{
	if (m->ending)
		return;
	if (m->bundle)
		serve_say("reload: a bundle has nothing to reload");
	else if (renew_root(m) < 0)
		serve_say("reload: the old root stays");
	else
		replace_workers(m);
}

/* @status as wait4 gives it: a signal in the low bits, an exit code above. */
static void say_death(int pid, int status)
{
	int signal = status & 0x7f;

	serve_line_begin("worker");
	serve_line_put_count(" ", (u64)pid);
	serve_line_put_count(signal ? " was killed by signal "
				    : " ended with status ",
			     (u64)(signal ? signal : status >> 8));
	if (signal == SIGSYS)
		serve_line_put(": the sandbox forbade a system call");
	serve_line_end();
}

static void bury(struct master *m, struct child *c, int status)
{
	s64 lived = read_clock(CLOCK_MONOTONIC) - c->started;
	bool failed = (status & 0x7f) == 0 && status >> 8 != 0;
	bool restart = !c->retiring && !m->ending;

	m->children--;
	if (!c->retiring)
		m->workers--;
	m->metrics->restarts += restart;
	m->metrics->slot[c - m->child].active = 0;
	m->metrics->slot[c - m->child].accepting = false;
	/* Going by itself is not what a worker does before it is told to. */
	if (status || restart)
		say_death(c->pid, status);
	c->pid = 0;
	c->retiring = false;
	/* It said why. If it is the first, another would fail as well. */
	if (failed && c->started - m->begun < FIRST_START) {
		m->status = 1;
		end(m);
	}
	if (restart && (failed || lived < SHORT_LIFE))
		m->start_at = read_clock(CLOCK_MONOTONIC) + RESTART_PAUSE;
}

static void reap(struct master *m)
{
	int status;
	long pid;

	while ((pid = sys_wait4(-1, &status, WNOHANG)) > 0) {
		struct child *c = find_child(m, (int)pid);

		/* PID 1 inherits the orphans of others. */
		if (c)
			bury(m, c, status);
	}
}

static void handle_signals(struct master *m)
{
	struct signalfd_siginfo info;

	while (sys_read(m->signals, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			reap(m);
			break;
		case SIGHUP:
			reload(m);
			break;
		case SIGINT:
			if (m->ending)
				m->kill_at = 0;
			end(m);
			break;
		default:
			end(m);
			break;
		}
	}
}

/* Sleep until a signal, or until there is something to do without one. */
static long sleep(struct master *m)
{
	struct pollfd poll = { .fd = m->signals, .events = POLLIN };
	bool missing = !m->ending && m->workers < m->options->workers;
	s64 ms = (m->ending ? m->kill_at : m->start_at) -
		 read_clock(CLOCK_MONOTONIC);

	if (ms < 1)
		ms = 1;
	struct kernel_timespec timeout = { ms / 1000, ms % 1000 * 1000000 };
	long r = sys_ppoll(&poll, 1, m->ending || missing ? &timeout : NULL);

	return r == -EINTR ? 0 : r;
}

/* What was found and what replaces the rest, then where it listens. */
static void say_start(const struct master *m)
{
	const struct serve_options *o = m->options;
	struct buf *line = serve_line_begin("start: " SCRATCHD_VERSION);

	serve_line_put_count(", ", o->workers);
	serve_line_put(o->workers == 1 ? " worker" : " workers, each");
	serve_line_put_count(" with ", o->max_connections);
	serve_line_put_count(" connections in at most ",
			     (serve_memory_size(o) >> 20) + 1);
	serve_line_put(" MiB; ");
	if (m->bundle) {
		serve_line_put_count("a bundle of ", m->bundle->count);
		serve_line_put(" files");
	} else if (m->root.openat2) {
		serve_line_put("no openat2: ");
		errno_describe(line, m->root.openat2);
		serve_line_put(", paths are walked by hand");
	} else {
		serve_line_put("openat2");
	}
	serve_line_put("; ");
	serve_sandbox_put(&m->sandbox);
	serve_line_end();
	serve_listeners_say(o);
}

static int prepare(struct master *m)
{
	struct serve_options *o = m->options;
	const char *call;
	int status = serve_limits_fit(o);

	serve_sink_prepare();
	if (!status)
		status = serve_origin_open(o, &m->root, &m->bundle);
	if (status)
		return status;
	if (!o->workers)
		o->workers = serve_cpus_count();
	serve_limits_fit_memory(o);
	m->rules = serve_rules_map();
	if (!m->rules)
		return 1;
	if (serve_listeners_open(o, m->listeners) < 0)
		return 1;
	/* --user must be able to open it, or SIGHUP will fail. */
	if (serve_sandbox_drop(o) < 0 || (!m->bundle && renew_root(m) < 0)) {
		serve_listeners_close(o, m->listeners);
		return 1;
	}
	if (m->bundle)
		serve_rules_read(m->rules, &m->root, m->bundle);
	long r = open_signals(m, &call);

	if (r < 0) {
		serve_say_failure(call, SPAN(""), r);
		return 1;
	}
	r = serve_metrics_open(&m->metrics, CHILDREN_MAX);
	if (r < 0) {
		serve_say_failure("mmap", SPAN("metrics"), r);
		return 1;
	}
	m->metrics->started = (u64)read_clock(CLOCK_REALTIME) / 1000;
	m->pid = (int)sys_getpid();
	return serve_sandbox_enter(&m->sandbox, o) ? 0 : 1;
}

int serve_master_run(struct serve_options *o)
{
	struct master *m = mem_at(&master);
	long r = 0;

	m->options = o;
	int status = prepare(m);

	if (status)
		return status;
	say_start(m);
	serve_say_without_waiting();
	m->begun = read_clock(CLOCK_MONOTONIC);
	start_workers(m);
	while (r >= 0 && (!m->ending || m->children)) {
		r = sleep(m);
		handle_signals(m);
		start_workers(m);
		if (m->ending && m->kill_at <= read_clock(CLOCK_MONOTONIC))
			signal_children(m, SIGKILL);
	}
	if (r >= 0)
		return m->status;
	serve_say_failure("ppoll", SPAN(""), r);
	return 1;
}
