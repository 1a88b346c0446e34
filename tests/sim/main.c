/* SPDX-License-Identifier: MIT */
/*
 * Which histories there are:
 *
 *	sim                      as many as the test has time for: of chance,
 *	                         with every call failing, with a signal at each
 *	sim COUNT FIRST          so many of chance, from a seed on
 *	sim SEED                 one of them, with each of its calls
 *	sim SEED CALL N          that call fails, in the N-th way that it can
 *	sim SEED CALL SIGNAL N   that signal comes before that call
 *
 * A child process runs them, one after the other; if it dies it is known in
 * which, and another goes on behind that. Between two histories the program's
 * variables are what they were before the first.
 */
#include "../unit/tap.h"
#include "base/mem.h"
#include "kernel/sys.h"
#include "sim.h"
#include "site/rules.h"

#define HISTORIES 36000
#define FAILURES_MAX 5
#define ARENA (48 << 20)

extern char data_start[] __attribute__((visibility("hidden")));
extern char data_end[] __attribute__((visibility("hidden")));

/* What the child leaves behind. */
struct progress {
	u64 seed;
	u64 last;
	u64 call;
	u32 choice;
	u32 signal; /* comes at that call, which then does not fail; or 0 */
	u64 histories;
	u64 calls;
	u64 faults;
};

static struct progress *progress;
static struct site_rules *rules;
static char *memory; /* of the worker */
static char *variables;
static bool traces;

static void *map(size_t size, int flags)
{
	long r = sim_real_syscall6(0, (long)size, PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0,
				   NR_mmap);

	BUG_ON(r < 0 && r > -4096);
	return (void *)r;
}

static void print(struct span s)
{
	BUG_ON(sim_real_syscall6(1, (long)s.ptr, (long)s.len, 0, 0, 0,
				 NR_write) < 0);
}

static void put_number(struct buf *out, const char *before, long value)
{
	buf_puts(out, before);
	if (value < 0)
		buf_put_char(out, '-');
	buf_put_u64(out, value < 0 ? -(u64)value : (u64)value, 1);
}

void sim_trace(const char *what, long a, long b, long c)
{
	char text[256];
	struct buf out = BUF(text);

	if (!sim->traces)
		return;
	put_number(&out, "# ", (long)sim->calls);
	put_number(&out, " at ", (long)sim->now);
	buf_puts(&out, " ");
	buf_puts(&out, what);
	put_number(&out, " ", a);
	put_number(&out, ", ", b);
	put_number(&out, " = ", c);
	buf_puts(&out, "\n");
	print(buf_span(&out));
}

void sim_fail(const char *what, u64 value)
{
	char text[256];
	struct buf out = BUF(text);

	buf_puts(&out, "# ");
	buf_puts(&out, what);
	put_number(&out, ": ", (long)value);
	put_number(&out, ", at call ", (long)sim->calls);
	buf_puts(&out, "\n");
	print(buf_span(&out));
	sim_real_syscall6(1, 0, 0, 0, 0, 0, NR_exit_group);
	__builtin_unreachable();
}

/* All that a history has touched is as it was before. */
static void start_anew(void)
{
	memcpy(data_start, variables, (size_t)(data_end - data_start));
	if (sim->mapped)
		memset(memory + ARENA - sim->mapped, 0, sim->mapped);
	memset(sim, 0, offsetof(struct sim, client));
	sim->traces = traces;
}

static void run_one(void)
{
	start_anew();
	sim->seed = progress->seed;
	sim->signal = progress->signal;
	if (sim->signal)
		sim->signal_call = progress->call;
	else
		sim->fault_call = progress->call;
	sim->fault_choice = progress->choice;
	sim_history(rules);
	progress->histories++;
	progress->calls += sim->calls;
	progress->faults += sim->faults;
}

static int run_seeds(void *unused)
{
	(void)unused;
	for (; progress->seed < progress->last; progress->seed++)
		run_one();
	return 0;
}

/* Return: whether the history has the call, and the call that way to fail. */
static bool run_next_choice(void)
{
	run_one();
	progress->choice++;
	return !sim->fault_none && sim->calls >= progress->call;
}

/* Each call of a history in turn, in each way that it can fail. */
static int run_calls(void *unused)
{
	(void)unused;
	while (progress->seed < progress->last) {
		while (run_next_choice())
			;
		bool more = sim->calls >= progress->call;

		progress->choice = 0;
		progress->call = more ? progress->call + 1 : 1;
		progress->seed += !more;
	}
	return 0;
}

/* A signal at each call of a history in turn. */
static int run_signals(void *unused)
{
	(void)unused;
	while (progress->seed < progress->last) {
		run_one();
		bool more = sim->calls >= progress->call;

		progress->call = more ? progress->call + 1 : 1;
		progress->seed += !more;
	}
	return 0;
}

static void say_failure(int status)
{
	char text[256];
	struct buf out = BUF(text);

	put_number(&out, "# a worker's history fails, status ", status);
	put_number(&out, ": make sim SEED=\"", (long)progress->seed);
	if (progress->call)
		put_number(&out, " ", (long)progress->call);
	if (progress->signal)
		put_number(&out, " SIGNAL ", (long)progress->signal);
	else if (progress->call)
		put_number(&out, " ", (long)progress->choice);
	buf_puts(&out, "\"\n");
	print(buf_span(&out));
}

static void say_figures(void)
{
	char text[256];
	struct buf out = BUF(text);

	put_number(&out, "# ", (long)progress->histories);
	put_number(&out, " histories, ", (long)progress->calls);
	put_number(&out, " calls, ", (long)progress->faults);
	buf_puts(&out, " faults\n");
	print(buf_span(&out));
}

/* Go on behind what failed. */
static void run_all(int (*run)(void *unused), bool by_call)
{
	unsigned failures = 0;
	int status;

	while ((status = tap_child(run, NULL)) && failures++ < FAILURES_MAX) {
		say_failure(status);
		if (progress->signal)
			progress->call++;
		else if (by_call)
			progress->choice++;
		else
			progress->seed++;
	}
	CHECK_EQ(failures, 0);
	say_figures();
}

static void test_histories_of_chance(void)
{
	if (!progress->last) {
		progress->seed = 1;
		progress->last = 1 + HISTORIES;
	}
	run_all(run_seeds, false);
}

static void test_every_call_fails(void)
{
	*progress = (struct progress){ .seed = 1, .last = 7, .call = 1 };
	run_all(run_calls, true);
}

static void test_signals_at_every_call(void)
{
	static const u32 signals[] = { SIGTERM, SIGHUP };

	for (u32 i = 0; i < ARRAY_SIZE(signals); i++) {
		*progress = (struct progress){
			.seed = 1, .last = 7, .call = 1, .signal = signals[i]
		};
		run_all(run_signals, true);
	}
}

static u64 parse(const char *text)
{
	u64 value = 0;

	BUG_ON(!span_parse_u64(span_from_string(text), &value));
	return value;
}

static void prepare(void)
{
	char *bytes = map(SIM_BYTES, MAP_PRIVATE);
	u64 state = 1;

	for (size_t i = 0; i < SIM_BYTES; i++)
		bytes[i] = (char)sim_random(&state, 256);
	sim_bytes = bytes;
	progress = map(sizeof(*progress), MAP_SHARED);
	rules = map(SITE_RULES_FILES * sizeof(*rules), MAP_PRIVATE);
	memory = map(ARENA, MAP_PRIVATE);
	sim_set_memory(memory, ARENA);
	sim = map(sizeof(*sim), MAP_PRIVATE);
	variables = map((size_t)(data_end - data_start), MAP_PRIVATE);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)envp;
	prepare();
	traces = argc == 2 || argc >= 4;
	if (argc == 3)
		*progress = (struct progress){ .seed = parse(argv[2]) };
	if (argc == 3)
		progress->last = progress->seed + parse(argv[1]);
	memcpy(variables, data_start, (size_t)(data_end - data_start));
	if (traces) {
		progress->seed = parse(argv[1]);
		progress->call = argc >= 4 ? parse(argv[2]) : 0;
		progress->choice = argc == 4 ? (u32)parse(argv[3]) : 0;
		progress->signal = argc == 5 ? (u32)parse(argv[4]) : 0;
		run_one();
		return 0;
	}
	RUN(test_histories_of_chance);
	if (argc == 1)
		RUN(test_every_call_fails);
	if (argc == 1)
		RUN(test_signals_at_every_call);
	return tap_end();
}
