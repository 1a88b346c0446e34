/* SPDX-License-Identifier: MIT */
/*
 * http/conn.h: the input is what a client sends on a connection. However it
 * arrives, the same happens.
 */
#include "fuzz.h"
#include "base/hash.h"
#include "base/mem.h"
#include "http/conn.h"

#define EVENTS_MAX 64

struct limits {
	size_t max_head;
	u64 max_body;
	bool wanted; /* bodies are */
};

struct event {
	enum http_event what; /* HTTP_NEED_INPUT: the input ended */
	enum http_conn_state state;
	int status;
	bool close;
	size_t taken; /* bytes so far, of an answered request */
	size_t head_length;
	u64 payload;
	u64 payload_hash;
	u64 request; /* a hash of what was understood */
};

/* What has come of the present request's body. */
struct payload {
	u64 length;
	u64 hash;
};

static u64 hash_request(const struct http_request *r)
{
	u64 h = r->method + 16U * r->framing + 64U * r->keep_alive +
		128U * r->expects_continue;

	h = hash_xxh64(r->line, h ^ r->content_length);
	h = hash_xxh64(r->fields, h ^ r->repeated);
	h = hash_xxh64(r->target, h);
	for (unsigned i = 0; i < HTTP_FIELDS; i++)
		h = hash_xxh64(r->value[i], h + !r->value[i].ptr);
	return h;
}

/* What happened, in a form that does not depend on places and pieces. */
static void note(struct event *e, const struct http_conn *c, size_t taken,
		 enum http_event what, const struct payload *p)
{
	*e = (struct event){ .what = what,
			     .state = c->state,
			     .status = c->status,
			     .close = c->close };
	MUST(what != HTTP_REFUSE || c->close);
	MUST(what != HTTP_REFUSE || (c->status >= 400 && c->status <= 505));
	if (what != HTTP_ANSWER)
		return;
	MUST(c->status == 0);
	MUST(c->head_length >= 16 && c->head_length <= taken);
	e->taken = taken;
	e->head_length = c->head_length;
	e->request = hash_request(&c->request);
	e->payload = p->length;
	e->payload_hash = p->hash;
	if (c->request.framing == HTTP_NO_BODY)
		MUST(!p->length);
	else if (!c->close)
		MUST(p->length == c->body.total);
	if (c->request.framing == HTTP_LENGTH && p->length)
		MUST(p->length == c->request.content_length);
}

/* In any pieces. */
static void add(struct payload *p, struct span data)
{
	for (size_t i = 0; i < data.len; i++)
		p->hash = (p->hash ^ (u8)data.ptr[i]) * 0x100000001b3;
	p->length += data.len;
}

/* One call of the machine. */
static enum http_event feed(struct http_conn *c, const struct limits *limits,
			    struct span now, size_t *used, struct payload *p)
{
	enum http_event what;

	*used = 0;
	if (c->state == HTTP_CONN_BEGIN)
		return http_conn_begin(c, limits->max_body, limits->wanted,
				       now.len > 0);
	bool body = c->state == HTTP_CONN_BODY;

	what = http_conn_feed(c, limits->max_head, now, used);
	MUST(*used <= now.len);
	if (what == HTTP_DATA) {
		MUST(c->data.len && c->data.len <= *used);
		MUST(c->data.ptr >= now.ptr &&
		     c->data.ptr + c->data.len <= now.ptr + *used);
		add(p, c->data);
	}
	/* Nothing points at a body that was taken. */
	if (body && *used)
		memset((char *)now.ptr, '#', *used);
	return what;
}

/* Return: how many events there were. */
static unsigned drive(struct span in, u64 way, const struct limits *limits,
		      struct event *events)
{
	struct span copy = fuzz_copy(in);
	struct http_conn c;
	struct payload p = { 0, 0 };
	size_t received = 0;
	size_t taken = 0;
	unsigned n = 0;

	http_conn_start(&c);
	fuzz_hide(copy, received);
	while (n < EVENTS_MAX - 1) {
		size_t used;
		bool begins = c.state == HTTP_CONN_BEGIN;
		struct span now = { copy.ptr + taken, received - taken };
		enum http_event what = feed(&c, limits, now, &used, &p);

		taken += used;
		if (what == HTTP_ANSWER || what == HTTP_REFUSE) {
			note(&events[n++], &c, taken, what, &p);
			p = (struct payload){ 0, 0 };
			if (!http_conn_next(&c))
				break;
			continue;
		}
		/* What has arrived is fed first, behind a head too. */
		if (what == HTTP_DATA || what == HTTP_BEGIN ||
		    (begins && taken < received))
			continue;
		MUST(what == HTTP_NEED_INPUT || begins);
		MUST(c.state != HTTP_CONN_BODY || taken == received);
		if (received == in.len) {
			note(&events[n++], &c, taken, HTTP_NEED_INPUT, &p);
			break;
		}
		received += fuzz_piece(way, received, in.len - received);
		fuzz_hide(copy, received);
	}
	fuzz_hide(copy, copy.len);
	fuzz_free(copy);
	return n;
}

static bool is_same(const struct event *a, const struct event *b)
{
	return a->what == b->what && a->state == b->state &&
	       a->status == b->status && a->close == b->close &&
	       a->taken == b->taken && a->head_length == b->head_length &&
	       a->payload == b->payload && a->payload_hash == b->payload_hash &&
	       a->request == b->request;
}

void fuzz_one(struct span in)
{
	static const struct limits limits[] = { { 16384, 1 << 20, true },
						{ 100, 20, false } };
	static struct event whole[EVENTS_MAX];
	static struct event pieces[EVENTS_MAX];

	for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
		unsigned n = drive(in, 0, &limits[i], whole);

		for (unsigned way = 1; way < FUZZ_WAYS; way++) {
			MUST(drive(in, fuzz_way(way, in), &limits[i], pieces) ==
			     n);
			for (unsigned e = 0; e < n; e++)
				MUST(is_same(&whole[e], &pieces[e]));
		}
	}
}
