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
#define NAME_MAX_LENGTH 64

/* RFC 3339 in UTC; put_part() knows the letters. */
static const char json_format[] =
	"{\"time\":\"%Y-%N-%DT%TZ\",\"remote\":\"%h\",\"method\":\"%m\","
	"\"target\":\"%p\",\"protocol\":\"%v\",\"status\":%s,"
	"\"bytes\":%b,\"duration\":%d,\"referer\":\"%f\","
	"\"user_agent\":\"%u\"}\n";
static const char combined_format[] =
	"%h - - [%D/%M/%Y:%T +0000] \"%r\" %s %b \"%f\" \"%u\"\n";

void serve_log_open(struct serve_log *log, enum serve_log_format format,
		    u64 *dropped_ever)
{
	serve_sink_open(&log->out, 1);
	log->dropped_ever = dropped_ever;
	log->json = format == SERVE_LOG_JSON;
	if (format == SERVE_LOG_OFF)
		log->out.way = SERVE_SINK_NONE;
}

/* What lies ready moves to the front; what was written is forgotten. */
static void forget(struct serve_log *log, size_t written)
{
	log->length -= written;
	memmove(log->text, log->text + written, log->length);
}

static void count_dropped(struct serve_log *log)
{
	log->dropped++;
	++*log->dropped_ever;
}

/* Nobody will ever take what is left: the pipe is closed, the disk is full. */
static void drop(struct serve_log *log)
{
	for (size_t i = 0; i < log->length; i++)
		if (log->text[i] == '\n')
			count_dropped(log);
	log->length = 0;
}

/* Nor what was written already, and lies in a pipe of our own. */
static void drop_all(struct serve_log *log)
{
	long r;

	do {
		drop(log);
		r = serve_sink_take_back(&log->out, log->text,
					 sizeof(log->text));
		log->length = r > 0 ? (size_t)r : 0;
	} while (r > 0 || r == -EINTR);
}

/* Return: as serve_sink_write() does. */
static long say_dropped(struct serve_log *log)
{
	serve_line_begin("access log:");
	serve_line_put_count(" ", log->dropped);
	serve_line_put(" lines were dropped, nobody took them");
	long r = serve_line_offer();

	if (r > 0)
		log->dropped = 0;
	return r;
}

bool serve_log_flush(struct serve_log *log)
{
	size_t before = log->length + log->out.held;
	size_t written = 0;
	long r = 1;
	long said = 1;

	if (!before && !log->behind && serve_say_push() != -EAGAIN)
		return false;
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
	forget(log, written);
	if (log->length && r != -EAGAIN)
		drop(log);
	long pushed = serve_sink_push(&log->out);

	if (pushed < 0 && pushed != -EAGAIN)
		drop_all(log);
	else if (!log->length && log->dropped && r > 0)
		said = say_dropped(log);
	log->behind = serve_say_push() == -EAGAIN || said == -EAGAIN ||
		      pushed == -EAGAIN || log->length;
	return log->length + log->out.held < before;
}

void serve_log_end(struct serve_log *log)
{
	serve_log_flush(log);
	drop_all(log);
	if (log->dropped)
		say_dropped(log);
}

/* What follows the target, or nothing. */
static struct span find_protocol(const struct http_request *r)
{
	if (!r->target.ptr)
		return r->target;
	size_t n = (size_t)(r->target.ptr - r->line.ptr) + r->target.len + 1;

	return span_skip(r->line, n < r->line.len ? n : r->line.len);
}

/* A text of the client's, cut where it is too long. */
static void put_text(struct buf *out, struct span s, size_t max, bool json)
{
	struct buf part = { out->ptr + out->len, 0, max, false };

	if (out->cap - out->len < max) {
		out->full = true;
		return;
	}
	if (json)
		buf_put_json(&part, s);
	else if (s.len)
		buf_put_escaped(&part, s, '"');
	else
		buf_put_char(&part, '-');
	out->len += part.len;
}

/* The text that @letter stands for, and how much of it is shown. */
static struct span find_text(char letter, const struct http_request *r,
			     size_t *max)
{
	*max = FIELD_MAX_LENGTH;
	switch (letter) {
	case 'f':
		return r->value[HTTP_REFERER];
	case 'u':
		return r->value[HTTP_USER_AGENT];
	case 'm':
		*max = NAME_MAX_LENGTH;
		return r->method_name;
	case 'v':
		*max = NAME_MAX_LENGTH;
		return find_protocol(r);
	default:
		*max = LINE_MAX_LENGTH;
		/* A request line that cannot be split is all target. */
		return letter == 'p' && r->target.ptr ? r->target : r->line;
	}
}

/* What @letter stands for in a format. */
static void put_part(struct buf *out, char letter,
		     const struct serve_log_entry *e, bool json)
{
	struct http_date d = http_date_split(e->time);
	size_t max;

	switch (letter) {
	case 'Y':
		buf_put_u64(out, d.year, 4);
		return;
	case 'M':
		buf_put(out, http_date_month(d.month));
		return;
	case 'N':
		buf_put_u64(out, d.month + 1, 2);
		return;
	case 'D':
		buf_put_u64(out, d.day, 2);
		return;
	case 'T':
		http_date_put_time(out, &d);
		return;
	case 'h':
		net_address_put_ip(out, e->ip);
		return;
	case 's':
		buf_put_u64(out, (u64)e->status, 3);
		return;
	case 'b':
		buf_put_u64(out, e->bytes, 1);
		return;
	case 'd':
		buf_put_u64(out, e->milliseconds / 1000, 1);
		buf_put_char(out, '.');
		buf_put_u64(out, e->milliseconds % 1000, 3);
		return;
	}
	struct span text = find_text(letter, e->request, &max);

	put_text(out, text, max, json);
}

static void put_line(struct buf *out, const struct serve_log_entry *e,
		     bool json)
{
	struct span format = json ? SPAN(json_format) : SPAN(combined_format);

	for (size_t i = 0; i < format.len; i++)
		if (format.ptr[i] != '%')
			buf_put_char(out, format.ptr[i]);
		else
			put_part(out, format.ptr[++i], e, json);
}

void serve_log_put(struct serve_log *log, const struct serve_log_entry *e)
{
	char text[SERVE_LOG_BATCH];
	struct buf line = BUF(text);

	if (log->out.way == SERVE_SINK_NONE)
		return;
	put_line(&line, e, log->json);
	BUG_ON(line.full);
	if (line.len > SERVE_LOG_BATCH - log->length)
		serve_log_flush(log);
	if (line.len > SERVE_LOG_BATCH - log->length) {
		count_dropped(log);
		return;
	}
	memcpy(log->text + log->length, line.ptr, line.len);
	log->length += line.len;
}
