/* SPDX-License-Identifier: MIT */
/*
 * The rules that a site brings along in its root, as Netlify documents them
 * (docs.netlify.com: "Redirects and rewrites", "Custom headers"):
 *
 *	_redirects  FROM [NAME=VALUE ...] TO [STATUS[!]]
 *	            The first rule that matches is the one. Without a STATUS it
 *	            is 301. With 3xx the client is sent to TO; with others TO is
 *	            the file of this site that it gets, with that status.
 *	_headers    PATH, and below it "Name: value" lines. All matching paths
 *	            apply; a name that a later one has too is taken from there.
 *
 * FROM and PATH: ":name" stands for one segment, "*" for anything. In FROM it
 * is the end and called ":splat" in TO. A segment of TO, or a value in its
 * query, that begins with a name which FROM has not is a mistake. A slash at
 * the end of a path or rule makes no difference. Lines that begin with "#" are
 * comments.
 *
 * A set of rules is parsed from a text that stays where it is, into a struct
 * of fixed size, and only read from then on. All of this is without system
 * calls. Memory: 13 MiB for both files together, which the master maps without
 * reserving it. What the files do not fill stays untouched, and workers share
 * the rest.
 */
#ifndef SITE_RULES_H
#define SITE_RULES_H

#include "base/buf.h"
#include "http/path.h"

/* Of each file: rules with and without ":name" or "*", in all 2,100. */
#define SITE_RULES_PLAIN_MAX 2000
#define SITE_RULES_PATTERN_MAX 100
#define SITE_RULES_MAX (SITE_RULES_PLAIN_MAX + SITE_RULES_PATTERN_MAX)

/* Bytes of a line with a path. */
#define SITE_RULES_LINE_MAX 1000

/* Bytes of a file. */
#define SITE_RULES_TEXT_MAX (3 << 20)

/* Fields of all blocks, and the bytes of one block as lines of a response. */
#define SITE_RULES_FIELDS_MAX 8192
#define SITE_RULES_BLOCK_MAX 4000

/* A Content-Type that is longer is refused: a head must hold it. */
#define SITE_RULES_TYPE_MAX 128

/* Lists of plain rules, by a hash of their path; the patterns' is behind. */
#define SITE_RULES_PATTERNS 4096

struct site_field {
	struct span name;
	struct span value;
	u8 kind; /* rules_headers.c */
};

struct site_rule {
	struct span from; /* decoded, normalised, no slash at its end */
	/* A redirect. */
	struct span query; /* words NAME=VALUE, or empty */
	struct span to;
	u16 next; /* in its list, as there */
	u16 status;
	bool forced; /* even where there is a file */
	/* Fields of responses. */
	struct site_field *fields;
	u32 field_count;
};

struct site_rules {
	u32 count;    /* of rule[] */
	u32 patterns; /* of them with ":" or "*" */
	u32 fields;
	u32 block_size;		 /* bytes of the lines of the block below */
	struct site_rule *block; /* which fields are added to, or NULL */
	/* Numbers of rules, counted from 1: the last one added of those whose
	 * paths have the same hash, and of the patterns. 0: none */
	u16 list[SITE_RULES_PATTERNS + 1];
	struct buf strings; /* over memory[] */
	struct site_rule rule[SITE_RULES_MAX];
	struct site_field field[SITE_RULES_FIELDS_MAX];
	/* Paths, decoded, and lists of several lines. It cannot become full:
	 * a byte of the text has at most one here. */
	char memory[SITE_RULES_TEXT_MAX];
	char text[SITE_RULES_TEXT_MAX + 1]; /* the file, for whoever reads it */
};

/* What a site has: an array of both. */
enum site_rules_file {
	SITE_REDIRECTS,
	SITE_HEADERS,
	SITE_RULES_FILES,
};

struct site_rules_line {
	u32 number; /* counted from 1; 0 to begin with */
	struct span text;
};

/* The fields of one response. */
struct site_fields {
	bool not_modified; /* it is a 304 */
	/* By Accept-Encoding. Unset if that is in a Vary among the lines. */
	bool varies;
	bool has_type_options; /* they have X-Content-Type-Options */
	struct span type;      /* Content-Type, set if they have one */
	struct buf lines;      /* each with its CRLF, in the caller's memory */
};

/** site_rules_clear() - make @rules an empty set */
void site_rules_clear(struct site_rules *rules);

/**
 * site_rules_parse() - add the rules of a text, up to the first trouble
 * @headers: it is that of _headers, else of _redirects
 * @rest: the text; moved behind what was read. It stays in use.
 * @line: the last line that was read
 *
 * To be called until it returns NULL. A line that it complains about adds
 * nothing.
 *
 * Return: what is wrong with @line, or NULL at the end of the text.
 */
const char *site_rules_parse(struct site_rules *rules, bool headers,
			     struct span *rest,
			     struct site_rules_line *line) MUST_CHECK;

/**
 * site_rules_find() - the first rule for a path
 * @target: its path is normalised (http/path.h)
 * @after:  begin behind this one; NULL: at the start
 *
 * A rule with words NAME=VALUE wants exactly these parameters in the query, in
 * any order; a VALUE that begins with ":" is any but an empty one.
 *
 * Return: the rule, or NULL.
 */
const struct site_rule *site_rules_find(const struct site_rules *rules,
					const struct http_target *target,
					const struct site_rule *after);

/**
 * site_rules_match() - whether @pattern stands for @path
 * @name:  of a placeholder without its ":", or "splat"; may be empty
 * @value: set to the part of @path that @name stands for, if there is one
 */
bool site_rules_match(struct span pattern, struct span path, struct span name,
		      struct span *value);

/**
 * site_rules_put_target() - append where @rule leads, a URL or the path of one
 * @target: for which @rule was found
 * @out:    empty
 *
 * All bytes are fit for a Location: what a placeholder stands for is encoded
 * so that it cannot end the path, and no path begins with "//" or "/\", which
 * would be another host. The request's query is passed on unless the rule has
 * parameters or a query of its own.
 */
void site_rules_put_target(const struct site_rule *rule,
			   const struct http_target *target, struct buf *out);

/**
 * site_rules_put_fields() - the fields for a path
 * @target: its path is normalised
 *
 * Lines of one name that follow each other in a block are one line, a list,
 * but for Set-Cookie. What does not fit sets lines.full. On a 304 what
 * describes the content is left out (RFC 9110 section 15.4.5).
 */
void site_rules_put_fields(const struct site_rules *rules,
			   const struct http_target *target,
			   struct site_fields *fields);

/* The parts of the above that are in other files. */
const char *site_rules_add(struct site_rules *rules, struct site_rule *rule);
const char *site_rules_add_redirect(struct site_rules *rules, struct span line);
const char *site_rules_add_header(struct site_rules *rules, struct span line);
bool site_rules_has_query(const struct site_rule *rule, struct span query,
			  struct span name, struct span *value);

#endif
