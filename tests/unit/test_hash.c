/* SPDX-License-Identifier: MIT */
/*
 * base/hash.h against another implementation: the values without seed were
 * computed with Debian's xxhsum 0.8.1 (xxhsum -H1), those with a seed with
 * libxxhash 0.8.1. Unless a text is given, the input is made by fill().
 */
#include "base/hash.h"
#include "tap.h"

static char input[65536];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (char)(i * 7 + 3);
}

static const struct {
	size_t len;
	u64 hash;
} vectors[] = {
	{ 0, 0xef46db3751d8e999ULL },	  { 1, 0x1f25c8d0bc1f4bb6ULL },
	{ 4, 0x9bb64b7d66ee9fdaULL },	  { 5, 0xc7608efddb7051feULL },
	{ 7, 0x9a7b149959ce60d8ULL },	  { 8, 0xdab99d95c6f90092ULL },
	{ 9, 0x170bb6bf975b4c02ULL },	  { 12, 0xd52e407833af5133ULL },
	{ 31, 0xa2aa5f33cc4a6119ULL },	  { 32, 0x23c3c17ef790fd97ULL },
	{ 33, 0x50a7cfc7ba588784ULL },	  { 63, 0x5e3e54b431c7493cULL },
	{ 64, 0x0eb64b3ef6eeb01fULL },	  { 65, 0xa383b724b2bd12f1ULL },
	{ 100, 0xa61f8d4c170fe531ULL },	  { 1000, 0x5f235fa033f1a3fbULL },
	{ 65536, 0x2c8c45ae2313f2eeULL },
};

static void test_lengths(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct span s =
			tap_guarded((struct span){ input, vectors[i].len });

		tap_note("length", (long long)s.len);
		CHECK_EQ(hash_xxh64(s, 0), vectors[i].hash);
		tap_unguard(s);
	}
}

static void test_texts(void)
{
	CHECK_EQ(hash_xxh64(SPAN(""), 0), 0xef46db3751d8e999ULL);
	CHECK_EQ(hash_xxh64(SPAN("a"), 0), 0xd24ec4f1a98c6e5bULL);
	CHECK_EQ(hash_xxh64(SPAN("abc"), 0), 0x44bc2cf5ad770999ULL);
}

static void test_seed(void)
{
	static const struct {
		size_t len;
		u64 hash;
	} seeded[] = {
		{ 0, 0xac75fda2929b17efULL },	 { 1, 0x79cf94f5ace37fe1ULL },
		{ 31, 0x381822f33376d6b6ULL },	 { 32, 0x9abd315470ac276aULL },
		{ 33, 0x72cdd3262f467933ULL },	 { 100, 0x86f549ede5ac87e2ULL },
		{ 1000, 0x83080310ee83cc20ULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(seeded); i++) {
		tap_note("length", (long long)seeded[i].len);
		CHECK_EQ(hash_xxh64((struct span){ input, seeded[i].len },
				    2654435761ULL),
			 seeded[i].hash);
	}
}

/* The value is the bytes' alone: no matter where they lie. */
static void test_alignments(void)
{
	static char memory[200];

	for (size_t shift = 0; shift < 16; shift++) {
		for (size_t i = 0; i < 100; i++)
			memory[shift + i] = input[i];
		CHECK_EQ(hash_xxh64((struct span){ memory + shift, 100 }, 0),
			 0xa61f8d4c170fe531ULL);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	fill();
	RUN(test_lengths);
	RUN(test_texts);
	RUN(test_seed);
	RUN(test_alignments);
	return tap_end();
}
