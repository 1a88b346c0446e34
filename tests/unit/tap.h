/* SPDX-License-Identifier: MIT */
/*
 * The harness of the unit tests. A test program defines program_main(), runs
 * its cases and returns what tap_end() says:
 *
 *	int program_main(int argc, char **argv, char **envp)
 *	{
 *		RUN(test_first);
 *		RUN(test_second);
 *		return tap_end();
 *	}
 *
 * A case is a function; it passes when all of its checks do. The output is
 * TAP, the Test Anything Protocol: a line "ok 1 - test_first" for each case,
 * and after a failed check one "# file:line: what" before it.
 *
 * nolibc is the tests' C library, but only tap.c includes it: its static
 * sys_* functions would collide with those of kernel/sys.h.
 */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include "base/span.h"
#include "kernel/start.h"

/* Run a case. */
#define RUN(function) tap_run(#function, function)

/* A condition that must hold. */
#define CHECK(condition) tap_check(condition, #condition, __FILE__, __LINE__)

/* Two integers that must be equal; both are printed where they are not. */
#define CHECK_EQ(got, want)                                                    \
	tap_check_equal((long long)(got), (long long)(want), #got, __FILE__,   \
			__LINE__)

/* A span that must hold the bytes of a string literal. */
#define CHECK_SPAN(got, literal)                                               \
	tap_check_span(got, SPAN(literal), #got, __FILE__, __LINE__)

/** tap_run() - run a case and print its line */
void tap_run(const char *name, void (*function)(void));

/** tap_end() - print the plan; return the program's exit status */
int tap_end(void);

/**
 * tap_check() and its kin - count a check of the present case
 *
 * Return: whether it held, for a case that cannot go on otherwise.
 */
bool tap_check(bool holds, const char *what, const char *file, int line);
bool tap_check_equal(long long got, long long want, const char *what,
		     const char *file, int line);
bool tap_check_span(struct span got, struct span want, const char *what,
		    const char *file, int line);

/**
 * tap_note() - add a line of explanation to the failures that follow
 * @text:  stays valid until the next call; NULL for none
 * @value: printed after it
 */
void tap_note(const char *text, long long value);

/**
 * tap_guarded() - a copy of @s that ends where memory ends
 *
 * The byte behind it lies on a page that may not be touched, and so does the
 * byte before the page on which the copy begins: reading on is a crash, here
 * and not only under a sanitizer. The copy is writable. tap_unguard() gives
 * the memory back.
 */
struct span tap_guarded(struct span s);
void tap_unguard(struct span guarded);

/**
 * tap_syscall6() - a system call through nolibc's own stub
 */
long tap_syscall6(long nr, long a, long b, long c, long d, long e, long f);

/** tap_memory_file() - the descriptor of a new file with the bytes of @s */
int tap_memory_file(struct span s);

/**
 * tap_child() - run @function(@argument) in a child process
 *
 * Return: its exit status, which is what @function returned, or minus the
 * number of the signal that ended it.
 */
int tap_child(int (*function)(void *argument), void *argument);

/**
 * tap_crash() - tap_child() for a function that is to die
 *
 * It leaves no core file and prints nothing on stderr, nor does an emulator.
 */
int tap_crash(int (*function)(void *argument), void *argument);

/**
 * tap_traps() - whether @function(@argument) ends at a trap instruction
 *
 * That is SIGILL on x86, SIGTRAP on most others, and SIGFPE where comparing and
 * trapping is one instruction (s390).
 */
bool tap_traps(int (*function)(void *argument), void *argument);

#endif
