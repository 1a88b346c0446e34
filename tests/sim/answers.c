/* SPDX-License-Identifier: MIT */
/*
 * Answers, byte by byte: each must be the one that is due, of a file as it was
 * at some time since the request was sent, and end where its framing says. An
 * answer that is missing must have a reason.
 */
#include "base/mem.h"
#include "sim.h"

/* Times that the server tries to open what is replaced meanwhile. */
#define TRIES 4

enum state {
	HEAD, /* zero: the start */
	BODY,
	CHUNK_SIZE,
	CHUNK,
	CHUNK_END,
	LAST,
	UNTIL_CLOSE,
	OVER, /* nothing more may come */
};

static struct sim_expect *due(struct sim_client *c)
{
	return &c->expect[c->answered];
}

bool sim_answer_between(const struct sim_client *c)
{
	return c->answer.state == HEAD && !c->answer.head_length;
}

bool sim_client_is_owed(const struct sim_client *c)
{
	const struct sim_expect *e = &c->expect[c->answered];

	return c->answered < c->count && !e->rests && e->end <= c->taken &&
	       !c->hurt && !c->shut && !c->server_shut &&
	       c->answer.state != OVER && !c->out_length;
}

/* How much of version @v an answer to @e has. */
static u64 find_length(const struct sim_expect *e, const struct sim_version *v)
{
	return e->last ? e->last - e->first : v->size;
}

/* The versions that may come: as they were when it was sent, or later. */
static u64 find_candidates(const struct sim_expect *e, u64 length, u8 gzip)
{
	int file = gzip ? e->variant : e->file;
	u64 found = 0;

	for (int i = 0; i < sim->versions; i++) {
		const struct sim_version *v = &sim->version[i];
		/* It was cut between two reads of it. */
		bool cut = v->to != ~0ULL && !e->last && length < v->size &&
			   v->size != ~0ULL;

		if (v->file == file && v->to >= e->sent &&
		    (find_length(e, v) == length || cut))
			found |= 1ULL << i;
	}
	return found;
}

/* Whether the file of @e was away since it was sent. */
static bool was_missing(const struct sim_expect *e)
{
	for (int i = 0; i < sim->versions; i++)
		if (sim->version[i].file == e->file &&
		    sim->version[i].size == ~0ULL &&
		    sim->version[i].to >= e->sent)
			return true;
	return false;
}

/* How often the file of @e was replaced, or cut, since it was sent. */
static u32 count_changes(const struct sim_expect *e)
{
	u32 n = 0;

	for (int i = 0; i < sim->versions; i++)
		n += sim->version[i].file == e->file &&
		     sim->version[i].to != ~0ULL &&
		     sim->version[i].to >= e->sent;
	return n;
}

/* A status that was not due. */
static bool may_differ(const struct sim_client *c, const struct sim_expect *e,
		       int status)
{
	if (status == 404 && e->body == SIM_CONTENT && was_missing(e))
		return true;
	if (status == 408)
		return c->expired || c->turned_away;
	if (status == 503 && (c->turned_away || (sim->terminated && e->quiet)))
		return true;
	/* Each time that it was opened it was another: site/resolve.c. */
	if (status == 503 && count_changes(e) >= TRIES)
		return true;
	return e->degraded;
}

static struct span find_field(struct span head, struct span name)
{
	while (head.len) {
		struct span line = span_take(&head, '\n');
		struct span key = span_take(&line, ':');

		if (span_equal_nocase(key, name))
			return span_trim((struct span){
				line.ptr, line.len ? line.len - 1 : 0 });
	}
	return (struct span){ NULL, 0 };
}

/* How the end is known. */
static void find_framing(struct sim_client *c, struct span head, bool empty)
{
	struct sim_answer *a = &c->answer;
	struct span length = find_field(head, SPAN("content-length"));

	a->chunked = find_field(head, SPAN("transfer-encoding")).len;
	a->left = 0;
	if (length.ptr && !span_parse_u64(length, &a->left))
		sim_fail("a length that is no number", length.len);
	a->state = empty	? BODY
		   : a->chunked ? CHUNK_SIZE
		   : length.ptr ? BODY
				: UNTIL_CLOSE;
	if (length.ptr && a->chunked)
		sim_fail("a length and chunks", a->left);
	if (a->state == UNTIL_CLOSE && !a->close)
		sim_fail("an answer without an end", a->left);
}

static void end_answer(struct sim_client *c)
{
	struct sim_answer *a = &c->answer;
	struct sim_expect *e = due(c);

	if (e->body == SIM_BYTES_AT && !e->head && a->at != e->length)
		sim_fail("an answer of another length", a->at);
	if (!e->quiet) {
		sim->seen[a->status / 100 - 2]++;
		sim->seen_bytes += a->at;
	}
	c->answered++;
	a->state = a->close ? OVER : HEAD;
	a->head_length = 0;
	a->at = 0;
}

static void read_head(struct sim_client *c)
{
	struct sim_answer *a = &c->answer;
	struct sim_expect *e = due(c);
	struct span head = { a->head, a->head_length };
	u64 status = 0;

	if (c->answered == c->count)
		sim_fail("an answer that nobody asked for", c->answered);
	if (!span_starts(head, SPAN("HTTP/1.1 ")) ||
	    !span_parse_u64((struct span){ head.ptr + 9, 3 }, &status))
		sim_fail("no status line", head.len);
	a->status = (int)status;
	if (a->status != e->status) {
		if (!may_differ(c, e, a->status))
			sim_fail("a status that is not due", status);
		e->body = SIM_ANYTHING;
		e->may_close = true;
	}
	if (c->taken < e->end && a->status != 408 && a->status != 400 &&
	    !e->may_close && e->body != SIM_BYTES_AT)
		sim_fail("an answer to what was not received", status);
	struct span connection = find_field(head, SPAN("connection"));
	/* With 408 it may not be known yet what was asked for. */
	bool empty = (e->head && a->status != 408) || a->status == 204 ||
		     a->status == 304;

	sim_trace("answer", (long)status, c->fd, (long)c->answered);
	a->close = span_equal(connection, SPAN("close"));
	if (!a->close && !connection.len && e->close)
		sim_fail("no close where it is due", status);
	if (a->close && !e->close && !e->may_close && !sim->terminated)
		sim_fail("a close that is not due", status);
	find_framing(c, head, empty);
	a->coding = find_field(head, SPAN("content-encoding")).len > 0;
	if (e->body == SIM_CONTENT) {
		a->candidates = find_candidates(e, a->left, a->coding);
		/* Something else may stand for what could not be read. */
		if (!a->candidates && !e->degraded)
			sim_fail("a length that no version has", a->left);
		if (!a->candidates)
			e->body = SIM_ANYTHING;
	}
	if (empty)
		a->left = 0;
	if (a->state == BODY && !a->left)
		end_answer(c);
}

/* Bytes of the body. */
static void check_body(struct sim_client *c, struct span data)
{
	struct sim_answer *a = &c->answer;
	const struct sim_expect *e = due(c);

	if (e->body == SIM_BYTES_AT) {
		if (a->at + data.len > e->length ||
		    memcmp(data.ptr, sim_bytes + e->bytes + a->at, data.len) !=
			    0)
			sim_fail("a wrong byte in a handler's answer", a->at);
	} else if (e->body == SIM_CONTENT) {
		for (int i = 0; i < sim->versions; i++)
			if ((a->candidates >> i & 1) &&
			    memcmp(data.ptr,
				   sim_bytes + sim->version[i].bytes +
					   e->first + a->at,
				   data.len) != 0)
				a->candidates &= ~(1ULL << i);
		if (!a->candidates)
			sim_fail("a wrong byte, or an old file", a->at);
	}
	a->at += data.len;
}

/* The line of a chunk. */
static void take_size(struct sim_client *c, char byte)
{
	struct sim_answer *a = &c->answer;

	if (byte == '\n') {
		a->state = a->left ? CHUNK : LAST;
		a->head_length = 0;
	} else if (byte != '\r') {
		if (span_hex_digit(byte) > 15)
			sim_fail("no size of a chunk", (u64)byte);
		a->left = a->left * 16 + span_hex_digit(byte);
	}
}

/* One byte that is not of a body. */
static void take_byte(struct sim_client *c, char byte)
{
	struct sim_answer *a = &c->answer;

	switch ((enum state)a->state) {
	case HEAD:
		if (a->head_length == sizeof(a->head))
			sim_fail("a head that is too long", a->head_length);
		a->head[a->head_length++] = byte;
		if (a->head_length > 3 &&
		    span_equal((struct span){ a->head + a->head_length - 4, 4 },
			       SPAN("\r\n\r\n")))
			read_head(c);
		return;
	case CHUNK_SIZE:
		take_size(c, byte);
		return;
	case CHUNK_END:
	case LAST:
		if (byte != "\r\n"[a->head_length++])
			sim_fail("no end of a chunk", (u64)byte);
		if (a->head_length < 2)
			return;
		if (a->state == LAST)
			end_answer(c);
		else
			a->state = CHUNK_SIZE;
		return;
	case BODY:
	case CHUNK:
	case UNTIL_CLOSE:
	case OVER:
		break;
	}
	sim_fail("bytes behind the last answer", (u64)byte);
}

void sim_answer_take(struct sim_client *c, struct span data)
{
	struct sim_answer *a = &c->answer;

	while (data.len) {
		size_t n = a->left < data.len ? a->left : data.len;

		if (a->state == UNTIL_CLOSE)
			n = data.len;
		if (a->state != BODY && a->state != CHUNK &&
		    a->state != UNTIL_CLOSE) {
			take_byte(c, data.ptr[0]);
			data = span_skip(data, 1);
			continue;
		}
		check_body(c, (struct span){ data.ptr, n });
		data = span_skip(data, n);
		if (a->state == UNTIL_CLOSE)
			continue;
		a->left -= n;
		if (a->left)
			continue;
		if (a->state == BODY) {
			end_answer(c);
		} else {
			a->state = CHUNK_END;
			a->head_length = 0;
		}
	}
}

/* The connection ends before the answer that is due. */
static bool may_be_cut(const struct sim_client *c, const struct sim_expect *e)
{
	if (c->hurt || c->expired || c->turned_away)
		return true;
	/* Nor may what has shrunk be sent to its end, and what was before. */
	for (u32 i = c->answered; i < c->begun; i++)
		if (c->expect[i].degraded || count_changes(&c->expect[i]))
			return true;
	/* Idle, it made room; with its next request under way it is reset. */
	if (c->made_room && (c->torn || c->taken_at_end <= e->start))
		return sim->starved || sim->crowded;
	/* Whoever has ended its side is taken for gone by a handler. */
	if (c->shut && e->rests)
		return true;
	if (sim->terminated &&
	    (e->end > c->taken_at_end || sim->now >= sim->grace_end))
		return true;
	return false;
}

void sim_answer_end(struct sim_client *c)
{
	struct sim_answer *a = &c->answer;

	/* HTTP/1.0 does not show whether something is missing. */
	if (a->state == UNTIL_CLOSE && a->at == due(c)->length)
		end_answer(c);
	if (a->state == OVER)
		return;
	if (sim_answer_between(c) && c->answered == c->count)
		return;
	sim->cut = true;
	sim_trace("cut", (long)a->at, a->state, (long)c->torn);
	sim_trace("taken", (long)c->taken, (long)c->sent, (long)c->shut);
	if (!may_be_cut(c, due(c)))
		sim_fail("an answer is missing", c->answered);
}
