/* SPDX-License-Identifier: MIT */
/*
 * Lines for people, on standard error: "scratchd: " and a text. A line is one
 * write, so that those of several processes do not mix. There is one at a time.
 */
#ifndef SERVE_SAY_H
#define SERVE_SAY_H

#include "base/buf.h"

/**
 * serve_say_without_waiting() - from here on a line that nobody takes is lost
 *
 * A server must not stand still because nobody reads what it says. How many
 * were lost is said before the next line that is taken.
 */
void serve_say_without_waiting(void);

/**
 * serve_line_begin() - a new line, to append to
 *
 * Return: a buffer that holds "scratchd: " and @what. A line of more than 511
 * bytes is cut.
 */
struct buf *serve_line_begin(const char *what);

/** serve_line_put() - append @more to the line that was begun */
void serve_line_put(const char *more);

/** serve_line_put_count() - append @before, and behind it @count */
void serve_line_put_count(const char *before, u64 count);

/** serve_line_end() - write the line that was begun */
void serve_line_end(void);

/**
 * serve_line_offer() - the same after serve_say_without_waiting(), once
 *
 * Return: as serve_sink_write() does; a line that nobody takes is not counted.
 */
long serve_line_offer(void) MUST_CHECK;

/** serve_say_push() - serve_sink_push() of the lines that were written */
long serve_say_push(void);

/** serve_line_put_wrong() - append ": 'value': ", behind which a reason stands
 */
void serve_line_put_wrong(struct span value);

/** serve_line_end_wrong() - append that and the reason, and write the line */
void serve_line_end_wrong(struct span value, const char *reason);

/**
 * serve_line_end_failure() - append ": EACCES (permission denied): ADVICE"
 * @advice: what to do about it, may be empty
 *
 * And write the line.
 */
void serve_line_end_failure(long err, const char *advice);

/** serve_say() - a whole line */
void serve_say(const char *what);

/**
 * serve_say_failure() - "scratchd: bind 0.0.0.0:80: EACCES (permission denied)"
 * @call: the system call that failed
 * @what: what it was called for, may be empty
 * @err:  what it returned
 */
void serve_say_failure(const char *call, struct span what, long err);

/** serve_say_advice() - the same, and behind it what to do about it */
void serve_say_advice(const char *call, struct span what, long err,
		      const char *advice);

/**
 * serve_say_unread() - what of the site cannot be read, and what helps
 * @advice: where it is not a matter of rights
 */
void serve_say_unread(const char *call, struct span path, long err,
		      const char *advice);

/** serve_say_is_read() - whether a person reads along: it is a terminal */
bool serve_say_is_read(void);

/** serve_print() - write @s to standard output as it is */
void serve_print(struct span s);

#endif
