/* SPDX-License-Identifier: MIT */
/* Answers from a site: see serve/answer.h. */
#include "serve/answer.h"
#include "base/hash.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/say.h"

static void start_answer(struct serve_answer *a, int status)
{
	/* Parts are as many as it is said that there are. */
	memset(a, 0, offsetof(struct serve_answer, parts.ranges.at));
	a->reply.status = status;
	a->file = -1;
}

void serve_answer_status(struct serve_answer *a, struct serve_scratch *scratch,
			 const struct http_request *r, int status)
{
	struct buf page = BUF(scratch->page);

	start_answer(a, status);
	site_page_put(&page, status, http_reason(status));
	BUG_ON(page.full);
	a->reply.has_content = true;
	a->reply.content_type = SPAN("text/html; charset=utf-8");
	a->reply.content_length = page.len;
	if (r->method != HTTP_HEAD)
		a->body = buf_span(&page);
	if (status == 405)
		a->reply.allow = SPAN("GET, HEAD, OPTIONS");
	if (status == 503)
		a->reply.retry_after = SPAN("1");
}

/* RFC 9110 section 9.3.7; the answer has no content. */
static void answer_options(struct serve_answer *a)
{
	start_answer(a, 204);
	a->reply.allow = SPAN("GET, HEAD, OPTIONS");
}

/* Once: more would fill the log at every client's wish. */
static void say_unreadable(const struct serve_scratch *scratch)
{
	static bool said;

	if (!said)
		serve_say_unread("open", scratch->target.path, -EACCES, "");
	said = true;
}

static int status_of(const struct serve_scratch *scratch, long err)
{
	switch (-err) {
	case ENOENT:
		return 404;
	case EACCES:
		say_unreadable(scratch);
		return 403;
	case EPERM:
		return 403;
	case EAGAIN: /* it is being replaced again and again */
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return 503;
	default:
		return 500;
	}
}

/*
 * To the same place with a slash behind it, relative to it, so that neither
 * scheme nor host nor port, which a proxy may have changed, are in it
 * (RFC 9110 section 10.2.2). A colon in it would read as a scheme without
 * the dot before it.
 */
static void answer_redirect(struct serve_answer *a,
			    struct serve_scratch *scratch,
			    const struct http_request *r,
			    const struct http_target *target)
{
	struct buf location = BUF(scratch->location);
	struct span segment = target->path;
	size_t n;

	while (n = span_find(segment, '/'), n < segment.len)
		segment = span_skip(segment, n + 1);
	if (span_find(segment, ':') < segment.len)
		buf_puts(&location, "./");
	buf_put(&location, segment);
	buf_put_char(&location, '/');
	buf_put(&location, target->query);
	if (location.full) {
		serve_answer_status(a, scratch, r, 414);
		return;
	}
	serve_answer_status(a, scratch, r, 301);
	a->reply.location = buf_span(&location);
}

/*
 * Several ranges: multipart/byteranges. The boundary is no secret; it only
 * has to be one that is not in the file.
 */
static void choose_parts(struct serve_answer *a, struct serve_scratch *scratch,
			 struct span range)
{
	struct buf type = BUF(scratch->type);

	a->parts.size = scratch->entity.size;
	a->parts.type = a->reply.content_type;
	a->parts.boundary = hash_xxh64(range, (u64)scratch->now);
	http_parts_put_type(&type, &a->parts);
	a->reply.status = 206;
	a->reply.content_type = buf_span(&type);
	a->reply.content_length = http_parts_length(&a->parts);
}

/* One range, or none that there is. */
static void choose_one(struct serve_answer *a, enum http_range kind)
{
	struct http_reply *reply = &a->reply;
	struct http_ranges *ranges = &a->parts.ranges;

	reply->content_range = true;
	reply->size = a->end;
	if (kind == HTTP_RANGE_UNSATISFIABLE) {
		reply->status = 416;
		return;
	}
	reply->status = 206;
	reply->first = ranges->at[0].first;
	reply->last = ranges->at[0].last;
	ranges->count = 0;
	a->offset = reply->first;
	a->end = reply->last + 1;
	reply->content_length = a->end - a->offset;
}

/* Parts are sent from a file, which has to be there, or from a bundle. */
static bool can_send_parts(struct serve_answer *a, const struct site_entity *e)
{
	if (a->reply.content_type.len > HTTP_PART_TYPE_MAX)
		return false;
	a->whole = e->content;
	if (e->is_static)
		return true;
	if (a->file < 0)
		a->file = (int)site_entity_reopen(e);
	return a->file >= 0;
}

/* All of it, ranges of it, or 416. */
static void choose_range(struct serve_answer *a, struct serve_scratch *scratch,
			 const struct http_request *r)
{
	const struct site_entity *e = &scratch->entity;
	struct span range = http_request_single(r, HTTP_RANGE);
	struct http_reply *reply = &a->reply;
	struct http_ranges *ranges = &a->parts.ranges;
	enum http_range kind = HTTP_RANGE_NONE;

	a->end = e->size;
	reply->content_length = e->size;
	if (range.ptr && reply->ranges && r->method == HTTP_GET &&
	    http_precondition_range(r, &e->validators, scratch->now))
		kind = http_range_parse(range, e->size, ranges);
	if (ranges->count > 1 && !can_send_parts(a, e)) {
		ranges->count = 0;
		kind = HTTP_RANGE_NONE;
	}
	if (ranges->count > 1)
		choose_parts(a, scratch, range);
	else if (kind != HTTP_RANGE_NONE)
		choose_one(a, kind);
}

static void close_file(struct serve_answer *a)
{
	site_entity_close(a->file, a->shared);
	a->file = -1;
	a->shared = NULL;
}

/* 416 has a page instead of the file, but says the size. */
static void answer_unsatisfiable(struct serve_answer *a,
				 struct serve_scratch *scratch,
				 const struct http_request *r)
{
	u64 size = a->reply.size;

	close_file(a);
	serve_answer_status(a, scratch, r, 416);
	a->reply.content_range = true;
	a->reply.size = size;
}

/* The bytes of @e from a->offset to a->end, unless none are wanted. */
static void put_body(struct serve_answer *a, const struct http_request *r,
		     const struct site_entity *e)
{
	if (r->method == HTTP_HEAD || a->offset == a->end)
		close_file(a);
	else if (e->is_small && !a->parts.ranges.count)
		a->body = (struct span){ e->content.ptr + a->offset,
					 (size_t)(a->end - a->offset) };
}

/*
 * What describes the file, and the fields that the site's rules have for it.
 * Without one of those it had better not be sent. Return: whether there was
 * room for all.
 */
static bool put_fields(struct serve_answer *a, struct serve_scratch *scratch)
{
	const struct site_entity *e = &scratch->entity;
	struct http_reply *reply = &a->reply;
	struct site_fields fields = {
		.not_modified = reply->status == 304,
		.varies = e->variant.varies,
		.lines = BUF(scratch->fields),
		.type = e->type,
	};

	site_rules_put_fields(scratch->headers, &scratch->target, &fields);
	reply->content_type = fields.type;
	reply->content_encoding = http_negotiate_name(e->variant.coding);
	reply->varies = fields.varies;
	reply->has_type_options = fields.has_type_options;
	reply->fields = buf_span(&fields.lines);
	return !fields.lines.full;
}

/* The site's own page for what is not there. */
static void answer_missing(struct serve_answer *a,
			   struct serve_scratch *scratch,
			   const struct http_request *r)
{
	const struct site_entity *e = &scratch->entity;

	start_answer(a, e->status);
	a->file = e->fd;
	a->is_static = e->is_static;
	a->shared = e->shared;
	if (!put_fields(a, scratch)) {
		close_file(a);
		serve_answer_status(a, scratch, r, 500);
		return;
	}
	a->reply.has_content = true;
	a->reply.content_length = e->size;
	a->end = e->size;
	put_body(a, r, e);
}

static void answer_file(struct serve_answer *a, const struct site *site,
			struct serve_scratch *scratch,
			const struct http_request *r)
{
	struct site_entity *e = &scratch->entity;
	s64 now = scratch->now;

	/* RFC 9110 section 8.8.2.1: no date that is still to come. */
	if (e->validators.last_modified > now) {
		e->validators.last_modified = now;
		e->head.len = 0;
	}
	int status = http_precondition_check(r, &e->validators, now);

	start_answer(a, status ? status : 200);
	a->file = e->fd;
	a->is_static = e->is_static;
	a->shared = e->shared;
	a->held = e->is_list ? &site->listing->held : NULL;
	a->reply.validators = e->validators;
	if (status != 412 && !put_fields(a, scratch))
		status = 500;
	if (status)
		close_file(a);
	if (status == 412 || status == 500)
		serve_answer_status(a, scratch, r, status);
	if (status)
		return;
	a->reply.has_content = true;
	a->reply.ranges = !e->is_list;
	choose_range(a, scratch, r);
	if (a->reply.status == 416) {
		answer_unsatisfiable(a, scratch, r);
		return;
	}
	/* Unless a rule of the site says it otherwise. */
	if (a->reply.status == 200 && a->reply.varies == e->variant.varies &&
	    a->reply.content_type.ptr == e->type.ptr)
		a->reply.prepared = e->head;
	put_body(a, r, e);
}

static bool is_redirect(const struct site_rule *rule)
{
	return rule && rule->status / 100 == 3;
}

/*
 * What to send for the normalised @path: its file, unless a rule is forced;
 * where there is none, what the rule says; else what stands for it. A page
 * that is sent with another status than 200 has the fields of its own path,
 * so that no missing picture is kept for a year.
 *
 * Return: as site_find(), or SITE_ELSEWHERE: @location says where.
 */
static long find(const struct site *site, struct serve_scratch *scratch,
		 const struct site_rule *rule, bool get, struct buf *path,
		 struct buf *location)
{
	struct site_entity *e = &scratch->entity;
	struct buf found = BUF(scratch->found);
	long kind = -ENOENT;

	if (!rule || !rule->forced)
		kind = site_find(site, path, e);
	/* A listing is no file: a rule has its say before it. */
	bool lists = kind == SITE_NO_INDEX;

	if (lists)
		kind = -ENOENT;
	if (kind == -ENOENT && rule) {
		site_rules_put_target(rule, &scratch->target, location);
		if (is_redirect(rule) || location->full)
			return SITE_ELSEWHERE;
		kind = site_find_target(site, buf_span(location), &found, e);
		/* A rule leads to a file, and a listing is none. */
		if (kind == SITE_NO_INDEX)
			kind = -ENOENT;
		if (kind == SITE_FILE && rule->status != 200) {
			scratch->target.path = buf_span(&found);
			e->status = rule->status;
			kind = SITE_MISSING;
		}
	}
	if (kind == -ENOENT && lists)
		kind = site_list(site, path, scratch->target.query, get, e);
	if (kind == -ENOENT) {
		kind = site_find_instead(site, path, e);
		scratch->target.path = buf_span(path);
	}
	return kind;
}

static void answer_path(struct serve_answer *a, const struct site *site,
			struct serve_scratch *scratch,
			const struct http_request *r,
			const struct http_target *target)
{
	struct buf path = BUF(scratch->path);
	struct buf location = BUF(scratch->location);
	bool reads = r->method == HTTP_GET || r->method == HTTP_HEAD;
	int status = http_path_normalize(target->path, &path);
	const struct site_rule *rule = NULL;

	scratch->target.path = buf_span(&path);
	scratch->target.query = target->query;
	if (!status)
		rule = site_rules_find(&site->rules[SITE_REDIRECTS],
				       &scratch->target, NULL);
	if (!reads && !is_redirect(rule))
		status = -405;
	if (status) {
		serve_answer_status(a, scratch, r, -status);
		return;
	}
	scratch->entity.scratch = scratch->content;
	scratch->headers = &site->rules[SITE_HEADERS];
	http_negotiate_read(&scratch->entity.wanted, r);
	long kind = find(site, scratch, rule, r->method == HTTP_GET, &path,
			 &location);

	if (kind < 0) {
		serve_answer_status(a, scratch, r, status_of(scratch, kind));
	} else if (kind == SITE_ELSEWHERE) {
		serve_answer_status(a, scratch, r,
				    location.full ? 414 : rule->status);
		if (!location.full)
			a->reply.location = buf_span(&location);
	} else if (!reads) {
		if (kind == SITE_FILE)
			site_entity_close(scratch->entity.fd,
					  scratch->entity.shared);
		serve_answer_status(a, scratch, r, 405);
	} else if (kind == SITE_DIRECTORY) {
		answer_redirect(a, scratch, r, target);
	} else if (kind == SITE_REFUSED) {
		/* Another client might get it. */
		serve_answer_status(a, scratch, r, 406);
		a->reply.varies = true;
	} else if (kind == SITE_MISSING) {
		answer_missing(a, scratch, r);
	} else {
		answer_file(a, site, scratch, r);
	}
}

void serve_answer_request(struct serve_answer *a, const struct site *site,
			  struct serve_scratch *scratch,
			  const struct http_request *r, s64 now)
{
	struct http_target target;
	int status = 0;

	scratch->now = now;
	if (r->method != HTTP_CONNECT)
		status = http_target_split(r, &target);
	if (status) {
		serve_answer_status(a, scratch, r, -status);
		return;
	}
	switch (r->method) {
	case HTTP_DELETE:
	case HTTP_GET:
	case HTTP_HEAD:
	case HTTP_PATCH:
	case HTTP_POST:
	case HTTP_PUT:
		answer_path(a, site, scratch, r, &target);
		return;
	case HTTP_OPTIONS:
		answer_options(a);
		return;
	case HTTP_UNKNOWN:
		serve_answer_status(a, scratch, r, 501);
		return;
	case HTTP_CONNECT:
	case HTTP_TRACE:
		serve_answer_status(a, scratch, r, 405);
		return;
	case HTTP_METHODS:
		break;
	}
	BUG_ON(true);
}
