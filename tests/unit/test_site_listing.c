/* SPDX-License-Identifier: MIT */
/* site/listing.h: what a query asks for, sizes for people. */
#include "tap.h"
#include "site/listing.h"

static const struct {
	const char *query;
	enum site_key key;
	bool descending;
} queries[] = {
	{ "", SITE_BY_NAME, false },
	{ "?", SITE_BY_NAME, false },
	{ "?sort=name", SITE_BY_NAME, false },
	{ "?sort=-name", SITE_BY_NAME, true },
	{ "?sort=size", SITE_BY_SIZE, false },
	{ "?sort=-size", SITE_BY_SIZE, true },
	{ "?sort=time", SITE_BY_TIME, false },
	{ "?sort=-time", SITE_BY_TIME, true },
	{ "?sort=-time&utm=1", SITE_BY_TIME, true },
	{ "?sort=size&sort=time", SITE_BY_SIZE, false },
	{ "?sort=", SITE_BY_NAME, false },
	{ "?sort=-", SITE_BY_NAME, false },
	{ "?sort=--size", SITE_BY_NAME, false },
	{ "?sort=s", SITE_BY_NAME, false },
	{ "?sort=sizes", SITE_BY_NAME, false },
	{ "?sort=SIZE", SITE_BY_NAME, false },
	{ "?sort=%73ize", SITE_BY_NAME, false },
	{ "?size", SITE_BY_NAME, false },
	{ "?sort", SITE_BY_NAME, false },
	{ "?&&&", SITE_BY_NAME, false },
	{ "?sort=\"><script>", SITE_BY_NAME, false },
};

static void test_queries(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(queries); i++) {
		struct span s = tap_guarded(span_from_string(queries[i].query));
		struct site_order order = site_listing_order(s);

		tap_unguard(s);
		tap_note("row", i);
		CHECK_EQ(order.key, queries[i].key);
		CHECK_EQ(order.descending, queries[i].descending);
	}
	tap_note(NULL, 0);
}

static const struct {
	u64 size;
	const char *text;
} sizes[] = {
	{ 0, "0 B" },
	{ 1, "1 B" },
	{ 1023, "1023 B" },
	{ 1024, "1.0 KiB" },
	{ 1126, "1.0 KiB" },
	{ 1127, "1.1 KiB" },
	{ 1536, "1.5 KiB" },
	{ 10239, "9.9 KiB" },
	{ 1048575, "1023.9 KiB" },
	{ 1048576, "1.0 MiB" },
	{ 5000000, "4.7 MiB" },
	{ 1ULL << 30, "1.0 GiB" },
	{ 3ULL << 39, "1.5 TiB" },
	{ 1ULL << 50, "1.0 PiB" },
	{ 1ULL << 60, "1.0 EiB" },
	{ ~0ULL, "15.9 EiB" },
};

static void test_sizes(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		char text[32];
		struct buf out = BUF(text);

		site_listing_put_size(&out, sizes[i].size);
		tap_note("row", i);
		CHECK(span_equal(buf_span(&out),
				 span_from_string(sizes[i].text)));
	}
	tap_note(NULL, 0);
}

/* A file takes whole pages of memory, and an empty one counts too. */
static void test_weights(void)
{
	CHECK_EQ(site_listing_weight(0), 65536);
	CHECK_EQ(site_listing_weight(4097), 65536);
	CHECK_EQ(site_listing_weight(65535), 65536);
	CHECK(site_listing_weight(65536) >= 65536);
	CHECK_EQ(site_listing_weight(1 << 20), (1 << 20) + 65536);
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_queries);
	RUN(test_sizes);
	RUN(test_weights);
	return tap_end();
}
