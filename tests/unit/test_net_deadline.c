/* SPDX-License-Identifier: MIT */
/*
 * net/deadline.h: what passes first, from every state, and a long random run
 * against a model that looks at all of them.
 */
#include "tap.h"
#include "net/deadline.h"

static void test_empty(void)
{
	struct net_deadlines class;

	net_deadlines_init(&class, 100);
	CHECK(!net_deadlines_first(&class));
}

static void test_order(void)
{
	struct net_deadlines class;
	struct net_deadline d[3] = { 0 };

	net_deadlines_init(&class, 100);
	for (int i = 0; i < 3; i++) {
		net_deadline_set(&class, &d[i], 1000 + i);
		CHECK_EQ(d[i].at, 1100 + i);
		CHECK(net_deadlines_first(&class) == &d[0]);
	}
	net_deadline_clear(&d[0]);
	CHECK(net_deadlines_first(&class) == &d[1]);
	/* Set again it is the last. */
	net_deadline_set(&class, &d[1], 1003);
	CHECK_EQ(d[1].at, 1103);
	CHECK(net_deadlines_first(&class) == &d[2]);
	net_deadline_clear(&d[2]);
	CHECK(net_deadlines_first(&class) == &d[1]);
	net_deadline_clear(&d[1]);
	CHECK(!net_deadlines_first(&class));
}

static void test_clear_of_one_that_is_not_set(void)
{
	struct net_deadlines class;
	struct net_deadline a = { 0 };
	struct net_deadline b = { 0 };

	net_deadlines_init(&class, 1);
	net_deadline_clear(&a);
	net_deadline_set(&class, &b, 0);
	net_deadline_clear(&a);
	CHECK(net_deadlines_first(&class) == &b);
	net_deadline_clear(&b);
	net_deadline_clear(&b);
	CHECK(!net_deadlines_first(&class));
}

/* The only one, set again and again. */
static void test_set_again(void)
{
	struct net_deadlines class;
	struct net_deadline d = { 0 };

	net_deadlines_init(&class, 50);
	for (s64 now = 0; now < 5; now++) {
		net_deadline_set(&class, &d, now);
		CHECK(net_deadlines_first(&class) == &d);
		CHECK_EQ(d.at, now + 50);
	}
	net_deadline_clear(&d);
	CHECK(!net_deadlines_first(&class));
}

static void test_change_of_class(void)
{
	struct net_deadlines head;
	struct net_deadlines body;
	struct net_deadline a = { 0 };
	struct net_deadline b = { 0 };

	net_deadlines_init(&head, 10);
	net_deadlines_init(&body, 0);
	net_deadline_set(&head, &a, 5);
	net_deadline_set(&head, &b, 5);
	net_deadline_set(&body, &a, 6);
	CHECK(net_deadlines_first(&head) == &b);
	CHECK(net_deadlines_first(&body) == &a);
	CHECK_EQ(a.at, 6);
	CHECK_EQ(b.at, 15);
	net_deadline_set(&body, &b, 6);
	CHECK(!net_deadlines_first(&head));
	CHECK(net_deadlines_first(&body) == &a);
}

#define CLASSES 3
#define DEADLINES 12

/* Which class each is in (-1: none), when it was set, and as the how manieth.
 */
struct model {
	int class[DEADLINES];
	s64 at[DEADLINES];
	unsigned turn[DEADLINES];
};

static int model_first(const struct model *m, int class)
{
	int first = -1;

	for (int i = 0; i < DEADLINES; i++)
		if (m->class[i] == class &&
		    (first < 0 || m->turn[i] < m->turn[first]))
			first = i;
	return first;
}

/* A linear congruential generator (Knuth's MMIX); the same run each time. */
static unsigned random_below(u64 *state, unsigned n)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(*state >> 33) % n;
}

static void test_long_run(void)
{
	struct net_deadlines classes[CLASSES];
	struct net_deadline d[DEADLINES] = { 0 };
	struct model m;
	u64 state = 1;

	for (int i = 0; i < CLASSES; i++)
		net_deadlines_init(&classes[i], i * 7);
	for (int i = 0; i < DEADLINES; i++)
		m.class[i] = -1;
	for (unsigned turn = 0; turn < 20000; turn++) {
		unsigned i = random_below(&state, DEADLINES);
		int class = (int)random_below(&state, CLASSES + 1) - 1;

		tap_note("turn", turn);
		if (class < 0)
			net_deadline_clear(&d[i]);
		else
			net_deadline_set(&classes[class], &d[i], turn);
		m.class[i] = class;
		m.at[i] = (s64)turn + class * 7;
		m.turn[i] = turn;
		for (int c = 0; c < CLASSES; c++) {
			int want = model_first(&m, c);
			struct net_deadline *first =
				net_deadlines_first(&classes[c]);

			CHECK(first == (want < 0 ? NULL : &d[want]));
			if (first && want >= 0)
				CHECK_EQ(first->at, m.at[want]);
		}
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_empty);
	RUN(test_order);
	RUN(test_clear_of_one_that_is_not_set);
	RUN(test_set_again);
	RUN(test_change_of_class);
	RUN(test_long_run);
	return tap_end();
}
