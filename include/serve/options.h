/* SPDX-License-Identifier: MIT */
/*
 * The command line and the environment. An option is --NAME VALUE or
 * --NAME=VALUE, or SCRATCHD_NAME in the environment with "_" for "-"; the
 * command line wins. What is wrong is told in one line.
 *
 * Listening sockets may come with the process (sd_listen_fds(3)): LISTEN_FDS
 * of them, from descriptor 3 on, for the process LISTEN_PID. They take the
 * place of the default, and stand beside those that are asked for.
 */
#ifndef SERVE_OPTIONS_H
#define SERVE_OPTIONS_H

#include "net/address.h"
#include "serve/app.h"

#define SERVE_LISTEN_MAX 8
#define SERVE_TRUSTED_MAX 16

/* The longest script with variables of the environment. */
#define SERVE_ENV_SCRIPT_MAX 4096

/* Not given: as much as is there for it. */
#define SERVE_CACHE_FITS (~0ULL)

struct serve_options {
	u64 listen_count;
	u64 proxied;	     /* bit N: listen[N] wants a PROXY header */
	u64 inherited;	     /* the last of them came with the process */
	u64 metrics;	     /* 1: behind them is the address for metrics */
	u64 workers;	     /* 0: as many as CPUs that may be used */
	u64 max_connections; /* of one worker; 0: as many as descriptors allow
			      */
	u64 max_header;	     /* bytes */
	u64 cache_size; /* bytes of a worker; 0: none; or SERVE_CACHE_FITS */
	u64 request_memory; /* bytes of a worker; one request always fits */
	u64 list;	    /* 1: on */
	u64 user;	    /* 0: stay who we are */
	u64 group;
	u64 trusted_count;
	const char *root;
	struct span index;
	struct span env_js; /* PATH=NAME,NAME; empty: none */
	/* What is looked at in one place, and what is long, comes behind. */
	bool root_is_default; /* the working directory, not given by name */
	u32 given;	      /* bit N: the command line has option N */
	u64 access_log;	      /* enum serve_log_format */
	u64 max_body;	      /* bytes */
	u64 header_timeout;   /* seconds, as those up to grace */
	u64 body_timeout;
	u64 write_timeout;
	u64 keepalive_timeout;
	u64 grace;
	u64 cache_ttl;	 /* ms for which a file is not looked at again */
	u64 clean_urls;	 /* 1: on */
	u64 dotfiles;	 /* 1: on */
	u64 symlinks;	 /* 1: those that stay beneath ROOT */
	u64 sandbox;	 /* enum serve_sandbox_mode */
	struct span spa; /* empty: none */
	struct span health_path;	 /* empty: none */
	struct span env_script;		 /* what is found at env_js's PATH */
	const struct serve_app *app;	 /* NULL: there are no routes */
	const struct serve_calls *calls; /* for them: serve/call.h; or NULL */
	void *shared;			 /* app->shared bytes */
	struct net_address listen[SERVE_LISTEN_MAX + 1];
	struct net_address metrics_address;
	struct net_network trusted[SERVE_TRUSTED_MAX]; /* proxies */
};

enum serve_parsed {
	SERVE_RUN,   /* options are complete */
	SERVE_DONE,  /* help or version was printed: exit 0 */
	SERVE_WRONG, /* it was said what is wrong: exit 2 */
};

/** serve_options_parse() - from defaults, then @envp, then @argv */
enum serve_parsed serve_options_parse(struct serve_options *o, int argc,
				      char **argv, char **envp) MUST_CHECK;

#endif
