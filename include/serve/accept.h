/* SPDX-License-Identifier: MIT */
/*
 * What a worker does with the listeners that it shares with others: it watches
 * them while it has room, and takes its part of what comes.
 */
#ifndef SERVE_ACCEPT_H
#define SERVE_ACCEPT_H

#include "serve/worker.h"

/**
 * serve_accept_begin() - watch the listeners
 *
 * Return: 0, or a negative errno of epoll_ctl, and then none is watched.
 */
long serve_accept_begin(struct serve_worker *w) MUST_CHECK;

/** serve_accept_ready() - the event of a listener: take what it has queued */
void serve_accept_ready(struct net_source *source, u32 events);

/** serve_accept_resume() - watch the listeners again if they were left for want
 * of room, descriptors or modesty, and can be served now
 */
void serve_accept_resume(struct serve_worker *w);

/** serve_accept_end() - take what is queued, then watch the listeners no more
 */
void serve_accept_end(struct serve_worker *w);

#endif
