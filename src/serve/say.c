/* SPDX-License-Identifier: MIT */
/* Lines for people: see serve/say.h. */
#include "serve/say.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/sink.h"

/* Standard error, once nothing waits for whoever reads it; and the lines that
 * nobody took since.
 */
static struct serve_sink errors;
static bool never_wait;
static u64 lost;

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

void serve_line_begin(struct serve_line *line)
{
	/* One byte is kept for the line's end. */
	line->out =
		(struct buf){ line->text, 0, sizeof(line->text) - 1, false };
	buf_puts(&line->out, "scratchd: ");
}

void serve_say_without_waiting(void)
{
	serve_sink_open(&errors, 2);
	never_wait = true;
}

static void write_now(struct span s)
{
	struct serve_line line;

	if (lost) {
		serve_line_begin(&line);
		buf_put_u64(&line.out, lost, 1);
		buf_puts(&line.out, " lines were lost, nobody took them\n");
		if (serve_sink_write(&errors, buf_span(&line.out)) > 0)
			lost = 0;
	}
	if (lost || serve_sink_write(&errors, s) <= 0)
		lost++;
}

void serve_line_end(struct serve_line *line)
{
	line->text[line->out.len++] = '\n';
	if (never_wait)
		write_now(buf_span(&line->out));
	else
		write_all(2, buf_span(&line->out));
}

void serve_line_end_wrong(struct serve_line *line, struct span value,
			  struct span reason)
{
	buf_puts(&line->out, ": '");
	buf_put_escaped(&line->out, value, '\'');
	buf_puts(&line->out, "': ");
	buf_put(&line->out, reason);
	serve_line_end(line);
}

void serve_say(struct span text)
{
	struct serve_line line;

	serve_line_begin(&line);
	buf_put(&line.out, text);
	serve_line_end(&line);
}

void serve_say_failure(const char *call, struct span what, long err)
{
	struct serve_line line;

	serve_line_begin(&line);
	buf_put(&line.out, span_from_string(call));
	if (what.len)
		buf_put_char(&line.out, ' ');
	buf_put_escaped(&line.out, what, 0);
	buf_puts(&line.out, ": ");
	errno_describe(&line.out, err);
	serve_line_end(&line);
}
