/* SPDX-License-Identifier: MIT */
/* The access log: see serve/log.h. */
#include "serve/log.h"
#include "base/mem.h"
#include "http/date.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "net/address.h"
#include "serve/say.h"

/* The longest of each part after escaping; together less than a batch. */
#define LINE_MAX_LENGTH 2048
#define FIELD_MAX_LENGTH 768

static enum serve_log_way find_way(void)
{
	struct statx st;
	long r = sys_statx(1, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);
	struct iovec nothing = { "", 0 };

	if (r < 0)
		return SERVE_LOG_OFF;
	switch (st.stx_mode & S_IFMT) {
	case S_IFSOCK:
		return SERVE_LOG_SEND;
	case S_IFIFO:
		/* -ENOSYS, -EOPNOTSUPP: an older kernel, QEMU */
		r = sys_pwritev2(1, &nothing, 1, RWF_NOWAIT);
		return r < 0 ? SERVE_LOG_SPLICE : SERVE_LOG_PWRITEV2;
	case S_IFDIR:
		/* It was closed: start.c put the root directory there. */
		return SERVE_LOG_OFF;
	default:
		return SERVE_LOG_WRITE;
	}
}

void serve_log_open(struct serve_log *log, bool on)
{
	log->way = on ? find_way() : SERVE_LOG_OFF;
	log->date_second = -1;
	if (log->way != SERVE_LOG_SPLICE)
		return;
	long r = sys_pipe2(log->relay, O_CLOEXEC | O_NONBLOCK);

	if (r >= 0)
		return;
	serve_say_failure("pipe2", SPAN("for the access log"), r);
	log->way = SERVE_LOG_OFF;
}

/* Whatever lies in the relay, as far as the reader takes it. */
static long empty_relay(struct serve_log *log)
{
	long r;

	do {
		r = sys_splice(log->relay[0], 1, 65536,
			       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	} while (r > 0 || r == -EINTR);
	return r;
}

/*
 * Into the relay, as much as it holds, and on to the reader. What the reader
 * does not take stays in the relay for the next time.
 */
static long write_through_relay(struct serve_log *log, struct span s)
{
	long r = sys_write(log->relay[1], s.ptr, s.len);
	long emptied = empty_relay(log);

	if (r == -EAGAIN && emptied == -EAGAIN)
		return r;
	if (r == -EAGAIN) {
		r = sys_write(log->relay[1], s.ptr, s.len);
		emptied = empty_relay(log);
	}
	return emptied < 0 && emptied != -EAGAIN ? emptied : r;
}

static long send_out(struct span s)
{
	struct iovec iov = { s.ptr, s.len };
	struct user_msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sys_sendmsg(1, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static long write_out(struct serve_log *log, struct span s)
{
	struct iovec iov = { s.ptr, s.len };

	switch (log->way) {
	case SERVE_LOG_PWRITEV2:
		return sys_pwritev2(1, &iov, 1, RWF_NOWAIT);
	case SERVE_LOG_SPLICE:
		return write_through_relay(log, s);
	case SERVE_LOG_SEND:
		return send_out(s);
	case SERVE_LOG_WRITE:
		return sys_write(1, s.ptr, s.len);
	case SERVE_LOG_OFF:
		break;
	}
	return 0;
}

static void say_dropped(struct serve_log *log)
{
	struct serve_line line;

	serve_line_begin(&line);
	buf_puts(&line.out, "access log: ");
	buf_put_u64(&line.out, log->dropped, 1);
	buf_puts(&line.out, " lines were dropped, nobody took them");
	serve_line_end(&line);
	log->dropped = 0;
}

void serve_log_flush(struct serve_log *log)
{
	struct span rest = { log->text, log->length };

	while (rest.len) {
		long r = write_out(log, rest);

		if (r == -EINTR)
			continue;
		if (r <= 0)
			break;
		rest = span_skip(rest, (size_t)r);
	}
	if (rest.len)
		log->dropped += log->lines;
	else if (log->dropped && log->lines)
		say_dropped(log);
	log->length = 0;
	log->lines = 0;
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
	buf_put_u64(out, d.hour, 2);
	buf_put_char(out, ':');
	buf_put_u64(out, d.minute, 2);
	buf_put_char(out, ':');
	buf_put_u64(out, d.second, 2);
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

	if (log->way == SERVE_LOG_OFF)
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
	memcpy(log->text + log->length, line.ptr, line.len);
	log->length += line.len;
	log->lines++;
}
