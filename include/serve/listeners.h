/* SPDX-License-Identifier: MIT */
/* The master's listening sockets. */
#ifndef SERVE_LISTENERS_H
#define SERVE_LISTENERS_H

#include "serve/options.h"

/**
 * serve_listeners_open() - listen as @o says
 * @o:   addresses are replaced by those that were bound
 * @fds: SERVE_LISTEN_MAX + 1 places, in the order of @o->listen
 *
 * Return: 0, or a negative errno after it was said what failed.
 */
long serve_listeners_open(struct serve_options *o, int *fds) MUST_CHECK;

/** serve_listeners_say() - a line for each, where it listens */
void serve_listeners_say(const struct serve_options *o);

/** serve_listeners_close() - close them, and remove the socket files */
void serve_listeners_close(const struct serve_options *o, const int *fds);

#endif
