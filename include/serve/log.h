/* SPDX-License-Identifier: MIT */
/*
 * The access log: one line a request, in the Combined Log Format or as an
 * object of JSON, in UTC, to standard output. Lines are gathered and written as
 * whole lines, at most 4096 bytes at once, so that the lines of several workers
 * do not mix (pipe(7), PIPE_BUF).
 *
 * A reader of the log that does not read must not stop the server: lines wait
 * in one batch, which is offered again ten times a second; those that find it
 * full are counted, and the count is told on standard error when the reader
 * reads again. When the server stops he has a moment, and as long as he goes on
 * reading, up to the end of the grace. What cannot be written without waiting
 * (serve/sink.h) stops the worker that writes.
 */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include "http/request.h"
#include "serve/sink.h"

/* PIPE_BUF on Linux. */
#define SERVE_LOG_BATCH 4096

struct serve_log {
	struct serve_sink out;
	u64 dropped; /* lines, since it was last said */
	u64 *dropped_ever;
	size_t length; /* of text */
	bool json;
	bool behind; /* its reader is: serve_log_flush() once more, later */
	char text[SERVE_LOG_BATCH];
};

struct serve_log_entry {
	const u8 *ip; /* 16 bytes, net_address_pack() */
	const struct http_request *request;
	s64 time; /* seconds since 1970 */
	int status;
	u64 bytes;	  /* of the body that were sent */
	u64 milliseconds; /* from the end of the head to the answer's */
};

enum serve_log_format {
	SERVE_LOG_OFF,
	SERVE_LOG_JSON,
	SERVE_LOG_COMBINED,
};

/**
 * serve_log_open() - find out how standard output wants to be written
 * @dropped_ever: counts lost lines, and stays the caller's
 */
void serve_log_open(struct serve_log *log, enum serve_log_format format,
		    u64 *dropped_ever);

/** serve_log_put() - add the line for a request that was answered */
void serve_log_put(struct serve_log *log, const struct serve_log_entry *entry);

/** serve_log_flush() - write what was gathered. Return: whether some of it went
 */
bool serve_log_flush(struct serve_log *log);

/** serve_log_end() - the same for the last time: the rest is dropped, and said
 */
void serve_log_end(struct serve_log *log);

#endif
