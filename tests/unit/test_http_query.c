/* SPDX-License-Identifier: MIT */
/* http/query.h: pairs as browsers write them, and as nobody should. */
#include "tap.h"
#include "http/query.h"

#define TEXT(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static const struct {
	struct span query;
	struct span name;
	bool found;
	struct span value;
} pairs[] = {
	{ TEXT(""), TEXT("a"), false, TEXT("") },
	{ TEXT("a=1"), TEXT("a"), true, TEXT("1") },
	{ TEXT("a=1&b=2"), TEXT("b"), true, TEXT("2") },
	{ TEXT("a=1&a=2"), TEXT("a"), true, TEXT("1") },
	{ TEXT("a"), TEXT("a"), true, TEXT("") },
	{ TEXT("a="), TEXT("a"), true, TEXT("") },
	{ TEXT("a&b=2"), TEXT("b"), true, TEXT("2") },
	{ TEXT("a=b=c"), TEXT("a"), true, TEXT("b=c") },
	{ TEXT("&&a=1&&"), TEXT("a"), true, TEXT("1") },
	{ TEXT("&"), TEXT(""), false, TEXT("") },
	{ TEXT("=1"), TEXT(""), true, TEXT("1") },
	{ TEXT("=1"), TEXT("a"), false, TEXT("") },
	/* The whole name, and its case. */
	{ TEXT("ab=1"), TEXT("a"), false, TEXT("") },
	{ TEXT("a=1"), TEXT("ab"), false, TEXT("") },
	{ TEXT("A=1"), TEXT("a"), false, TEXT("") },
	{ TEXT("b=a"), TEXT("a"), false, TEXT("") },
	/* Decoding, of both. */
	{ TEXT("a=x+y%20z"), TEXT("a"), true, TEXT("x y z") },
	{ TEXT("a+b=1"), TEXT("a b"), true, TEXT("1") },
	{ TEXT("%61=%41%2b%26%3D"), TEXT("a"), true, TEXT("A+&=") },
	{ TEXT("a%26b=1"), TEXT("a&b"), true, TEXT("1") },
	{ TEXT("a=%00%fF"), TEXT("a"), true, TEXT("\0\xff") },
	/* What is no escape. */
	{ TEXT("a=%"), TEXT("a"), true, TEXT("%") },
	{ TEXT("a=%4"), TEXT("a"), true, TEXT("%4") },
	{ TEXT("a=%4g%g4"), TEXT("a"), true, TEXT("%4g%g4") },
	{ TEXT("a=%%41"), TEXT("a"), true, TEXT("%A") },
	{ TEXT("a=%4&b=1"), TEXT("b"), true, TEXT("1") },
	/* As long as there is room for, and longer. */
	{ TEXT("a=12345678"), TEXT("a"), true, TEXT("12345678") },
	{ TEXT("a=123456789"), TEXT("a"), false, TEXT("12345678") },
	{ TEXT("a=1234567%39"), TEXT("a"), true, TEXT("12345679") },
};

static void test_pairs(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct span in = tap_guarded(pairs[i].query);
		struct span name = tap_guarded(pairs[i].name);
		char text[8];
		struct buf out = BUF(text);

		tap_note("pairs", i);
		CHECK_EQ(http_query_find(in, name, &out), pairs[i].found);
		tap_check_span(buf_span(&out), pairs[i].value, "value",
			       __FILE__, __LINE__);
		tap_unguard(name);
		tap_unguard(in);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_pairs);
	return tap_end();
}
