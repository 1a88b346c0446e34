/* SPDX-License-Identifier: MIT */
/*
 * A connection: the driver of the state machine in http/conn.h on the event
 * loop. It receives, feeds, answers and sends, until the kernel says EAGAIN
 * or there is nothing to do.
 *
 * A connection on which nothing is going on is a small struct. While a request
 * is in flight it has an exchange, the buffers and all that belongs to the
 * request, from a pool of the worker's.
 */
#ifndef SERVE_CONNECTION_H
#define SERVE_CONNECTION_H

#include "net/deadline.h"
#include "net/loop.h"
#include "serve/exchange.h"

enum serve_class {
	SERVE_FRESH,	 /* accepted, nothing received yet */
	SERVE_HEAD,	 /* part of a head was received */
	SERVE_BODY,	 /* a body is arriving */
	SERVE_WRITE,	 /* the client does not take what is sent */
	SERVE_IDLE,	 /* a handler has nothing to send, and is asked again */
	SERVE_KEEPALIVE, /* between two requests */
	SERVE_LINGER,	 /* all is said, the client may still be sending */
	SERVE_CLASSES,	 /* how many there are */
};

/* What a connection is for: by where it was accepted. */
enum serve_kind {
	SERVE_PUBLIC,  /* the site and the routes */
	SERVE_PROXIED, /* the same, but first there is a PROXY header */
	SERVE_METRICS, /* metrics, and nothing else */
};

/* What of the server's own a request is for. */
enum serve_builtin {
	SERVE_BUILTIN_NONE,
	SERVE_BUILTIN_HEALTH,
	SERVE_BUILTIN_SCRIPT, /* variables of the environment */
	SERVE_BUILTIN_METRICS,
	SERVE_BUILTIN_NOTHING, /* there is nothing else where the metrics are */
};

struct serve_worker;

struct serve_connection {
	struct net_source source; /* the first, so that one is the other */
	struct net_deadline deadline;
	struct serve_worker *worker;
	struct serve_exchange *x; /* NULL: nothing is going on */
	u8 ip[16];
	u8 kind;       /* enum serve_kind */
	u8 class;      /* enum serve_class, which deadline is set */
	bool watched;  /* by the loop */
	bool readable; /* there may be something to receive */
	bool hangup;   /* the client has ended its side, or all */
	bool closing;  /* nothing more is read as a request */
	u8 builtin;    /* enum serve_builtin, of the present request */
	bool quiet;    /* the answer under way is not to be logged */
	bool served;   /* at least one request was answered */
	u32 lingered;  /* bytes that were thrown away while lingering */
} __attribute__((aligned(16))); /* net/pool.h */

_Static_assert(sizeof(struct serve_connection) <= 128,
	       "the manual promises how much an idle connection takes");

/**
 * serve_connection_open() - a connection was accepted
 * @ip: of the client, 16 bytes
 *
 * It is answered, and watched by the loop, later in this turn.
 */
void serve_connection_open(struct serve_worker *worker, int fd, const u8 ip[16],
			   enum serve_kind kind);

/** serve_connection_put() - put @a into the exchange, as the answer of @c */
void serve_connection_put(struct serve_connection *c, struct serve_answer *a);

/** serve_connection_close() - close it now, whatever it is doing */
void serve_connection_close(struct serve_connection *c);

/** serve_connection_expire() - its deadline has passed */
void serve_connection_expire(struct serve_connection *c);

/** serve_connection_drain() - the worker ends: close it unless it is busy */
void serve_connection_drain(struct serve_connection *c);

#endif
