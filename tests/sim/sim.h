/* SPDX-License-Identifier: MIT */
/*
 * A simulated kernel under the worker that ships. The linker leads the
 * program's one way to the kernel here (--wrap), so everything above it is the
 * very code of the server. Time, clients, files and faults come from one
 * number: the same seed is the same history, call for call.
 *
 *	main.c      which histories there are, and a child process for them
 *	history.c   one of them: what is drawn from the seed
 *	kernel.c    a call comes in: is it one that a worker may make?
 *	faults.c    does it fail this time, and how?
 *	files.c     the calls of files, and the site
 *	sockets.c   the calls of sockets, epoll and signals
 *	log.c       what standard output and error are
 *	clients.c   who asks, when, and in how many pieces
 *	requests.c  what they ask, and what has to come of it
 *	answers.c   every byte that came, held against that
 *	excuses.c   who may get another answer, or none
 *	check.c     what must hold in the end
 *	app.c       the handlers of the server
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "base/buf.h"
#include "http/request.h"
#include "kernel/abi.h"
#include "kernel/errno.h"
#include "net/pool.h"
#include "serve/app.h"
#include "serve/builtin.h"
#include "serve/metrics.h"
#include "serve/worker.h"

/*
 * What the linker puts before the server's functions of these names, and what
 * those are called then (ld(1), --wrap).
 */
#define SIM_WRAP(name) __asm__("__wrap_" name)
#define SIM_REAL(name) __asm__("__real_" name)

long sim_syscall6(long a, long b, long c, long d, long e, long f, long nr)
	SIM_WRAP("arch_syscall6");
long sim_real_syscall6(long a, long b, long c, long d, long e, long f, long nr)
	SIM_REAL("arch_syscall6");
void *sim_pool_take(struct net_pool *pool) SIM_WRAP("net_pool_take");
void *sim_real_pool_take(struct net_pool *pool) SIM_REAL("net_pool_take");
void sim_pool_give(struct net_pool *pool, void *object)
	SIM_WRAP("net_pool_give");
void sim_real_pool_give(struct net_pool *pool, void *object)
	SIM_REAL("net_pool_give");
void sim_pool_init(struct net_pool *pool, void *memory, size_t size, u32 count)
	SIM_WRAP("net_pool_init");
void sim_real_pool_init(struct net_pool *pool, void *memory, size_t size,
			u32 count) SIM_REAL("net_pool_init");
void sim_cache_init(struct site_cache *c, void *memory, size_t size)
	SIM_WRAP("site_cache_init");
void sim_real_cache_init(struct site_cache *c, void *memory, size_t size)
	SIM_REAL("site_cache_init");
void sim_connection_expire(struct serve_connection *c)
	SIM_WRAP("serve_connection_expire");
void sim_real_connection_expire(struct serve_connection *c)
	SIM_REAL("serve_connection_expire");
bool sim_builtin_find(struct serve_connection *c)
	SIM_WRAP("serve_builtin_find");
bool sim_real_builtin_find(struct serve_connection *c)
	SIM_REAL("serve_builtin_find");

#define SIM_FDS 128
#define SIM_FIRST_LISTENER 4
#define SIM_CLIENTS 8
#define SIM_REQUESTS 8
#define SIM_TX 49152
#define SIM_OUT 65536
#define SIM_VERSIONS 64

/* The worker reads its clock in ms, us. */
#define SIM_SLACK 2000

/* A time that does not come, us. */
#define SIM_NEVER (1LL << 60)

/* Bytes that all bodies are cut from: one that is out of place is seen. */
#define SIM_BYTES (1 << 20)

/* What a call may come to. */
enum sim_harm {
	SIM_HARMLESS, /* nobody notices */
	SIM_BREAKS,   /* that connection is lost */
	SIM_DEGRADES, /* one answer is an error, or is cut off */
	SIM_STARVES,  /* an idle connection makes room */
	SIM_LOSES,    /* lines of the log */
};

enum sim_kind {
	SIM_FREE,
	SIM_STANDARD, /* 0 to 2 */
	SIM_FILE,
	SIM_DIRECTORY, /* to be read */
	SIM_PATH,      /* O_PATH */
	SIM_MEMORY,    /* memfd_create */
	SIM_LISTENER,
	SIM_SOCKET,
	SIM_EPOLL,
	SIM_SIGNALS,
	SIM_PIPE_OUT, /* the end to read from */
	SIM_PIPE_IN,
};

struct sim_fd {
	enum sim_kind kind;
	int inode;    /* SIM_FILE, SIM_DIRECTORY, SIM_PATH */
	u64 position; /* in a directory: the next name */
	u64 length;   /* SIM_MEMORY */
	struct sim_client *client;
	bool watched;
	bool edge; /* something happened since epoll told */
	u32 events;
	u64 data;
};

/* What a path of the site is, from one step of the history to another. */
struct sim_version {
	int file;  /* the path: an index of sim_paths */
	u64 bytes; /* where its content begins */
	u64 size;
	u64 from; /* step */
	u64 to;
};

struct sim_inode {
	u16 mode;
	u64 number;
	u64 bytes;
	u64 size;
	s64 mtime; /* ns */
	s64 ctime;
	const char *target; /* of a link */
};

/* A path of the site, and which inode it is now; -1: none. */
struct sim_path {
	const char *name;
	int inode;
	bool changes;
	bool changed; /* in this history */
};

enum sim_body {
	SIM_NOTHING,
	SIM_ANYTHING, /* of the right length */
	SIM_CONTENT,  /* of a file */
	SIM_BYTES_AT, /* bytes from .bytes on */
};

/* A request, and what has to come of it. */
struct sim_expect {
	enum http_method method;
	enum sim_body body;
	int status;
	int file;	 /* SIM_CONTENT: an index of sim_paths */
	int variant;	 /* another that may come instead, or -1 */
	bool head;	 /* the answer has no body */
	bool close;	 /* and is the last */
	bool may_close;	 /* or may be */
	bool quiet;	 /* is not counted */
	bool rests;	 /* no answer is owed in time */
	bool degraded;	 /* a fault has hit a look at its file */
	u64 bytes;	 /* SIM_BYTES_AT */
	u64 first, last; /* of the content; last is 0 for all of it */
	u64 length;
	size_t start; /* in what the client sends, */
	size_t end;   /* and behind it */
	u64 sent;     /* step at which the last byte was sent */
};

/* How far an answer was read. */
struct sim_answer {
	u8 state; /* answers.c */
	int status;
	bool chunked;
	bool until_close;
	bool close;
	u8 coding;
	u64 left; /* of the body, or of a chunk */
	u64 at;	  /* bytes of the body so far */
	u64 candidates;
	u32 head_length;
	char head[4096];
};

struct sim_client {
	bool planned;
	bool connected;
	bool accepted;
	bool finished;
	int fd; /* the worker's, while it is open */
	u8 listener;
	/* How it behaves. */
	s64 at; /* when it does something next, us */
	u32 piece;
	u32 gap; /* us */
	u32 read_size;
	u32 read_gap;
	bool pipelines;
	bool half_closes;
	bool rests;	 /* a handler that is asked for does */
	bool stays;	 /* open, when it has all */
	size_t gives_up; /* after so many bytes; 0: never */
	bool vanishes;	 /* and then it resets the connection */
	/* The wire. */
	size_t sent;  /* of tx */
	size_t taken; /* by the worker */
	size_t tx_length;
	bool shut; /* by the client, for sending */
	bool gone; /* closed by the client */
	bool reset;
	bool reset_told;
	bool server_shut;
	bool server_closed;
	bool torn;   /* a reset took what was on its way */
	bool full;   /* the worker was told that there is no room */
	bool corked; /* what was sent last waits for more */
	bool hurt;   /* by a fault */
	/* What the worker has done about it, and since when it could wait. */
	bool expired;	  /* a deadline of its own has passed */
	bool made_room;	  /* it was closed for one that was accepted */
	bool turned_away; /* there was no memory for what it asks */
	u32 begun;	  /* requests whose heads were understood */
	s64 accepted_at;  /* the turn, us */
	s64 asked_at;	  /* when the last that was complete was taken */
	s64 told_at;	  /* and when something was sent last */
	size_t taken_at_end;
	size_t out_size;
	size_t out_start;
	size_t out_length;
	/* What it expects. */
	u32 count;
	u32 answered;
	u64 body_bytes;
	struct sim_expect expect[SIM_REQUESTS];
	struct sim_answer answer;
	char tx[SIM_TX];
	char out[SIM_OUT];
};

/* What standard output is. */
enum sim_log { SIM_LOG_FILE, SIM_LOG_PIPE, SIM_LOG_SOCKET, SIM_LOG_NONE };

/* One history, and all that is in the kernel. */
struct sim {
	u64 seed;
	u64 plan;   /* random state of what clients do, */
	u64 chance; /* and of what the kernel does */
	u64 step;
	u64 calls;
	u64 calls_max;
	bool serving; /* the start is over */
	bool traces;
	s64 now;  /* us, monotonic */
	s64 wall; /* us to be added for 1970 */
	/* Faults. */
	u32 fault_rate; /* one in so many calls; 0: none */
	u64 fault_call; /* this one call, counted from 1 */
	u32 fault_choice;
	bool fault_none; /* there was no such choice */
	u64 faults;
	struct sim_client *asking; /* whose request is being answered */
	s64 turn;		   /* when the worker was woken, us */
	bool accepting;		   /* or makes room after it */
	bool turning;		   /* someone away: there is no memory */
	bool starved;
	bool loses;
	u32 early_rate; /* clients act between two calls */
	bool jumps;
	bool shorts; /* reads and writes */
	bool old;    /* no openat2 */
	bool no_nowait;
	bool crowded; /* there may be more clients than places */
	u64 change_rate;
	u32 slowness; /* us that a call may take */
	u32 fd_limit; /* 0: none */
	bool focuses; /* clients ask for what changes */
	/* Signals. */
	u64 signals; /* pending */
	s64 term_at; /* us; 0: when the clients are done */
	u32 signal;
	u64 signal_call; /* it comes before this call, counted from 1 */
	bool terminated; /* SIGTERM or SIGINT was read */
	s64 grace_end;
	bool grace_over;
	/* What there is. */
	struct sim_fd fd[SIM_FDS];
	struct sim_inode inode[64];
	int inodes;
	struct sim_version version[SIM_VERSIONS];
	int versions;
	u64 inode_numbers;
	u64 accepted;
	u64 seen[SERVE_METRICS_CLASSES]; /* answers, by status */
	u64 seen_bytes;
	bool cut; /* some connection ended before its answers did */
	/* The log. */
	enum sim_log log;
	u64 log_lines;
	u64 log_room; /* of the pipe */
	bool log_silent;
	u64 relay;	  /* bytes in the worker's own pipe */
	bool log_refused; /* the last that was written to the log */
	/* Handlers. */
	u64 begun;
	u64 ended;
	/* What the worker said it has. */
	struct net_pool *pools[2];
	u32 pool_count;
	struct site_cache *cache;
	size_t mapped;
	struct serve_metrics *metrics;
	const struct serve_options *options;
	/* Last, and not cleared. */
	struct sim_client client[SIM_CLIENTS];
	char relay_text[65536];
};

extern struct sim *sim;
extern struct sim_path sim_paths[];
extern const int sim_path_count;
extern const char *sim_bytes;
extern const struct serve_app sim_app;

/** sim_fail() - the history is wrong: say why, and end the process */
void sim_fail(const char *what, u64 value) __attribute__((noreturn));

/** sim_trace() - a line about the history, where it is replayed */
void sim_trace(const char *what, long a, long b, long c);

/** sim_random() - a number below @n, of the plan's or the kernel's */
u32 sim_random(u64 *state, u32 n);

/** sim_one_in() - true once in @n times; never for 0 */
bool sim_one_in(u64 *state, u32 n);

/* Faults: see faults.c. */
long sim_fault(long nr, const long args[6], enum sim_harm *harm);
void sim_harm(enum sim_harm harm, struct sim_fd *fd);

/** sim_client_take() - the worker takes @n bytes of what @c has sent */
void sim_client_take(struct sim_client *c, u64 n);

/** sim_degrade() - what is asked for now may get another answer, or none */
void sim_degrade(void);

/* Descriptors and memory: see kernel.c. */
struct sim_fd *sim_get(long fd, const char *what);
long sim_open(enum sim_kind kind);
bool sim_may_open(enum sim_harm harm);
void sim_need_readable(long at, u64 length);
void sim_need_writable(long at, u64 length);
void sim_set_memory(char *memory, size_t size);

/* The calls: see files.c, sockets.c, log.c. */
long sim_call_file(long nr, const long args[6]);
long sim_call_socket(long nr, const long args[6]);
long sim_call_log(long nr, const long args[6]);
#define SIM_NOT_MINE (-10000L)

void sim_files_start(void);
void sim_files_change(void);
void sim_sockets_start(void);
void sim_edge(struct sim_client *c);
void sim_log_start(void);

/* Clients: see clients.c, requests.c, answers.c. */
void sim_clients_start(void);
void sim_client_wake(struct sim_client *c);
void sim_clients_act(s64 until);
s64 sim_clients_next(void);
void sim_request_put(struct sim_client *c, struct buf *tx);
void sim_answer_take(struct sim_client *c, struct span data);
void sim_answer_end(struct sim_client *c);
bool sim_answer_between(const struct sim_client *c);
bool sim_client_is_owed(const struct sim_client *c);

/** sim_history() - one of them; returns if all is well */
void sim_history(const struct site_rules *rules);

/** sim_check_queue() - what must hold while the worker sleeps */
void sim_check_queue(void);

/** sim_check() - what must hold when the worker has ended with @status */
void sim_check(int status);

#endif
