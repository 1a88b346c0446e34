/* SPDX-License-Identifier: MIT */
/* The access log: see serve/log.h. */
#include "serve/log.h"
#include "base/mem.h"
#include "http/date.h"
#include "kernel/errno.h"
#include "net/address.h"
#include "serve/say.h"

/* The longest of each part after escaping; together less than a batch. */
#define LINE_MAX_LENGTH 2048
#define FIELD_MAX_LENGTH 768

void serve_log_open(struct serve_log *log, bool on)
{
	serve_sink_open(&log->out, 1);
	serve_sink_open(&log->errors, 2);
	if (!on)
		log->out.way = SERVE_SINK_NONE;
	log->date_second = -1;
}

/* What lies ready moves to the front; what was written is forgotten. */
static void forget(struct serve_log *log, size_t written)
{
	log->length -= written;
	memmove(log->text, log->text + written, log->length);
}

/* Nobody will ever take what is left: the pipe is closed, the disk is full. */
static void drop(struct serve_log *log)
{
	for (size_t i = 0; i < log->length; i++)
		log->dropped += log->text[i] == '\n';
	log->length = 0;
}

/*
 * Say how many lines were lost. Not by serve_say(): that waits, and whoever
 * does not read the log may not read this either.
 */
static void say_dropped(struct serve_log *log)
{
	struct serve_line line;

	serve_line_begin(&line);
	buf_puts(&line.out, "access log: ");
	buf_put_u64(&line.out, log->dropped, 1);
	buf_puts(&line.out, " lines were dropped, nobody took them\n");
	if (serve_sink_write(&log->errors, buf_span(&line.out)) > 0)
		log->dropped = 0;
}

void serve_log_flush(struct serve_log *log)
{
	size_t written = 0;
	long r = 0;

	while (written < log->length) {
		r = serve_sink_write(&log->out,
				     (struct span){ log->text + written,
						    log->length - written });
		if (r == -EINTR)
			continue;
		if (r <= 0)
			break;
		written += (size_t)r;
	}
	if (!log->length)
		return;
	forget(log, written);
	if (log->length && r != -EAGAIN)
		drop(log);
	if (!log->length && log->dropped && r > 0)
		say_dropped(log);
}

/* "22/Nov/2026:21:33:23 +0000" */
static void put_date(struct buf *out, s64 time)
{
	struct http_date d = http_date_split(time);

	buf_put_u64(out, d.day, 2);
	buf_put_char(out, '/');
	buf_put(out, http_date_month(d.month));
	buf_put_char(out, '/');
	buf_put_u64(out, d.year, 4);
	buf_put_char(out, ':');
	http_date_put_time(out, &d);
	buf_puts(out, " +0000");
}

/* A quoted part, "-" where there is none, cut where it is too long. */
static void put_quoted(struct buf *out, struct span s, size_t max)
{
	struct buf part = { out->ptr + out->len + 1, 0, max, false };

	if (out->cap - out->len < max + 2) {
		out->full = true;
		return;
	}
	buf_put_char(out, '"');
	if (s.len)
		buf_put_escaped(&part, s, '"');
	else
		buf_put_char(&part, '-');
	out->len += part.len;
	buf_put_char(out, '"');
}

static void put_line(struct buf *out, const struct serve_log *log,
		     const struct serve_log_entry *e)
{
	net_address_put_ip(out, e->ip);
	buf_puts(out, " - - [");
	buf_put(out, (struct span){ log->date, 26 });
	buf_puts(out, "] ");
	put_quoted(out, e->request->line, LINE_MAX_LENGTH);
	buf_put_char(out, ' ');
	buf_put_u64(out, (u64)e->status, 3);
	buf_put_char(out, ' ');
	buf_put_u64(out, e->bytes, 1);
	buf_put_char(out, ' ');
	put_quoted(out, e->request->value[HTTP_REFERER], FIELD_MAX_LENGTH);
	buf_put_char(out, ' ');
	put_quoted(out, e->request->value[HTTP_USER_AGENT], FIELD_MAX_LENGTH);
	buf_put_char(out, '\n');
}

void serve_log_put(struct serve_log *log, const struct serve_log_entry *e)
{
	char text[SERVE_LOG_BATCH];
	struct buf line = BUF(text);

	if (log->out.way == SERVE_SINK_NONE)
		return;
	if (log->date_second != e->time) {
		struct buf date = BUF(log->date);

		put_date(&date, e->time);
		log->date_second = e->time;
	}
	put_line(&line, log, e);
	BUG_ON(line.full);
	if (line.len > SERVE_LOG_BATCH - log->length)
		serve_log_flush(log);
	if (line.len > SERVE_LOG_BATCH - log->length) {
		log->dropped++;
		return;
	}
	memcpy(log->text + log->length, line.ptr, line.len);
	log->length += line.len;
}
