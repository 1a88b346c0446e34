/* SPDX-License-Identifier: MIT */
/*
 * Writing to a descriptor that somebody else reads, without ever waiting for
 * him. O_NONBLOCK is not an option: the flag belongs to everybody who has the
 * descriptor, a shell for one. Each kind has its own way of not waiting. A file
 * has none, on a disk that hangs.
 */
#ifndef SERVE_SINK_H
#define SERVE_SINK_H

#include "base/span.h"

enum serve_sink_way {
	SERVE_SINK_NONE,     /* it cannot be written to */
	SERVE_SINK_PWRITEV2, /* a pipe: RWF_NOWAIT, Linux 6.4 or later */
	SERVE_SINK_SPLICE,   /* any other pipe: through one of our own */
	SERVE_SINK_SEND,     /* a socket: MSG_DONTWAIT */
	SERVE_SINK_WRITE,    /* a file or a terminal: write */
};

struct serve_sink {
	int fd;
	enum serve_sink_way way;
	int relay[2]; /* the pipe of SERVE_SINK_SPLICE */
	size_t held;  /* bytes that lie in it */
};

/**
 * serve_sink_prepare() - open terminals once more, with flags of their own
 *
 * Those that descriptors 1 and 2 are, before there is a sandbox, which forbids
 * it. Without /proc, or the right to it, writing to a terminal that is stopped
 * (Ctrl-S) waits.
 */
void serve_sink_prepare(void);

/** serve_sink_open() - find out how @fd wants to be written */
void serve_sink_open(struct serve_sink *sink, int fd);

/**
 * serve_sink_write() - write what goes without waiting
 * @s: up to 4096 bytes (PIPE_BUF) go to a pipe as a whole or not at all
 *
 * Return: the number of bytes, or a negative errno; -EAGAIN if nobody reads.
 */
long serve_sink_write(struct serve_sink *sink, struct span s) MUST_CHECK;

/**
 * serve_sink_push() - hand on what was written and has not reached its reader
 *
 * A pipe of our own in between may hold up to 64 KiB of it (pipe(7)).
 *
 * Return: a negative errno while some of it stays, -EAGAIN if nobody reads.
 */
long serve_sink_push(struct serve_sink *sink);

/**
 * serve_sink_take_back() - what was written and never reached its reader
 *
 * Return: the number of bytes, 0 or a negative errno when there is no more.
 */
long serve_sink_take_back(struct serve_sink *sink, char *text,
			  size_t size) MUST_CHECK;

#endif
