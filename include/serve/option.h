/* SPDX-License-Identifier: MIT */
/* One option, and what its value means; for serve/options.h alone. */
#ifndef SERVE_OPTION_H
#define SERVE_OPTION_H

#include "serve/options.h"

enum serve_option_kind {
	SERVE_OPTION_HELP,
	SERVE_OPTION_VERSION,
	SERVE_OPTION_NUMBER,
	SERVE_OPTION_LISTEN,
	SERVE_OPTION_METRICS,
	SERVE_OPTION_TRUSTED,
	SERVE_OPTION_USER, /* and group */
	SERVE_OPTION_NAME, /* of a file */
	SERVE_OPTION_ENV_JS,
	SERVE_OPTION_PATH, /* of a request's target, as it stands there */
	SERVE_OPTION_WORD, /* one of those that its value is called */
};

struct serve_option {
	u64 max;
	u32 min;
	u16 field;   /* offset in struct serve_options; of a span for a name */
	char letter; /* 0: none */
	u8 kind;
};

/* A value, and where it came from: "--max-body" or "SCRATCHD_MAX_BODY". */
struct serve_setting {
	struct span name;
	struct span value;
};

/**
 * serve_option_complain() - say what is wrong with @s, in one line
 *
 * Return: SERVE_WRONG.
 */
enum serve_parsed serve_option_complain(const struct serve_setting *s,
					const char *reason);

/** serve_option_add_listen() - one more address */
enum serve_parsed serve_option_add_listen(struct serve_options *o,
					  const struct serve_setting *s);

/**
 * serve_option_set() - set @opt, neither help nor version, to s->value
 * @words: what its value is called; for a word, all that there are
 */
enum serve_parsed serve_option_set(struct serve_options *o,
				   const struct serve_option *opt,
				   struct span words,
				   const struct serve_setting *s);

#endif
