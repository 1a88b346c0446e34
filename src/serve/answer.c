/* SPDX-License-Identifier: MIT */
/* Answers from a site: see serve/answer.h. */
#include "serve/answer.h"
#include "base/hash.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

static void start_answer(struct serve_answer *a, int status)
{
	*a = (struct serve_answer){ .reply.status = status, .file = -1 };
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

static int status_of(long err)
{
	switch (-err) {
	case ENOENT:
		return 404;
	case EACCES:
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

/* Parts are sent from a file, which has to be there. */
static bool can_send_parts(struct serve_answer *a, const struct site_entity *e)
{
	if (a->reply.content_type.len > HTTP_PART_TYPE_MAX)
		return false;
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
	if (range.ptr && r->method == HTTP_GET &&
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

static void put_type(struct serve_answer *a, const struct site_entity *e)
{
	a->reply.content_type = e->type;
	a->reply.content_encoding = http_negotiate_name(e->variant.coding);
	a->reply.varies = e->variant.varies;
}

/* The site's own page for what is not there. */
static void answer_missing(struct serve_answer *a, const struct site_entity *e,
			   const struct http_request *r)
{
	start_answer(a, 404);
	a->reply.has_content = true;
	put_type(a, e);
	a->reply.content_length = e->size;
	a->file = e->fd;
	a->shared = e->shared;
	a->end = e->size;
	put_body(a, r, e);
}

/* Another client might get it. */
static void answer_refused(struct serve_answer *a,
			   struct serve_scratch *scratch,
			   const struct http_request *r)
{
	serve_answer_status(a, scratch, r, 406);
	a->reply.varies = true;
}

static void answer_file(struct serve_answer *a, struct serve_scratch *scratch,
			const struct http_request *r)
{
	struct site_entity *e = &scratch->entity;
	s64 now = scratch->now;

	/* RFC 9110 section 8.8.2.1: no date that is still to come. */
	if (e->validators.last_modified > now)
		e->validators.last_modified = now;
	int status = http_precondition_check(r, &e->validators, now);

	start_answer(a, 200);
	a->file = e->fd;
	a->shared = e->shared;
	if (status == 412) {
		close_file(a);
		serve_answer_status(a, scratch, r, 412);
		return;
	}
	a->reply.validators = e->validators;
	a->reply.varies = e->variant.varies;
	if (status == 304) {
		close_file(a);
		a->reply.status = 304;
		return;
	}
	a->reply.has_content = true;
	a->reply.ranges = true;
	put_type(a, e);
	choose_range(a, scratch, r);
	if (a->reply.status == 416) {
		answer_unsatisfiable(a, scratch, r);
		return;
	}
	put_body(a, r, e);
}

static void answer_path(struct serve_answer *a, const struct site *site,
			struct serve_scratch *scratch,
			const struct http_request *r,
			const struct http_target *target)
{
	struct buf path = BUF(scratch->path);
	int status = http_path_normalize(target->path, &path);

	if (status) {
		serve_answer_status(a, scratch, r, -status);
		return;
	}
	scratch->entity.scratch = scratch->content;
	http_negotiate_read(&scratch->entity.wanted, r);
	long kind = site_find(site, &path, &scratch->entity);

	if (kind == -ENOENT)
		kind = site_find_instead(site, &path, &scratch->entity);
	if (kind < 0)
		serve_answer_status(a, scratch, r, status_of(kind));
	else if (kind == SITE_DIRECTORY)
		answer_redirect(a, scratch, r, target);
	else if (kind == SITE_REFUSED)
		answer_refused(a, scratch, r);
	else if (kind == SITE_MISSING)
		answer_missing(a, &scratch->entity, r);
	else
		answer_file(a, scratch, r);
}

void serve_answer_request(struct serve_answer *a, const struct site *site,
			  struct serve_scratch *scratch,
			  const struct http_request *r, s64 now)
{
	struct http_target target;

	scratch->now = now;
	if (r->method != HTTP_CONNECT && http_target_split(r, &target)) {
		serve_answer_status(a, scratch, r, 400);
		return;
	}
	switch (r->method) {
	case HTTP_GET:
	case HTTP_HEAD:
		answer_path(a, site, scratch, r, &target);
		return;
	case HTTP_OPTIONS:
		answer_options(a);
		return;
	case HTTP_UNKNOWN:
		serve_answer_status(a, scratch, r, 501);
		return;
	case HTTP_CONNECT:
	case HTTP_DELETE:
	case HTTP_PATCH:
	case HTTP_POST:
	case HTTP_PUT:
	case HTTP_TRACE:
		serve_answer_status(a, scratch, r, 405);
		return;
	}
}
