/* SPDX-License-Identifier: MIT */
/*
 * site/entries.h: sorting. Each result is checked pair by pair against an
 * order that is written down a second time here.
 */
#include "tap.h"
#include "base/buf.h"
#include "site/entries.h"

static struct site_entries entries;
static u64 state;

/* The steps of a small generator, the same at each run. */
static u64 draw(u64 below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

static void start(void)
{
	entries.count = 0;
	entries.names_length = 0;
}

static void add(struct span name, bool is_directory, u64 size, s64 time)
{
	struct buf names = { entries.names, entries.names_length,
			     sizeof(entries.names), false };

	entries.at[entries.count++] = (struct site_entry){
		.size = size,
		.time = time,
		.name = entries.names_length,
		.name_length = (u8)name.len,
		.is_directory = is_directory,
	};
	buf_put(&names, name);
	CHECK(!names.full);
	entries.names_length = (u32)names.len;
}

static const struct site_entry *sorted(u32 i)
{
	return &entries.at[entries.sorted[i]];
}

/* "-1", "0" or "1", byte by byte. */
static int compare_bytes(struct span a, struct span b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++)
		if (a.ptr[i] != b.ptr[i])
			return (u8)a.ptr[i] < (u8)b.ptr[i] ? -1 : 1;
	return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

static int compare(const struct site_entry *a, const struct site_entry *b,
		   struct site_order order)
{
	int names = compare_bytes(site_entries_name(&entries, a),
				  site_entries_name(&entries, b));
	int r = 0;

	if (a->is_directory != b->is_directory)
		return a->is_directory ? -1 : 1;
	if (order.key == SITE_BY_NAME)
		r = names;
	if (order.key == SITE_BY_SIZE && a->size != b->size)
		r = a->size < b->size ? -1 : 1;
	if (order.key == SITE_BY_TIME && a->time != b->time)
		r = a->time < b->time ? -1 : 1;
	if (order.descending)
		r = -r;
	return r ? r : names;
}

/* In every order; each entry is there once, and none before its time. */
static void check_orders(void)
{
	for (unsigned i = 0; i < 2 * SITE_KEYS; i++) {
		struct site_order order = { (enum site_key)(i / 2), i % 2 };
		u64 sum = 0;
		u32 wrong = 0;

		site_entries_sort(&entries, order);
		for (u32 n = 0; n < entries.count; n++)
			sum += entries.sorted[n];
		for (u32 n = 1; n < entries.count; n++)
			wrong += compare(sorted(n - 1), sorted(n), order) >= 0;
		tap_note("order", i);
		CHECK_EQ(wrong, 0);
		CHECK_EQ(sum, (u64)entries.count * (entries.count - 1) / 2);
	}
	tap_note(NULL, 0);
}

static void fill_randomly(u32 count, u64 range)
{
	start();
	for (u32 i = 0; i < count; i++) {
		char text[40];
		struct buf name = BUF(text);

		/* The number makes it one of its kind. */
		for (u64 n = draw(4); n; n--)
			buf_put_char(&name, (char)(1 + draw(255)));
		buf_put_u64(&name, i, 1);
		bool is_directory = !draw(3);

		add(buf_span(&name), is_directory,
		    is_directory ? 0 : draw(range), (s64)draw(range) - 50);
	}
}

static void test_random(void)
{
	for (u32 count = 0; count < 70; count++) {
		fill_randomly(count, 1 + count % 9 * 20);
		check_orders();
	}
	fill_randomly(1000, 100);
	check_orders();
}

/* As many as there can be: already in order, backwards, and all alike. */
static void test_full(void)
{
	for (unsigned way = 0; way < 3; way++) {
		start();
		for (u32 i = 0; i < SITE_ENTRIES_MAX; i++) {
			char text[16];
			struct buf name = BUF(text);
			u32 n = way == 1 ? SITE_ENTRIES_MAX - i : i;

			buf_put_u64(&name, n, 5);
			add(buf_span(&name), false, way == 2 ? 7 : n, n);
		}
		check_orders();
	}
}

static void check_names(struct site_order order, struct span names)
{
	char text[256];
	struct buf got = BUF(text);

	site_entries_sort(&entries, order);
	for (u32 i = 0; i < entries.count; i++) {
		buf_put(&got, site_entries_name(&entries, sorted(i)));
		buf_put_char(&got, ' ');
	}
	CHECK(span_equal(buf_span(&got), names));
}

/* The same by hand. */
static void test_example(void)
{
	start();
	add(SPAN("b"), false, 5, 30);
	add(SPAN("zdir"), true, 0, 10);
	add(SPAN("a"), false, 9, 20);
	add(SPAN("ab"), false, 5, -1);
	add(SPAN("\xc3\xa9"), false, 1ULL << 63, 30);
	add(SPAN("B"), false, 0, 1LL << 40);
	add(SPAN("adir"), true, 0, 20);
	check_names((struct site_order){ SITE_BY_NAME, false },
		    SPAN("adir zdir B a ab b \xc3\xa9 "));
	check_names((struct site_order){ SITE_BY_NAME, true },
		    SPAN("zdir adir \xc3\xa9 b ab a B "));
	check_names((struct site_order){ SITE_BY_SIZE, false },
		    SPAN("adir zdir B ab b a \xc3\xa9 "));
	check_names((struct site_order){ SITE_BY_SIZE, true },
		    SPAN("adir zdir \xc3\xa9 a ab b B "));
	check_names((struct site_order){ SITE_BY_TIME, false },
		    SPAN("zdir adir ab a b \xc3\xa9 B "));
	check_names((struct site_order){ SITE_BY_TIME, true },
		    SPAN("adir zdir B b \xc3\xa9 a ab "));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_example);
	RUN(test_random);
	RUN(test_full);
	return tap_end();
}
