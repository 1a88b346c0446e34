/* SPDX-License-Identifier: MIT */
/* Lines for people: see serve/say.h. */
#include "serve/say.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/sink.h"

/* Standard error, once nothing waits for whoever reads it; and the lines that
 * nobody took since.
 */
static struct serve_sink errors;
static bool never_wait;
static u32 lost;

/* The line that was begun. */
static char text[512];
static struct buf line;

/*
 * All of @s, however it is cut. When standard output or standard error cannot
 * be written to there is nobody left to tell.
 */
static void write_all(int fd, struct span s)
{
	while (s.len) {
		long n = sys_write(fd, s.ptr, s.len);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return;
		s = span_skip(s, (size_t)n);
	}
}

void serve_print(struct span s)
{
	write_all(1, s);
}

struct buf *serve_line_begin(const char *what)
{
	/*
	 * One byte is kept for the line's end. (mem_at(): a constant with an
	 * address in it would be relocated.)
	 */
	line = (struct buf){ mem_at(text), 0, sizeof(text) - 1, false };
	buf_puts(&line, "scratchd: ");
	buf_puts(&line, what);
	return &line;
}

void serve_line_put(const char *more)
{
	buf_puts(&line, more);
}

void serve_line_put_count(const char *before, u64 count)
{
	buf_puts(&line, before);
	buf_put_u64(&line, count, 1);
}

void serve_say_without_waiting(void)
{
	serve_sink_open(&errors, 2);
	never_wait = true;
	lost = 0; /* those are the master's, if this is a worker */
}

long serve_line_offer(void)
{
	char note[64];
	struct buf b = BUF(note);
	long r = 1;

	text[line.len++] = '\n';
	if (lost) {
		buf_puts(&b, "scratchd: ");
		buf_put_u64(&b, lost, 1);
		buf_puts(&b, " lines were dropped, nobody took them");
		buf_put_char(&b, '\n');
		r = serve_sink_write(&errors, buf_span(&b));
	}
	if (r <= 0)
		return r;
	lost = 0;
	return serve_sink_write(&errors, buf_span(&line));
}

void serve_line_end(void)
{
	if (never_wait) {
		lost += serve_line_offer() <= 0;
		return;
	}
	text[line.len++] = '\n';
	write_all(2, buf_span(&line));
}

long serve_say_push(void)
{
	return serve_sink_push(&errors);
}

void serve_line_put_wrong(struct span value)
{
	serve_line_put(": '");
	buf_put_escaped(&line, value, '\'');
	serve_line_put("': ");
}

void serve_line_end_wrong(struct span value, const char *reason)
{
	serve_line_put_wrong(value);
	serve_line_put(reason);
	serve_line_end();
}

void serve_say(const char *what)
{
	serve_line_begin(what);
	serve_line_end();
}

void serve_line_end_failure(long err, const char *advice)
{
	serve_line_put(": ");
	errno_describe(&line, err);
	if (*advice)
		serve_line_put(": ");
	serve_line_put(advice);
	serve_line_end();
}

void serve_say_advice(const char *call, struct span what, long err,
		      const char *advice)
{
	serve_line_begin(call);
	if (what.len)
		serve_line_put(" ");
	buf_put_escaped(&line, what, 0);
	serve_line_end_failure(err, advice);
}

void serve_say_unread(const char *call, struct span path, long err,
		      const char *advice)
{
	serve_say_advice(call, path, err,
			 err == -EACCES ? "chmod -R a+rX does it for a site"
					: advice);
}

void serve_say_failure(const char *call, struct span what, long err)
{
	serve_say_advice(call, what, err, "");
}

bool serve_say_is_read(void)
{
	int group;

	return sys_ioctl(2, TIOCGPGRP, &group) >= 0;
}
