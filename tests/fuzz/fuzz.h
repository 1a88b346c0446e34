/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target is a file tests/fuzz/fuzz_NAME.c that defines fuzz_one(): what
 * must hold for any input. It is found by its name and built twice, with the
 * sources as they ship:
 *
 *   hosted        with libFuzzer and the address and undefined-behaviour
 *                 sanitizers (hosted.c), to find inputs
 *   freestanding  as a unit test of every architecture (replay.c), to run what
 *                 was found: corpus/NAME and regress/NAME
 *
 * Inputs are text where possible: numbers in lines of their own, then what is
 * parsed. So a corpus can be read, and written by hand.
 *
 *	#include "fuzz.h"
 *	#include "http/date.h"
 *
 *	void fuzz_one(struct span in)
 *	{
 *		s64 now = (s64)fuzz_number(&in);
 *		s64 t;
 *
 *		if (http_date_parse(in, now, &t))
 *			MUST(t >= 0);
 *	}
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/buf.h"
#include "http/request.h"

/* A property that every input has to have. */
#define MUST(condition)                                                        \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

/** fuzz_one() - the target: look at one input; the byte behind it is no one's
 */
void fuzz_one(struct span in);

/** fuzz_fail() - end the program: a property does not hold */
void fuzz_fail(const char *what, const char *file, int line)
	__attribute__((noreturn));

/**
 * fuzz_copy() - a copy of @s at whose end accessible memory ends
 *
 * It may be written to. fuzz_free() gives it back.
 */
struct span fuzz_copy(struct span s);
void fuzz_free(struct span copy);

/**
 * fuzz_hide() - the end of a copy has not been received yet: reading it is a
 * fault, where there is an address sanitizer
 * @visible: bytes of @copy that may be read; its length shows all again
 */
void fuzz_hide(struct span copy, size_t visible);

/** fuzz_line() - take the first line off @in, without its LF */
struct span fuzz_line(struct span *in);

/** fuzz_number() - take a line off @in; what is no number is some number */
u64 fuzz_number(struct span *in);

/*
 * Ways to cut an input into pieces: whole, bytes, short and long pieces, and
 * pieces of any length that are drawn from the input's own hash.
 */
#define FUZZ_WAYS 5

/** fuzz_way() - the way of that @number, 0 to FUZZ_WAYS - 1, to cut @in */
u64 fuzz_way(unsigned number, struct span in);

/**
 * fuzz_piece() - the length of the piece that comes next
 * @way:  as fuzz_way() says
 * @at:   where it begins
 * @left: bytes from there to the end of the input
 */
size_t fuzz_piece(u64 way, size_t at, size_t left);

/**
 * fuzz_request() - a request with the field lines of @fields
 * @start:  its request line
 * @fields: lines, with LF or CRLF at their ends; what cannot be part of a head
 *          is left out
 *
 * The request points into memory that lasts until the next call.
 *
 * Return: whether the parser accepts it.
 */
bool fuzz_request(struct http_request *r, struct span start,
		  struct span fields) MUST_CHECK;

#endif
