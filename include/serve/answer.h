/* SPDX-License-Identifier: MIT */
/* What a request is answered with. */
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include "http/path.h"
#include "http/range.h"
#include "http/reply.h"
#include "site/listing.h"
#include "site/page.h"

/* The longest Location; with it a head still fits a connection's buffer. */
#define SERVE_LOCATION_MAX 4096

/* Bytes of further field lines (struct http_reply, fields) at the most. */
#define SERVE_FIELDS_MAX 4096

struct serve_answer {
	/* The body, whole: in memory, or in a file from offset to end, or in
	 * both (then the file is for what the socket does not take at once).
	 * None for HEAD and for a status that has none. */
	struct span body;
	int file;	/* to be closed by whoever sends it; -1: none */
	bool is_static; /* there is none, and memory stays where it is */
	struct http_reply reply;
	struct span whole; /* what the parts are of, if that is so */
	struct site_cache_file *shared; /* what the cache holds of it */
	u64 offset, end;
	/* The file exists in memory alone: what such files take together, kept
	 * by whoever sends it (site/listing.h). Else NULL. */
	u64 *held;
	/* Several ranges of the file, each with a head; or none of these. */
	struct http_parts parts;
};

/* What an answer is made in and may point at until it is sent or copied. */
struct serve_scratch {
	s64 now; /* seconds since 1970 */
	struct site_entity entity;
	/* What the site's rules are asked about, and those of _headers. */
	struct http_target target;
	const struct site_rules *headers;
	char path[HTTP_PATH_MAX + SITE_PATH_EXTRA + 1];
	char found[HTTP_PATH_MAX + SITE_PATH_EXTRA + 1]; /* by a rule */
	char page[SITE_PAGE_MAX];
	char location[SERVE_LOCATION_MAX];
	char type[HTTP_PART_TYPE_MAX]; /* of the parts together */
	char allow[256];	       /* what a path of routes allows */
	size_t fields_length;	       /* of those for the next reply, */
	char fields[SERVE_FIELDS_MAX]; /* serve_field() */
	char content[SITE_SMALL_MAX + 1];
};

/**
 * serve_answer_request() - answer @r from @site
 * @now: seconds since 1970
 */
void serve_answer_request(struct serve_answer *a, const struct site *site,
			  struct serve_scratch *scratch,
			  const struct http_request *r, s64 now);

/** serve_answer_status() - answer with @status and its page */
void serve_answer_status(struct serve_answer *a, struct serve_scratch *scratch,
			 const struct http_request *r, int status);

#endif
