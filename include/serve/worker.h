/* SPDX-License-Identifier: MIT */
/*
 * A worker: a process that accepts and serves connections on the listeners
 * that it shares with the others, until it is told to end.
 */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include "http/date.h"
#include "net/pool.h"
#include "serve/answer.h"
#include "serve/connection.h"
#include "serve/log.h"
#include "serve/metrics.h"
#include "serve/options.h"
#include "serve/sandbox.h"
#include "site/cache.h"

/* Requests in flight at once in a worker; the buffers for them are the larger
 * part of its memory. */
#define SERVE_EXCHANGES_MAX 1024

struct serve_listener {
	struct net_source source; /* the first, so that one is the other */
	struct serve_worker *worker;
	enum serve_kind kind;
};

struct serve_worker {
	const struct serve_options *options;
	struct serve_counters *counters; /* this worker's */
	const struct serve_metrics *metrics;
	u32 listener_count;
	u32 most;	/* bytes of a body that one is sent in this turn */
	bool accepting; /* the listeners are watched */
	bool resting;	/* from it, until accept_again */
	u32 unshared;	/* to be accepted, whatever others have */
	bool draining;
	s64 accept_again;     /* when to look at that again */
	s64 drain_moment_end; /* when silent connections are given up */
	s64 drain_log_end;    /* when whoever reads the log is */
	s64 drain_end;	      /* when all are */
	struct net_loop loop;
	struct net_pool connections;
	struct net_pool exchanges;
	struct net_source signals;
	s64 date_second;		     /* what date holds */
	char date[6 + HTTP_DATE_LENGTH + 2]; /* "Date: ", CRLF */
	struct net_deadlines classes[SERVE_CLASSES];
	struct serve_listener listeners[SERVE_LISTEN_MAX + 1];
	struct site site;
	struct site_cache cache;
	struct serve_log log;
	struct serve_scratch scratch;
};

/** serve_worker_date() - the Date field of this turn, a line with its CRLF */
struct span serve_worker_date(struct serve_worker *w);

/* What the master gives a worker. */
struct serve_inheritance {
	const struct serve_options *options;
	const struct site_root *root;	  /* open */
	const struct site_bundle *bundle; /* instead of it, or NULL */
	const struct site_rules *rules;	  /* that the site has */
	const int *listeners;		  /* in the order of options->listen */
	struct serve_metrics *metrics;
	const struct serve_sandbox *sandbox;
	u64 slot;   /* of the metrics, for this worker alone */
	int master; /* pid of the parent; when it is gone the worker ends */
};

/**
 * serve_worker_run() - be a worker
 *
 * Return: the exit status of the process.
 */
int serve_worker_run(const struct serve_inheritance *given);

#endif
