/* SPDX-License-Identifier: MIT */
/* net/pool.h: no object twice, none beside the memory, the warm one first. */
#include "tap.h"
#include "base/mem.h"
#include "net/pool.h"

#define SIZE 48
#define COUNT 20

static char memory[SIZE * COUNT] __attribute__((aligned(16)));

static void test_all_objects(void)
{
	struct span area = tap_guarded((struct span){ memory, sizeof(memory) });
	char *start = (char *)area.ptr;
	bool seen[COUNT] = { false };
	struct net_pool pool;

	net_pool_init(&pool, start, SIZE, COUNT);
	CHECK_EQ(pool.used, 0);
	for (unsigned i = 0; i < COUNT; i++) {
		char *object = net_pool_take(&pool);

		tap_note("object", i);
		if (!CHECK(object))
			return;
		size_t offset = (size_t)(object - start);

		CHECK_EQ(offset % SIZE, 0);
		if (!CHECK(offset / SIZE < COUNT))
			return;
		CHECK(!seen[offset / SIZE]);
		seen[offset / SIZE] = true;
		CHECK_EQ(pool.used, i + 1);
		/* Whoever has it may write all of it. */
		memset(object, 0xa5, SIZE);
	}
	CHECK(!net_pool_take(&pool));
	CHECK(!net_pool_take(&pool));
	CHECK_EQ(pool.used, COUNT);
	tap_unguard(area);
}

/* The last one given back comes first; others are not touched before. */
static void test_warm_first(void)
{
	struct net_pool pool;

	net_pool_init(&pool, memory, SIZE, COUNT);
	char *a = net_pool_take(&pool);
	char *b = net_pool_take(&pool);
	char *c = net_pool_take(&pool);

	CHECK(a && b && c);
	net_pool_give(&pool, b);
	net_pool_give(&pool, a);
	CHECK_EQ(pool.used, 1);
	CHECK(net_pool_take(&pool) == a);
	CHECK(net_pool_take(&pool) == b);
	CHECK_EQ(pool.touched, 3);
	net_pool_give(&pool, c);
	CHECK(net_pool_take(&pool) == c);
	CHECK_EQ(pool.touched, 3);
	CHECK_EQ(pool.used, 3);
}

/* Memory of what was never taken stays as it was. */
static void test_untouched(void)
{
	struct net_pool pool;

	memset(memory, 0, sizeof(memory));
	net_pool_init(&pool, memory, SIZE, COUNT);
	for (unsigned i = 0; i < 100; i++) {
		char *object = net_pool_take(&pool);

		CHECK(object == memory);
		memset(object, 0xff, SIZE);
		net_pool_give(&pool, object);
	}
	for (size_t i = SIZE; i < sizeof(memory); i++)
		CHECK_EQ(memory[i], 0);
}

/* A linear congruential generator (Knuth's MMIX); the same run each time. */
static unsigned random_below(u64 *state, unsigned n)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(*state >> 33) % n;
}

/* Taking and giving in any order: every object keeps its owner's bytes. */
static void test_long_run(void)
{
	struct net_pool pool;
	char *taken[COUNT];
	char mark[COUNT];
	unsigned count = 0;
	u64 state = 1;

	net_pool_init(&pool, memory, SIZE, COUNT);
	for (unsigned turn = 0; turn < 20000; turn++) {
		tap_note("turn", turn);
		if (random_below(&state, 2)) {
			char *object = net_pool_take(&pool);

			CHECK_EQ(!object, count == COUNT);
			if (!object)
				continue;
			mark[count] = (char)turn;
			memset(object, mark[count], SIZE);
			taken[count++] = object;
		} else if (count) {
			unsigned i = random_below(&state, count);

			for (unsigned j = 0; j < SIZE; j++)
				CHECK_EQ(taken[i][j], mark[i]);
			net_pool_give(&pool, taken[i]);
			count--;
			taken[i] = taken[count];
			mark[i] = mark[count];
		}
		CHECK_EQ(pool.used, count);
	}
}

static int odd_size(void *unused)
{
	struct net_pool pool;

	(void)unused;
	net_pool_init(&pool, memory, 24, 1);
	return 0;
}

static int give_too_often(void *unused)
{
	struct net_pool pool;

	(void)unused;
	net_pool_init(&pool, memory, SIZE, COUNT);
	net_pool_give(&pool, memory);
	return 0;
}

static void test_misuse_dies(void)
{
	CHECK(tap_traps(odd_size, NULL));
	CHECK(tap_traps(give_too_often, NULL));
}

static void test_no_objects(void)
{
	struct net_pool pool;

	net_pool_init(&pool, memory, SIZE, 0);
	CHECK(!net_pool_take(&pool));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_all_objects);
	RUN(test_warm_first);
	RUN(test_untouched);
	RUN(test_long_run);
	RUN(test_misuse_dies);
	RUN(test_no_objects);
	return tap_end();
}
