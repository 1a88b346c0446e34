/* SPDX-License-Identifier: MIT */
/* What clients ask for, and what has to come of it. */
#include "sim.h"

/* Files that are asked for by name: the path, and which file that is. */
static const struct {
	const char *path;
	int file;
} files[] = {
	{ "/", 1 },
	{ "/index.html", 1 },
	{ "/small.txt", 2 },
	{ "/small.txt", 2 },
	{ "/empty.txt", 3 },
	{ "/page.html", 4 },
	{ "/mid.bin", 5 },
	{ "/big.bin", 6 },
	{ "/v.txt", 7 },
	{ "/dir/", 10 },
	{ "/link.txt", 2 },
	{ "//dir/./", 10 },
	{ "/dir/../%73mall.txt", 2 },
	{ "/news.txt", 14 },
	{ "/log.bin", 15 },
};

static void put_line(struct buf *tx, const char *method, const char *path,
		     struct sim_expect *e)
{
	bool old = sim_one_in(&sim->plan, 12);

	buf_puts(tx, method);
	buf_put_char(tx, ' ');
	buf_puts(tx, path);
	buf_puts(tx, old ? " HTTP/1.0\r\nHost: sim\r\n"
			 : " HTTP/1.1\r\nHost: sim\r\n");
	e->close = old;
	if (sim_one_in(&sim->plan, 20)) {
		buf_puts(tx, "Connection: close\r\n");
		e->close = true;
	}
}

static void put_range(struct buf *tx, struct sim_expect *e, u64 size)
{
	e->status = 206;
	if (sim_one_in(&sim->plan, 3)) {
		buf_puts(tx, "Range: bytes=0-9,50-59,70-\r\n");
		e->body = SIM_ANYTHING;
		return;
	}
	e->first = sim_random(&sim->plan, (u32)size);
	e->last = e->first + sim_random(&sim->plan, (u32)(size - e->first));
	buf_puts(tx, "Range: bytes=");
	buf_put_u64(tx, e->first, 1);
	buf_put_char(tx, '-');
	buf_put_u64(tx, e->last, 1);
	buf_puts(tx, "\r\n");
	e->last++;
}

static void put_file(struct buf *tx, struct sim_expect *e)
{
	u32 i = sim_random(&sim->plan, ARRAY_SIZE(files));
	if (sim->focuses)
		i = ARRAY_SIZE(files) - 1 - sim_random(&sim->plan, 2);
	u64 size = sim->inode[files[i].file].size;

	e->head = sim_one_in(&sim->plan, 6);
	e->method = e->head ? HTTP_HEAD : HTTP_GET;
	e->body = SIM_CONTENT;
	e->status = 200;
	e->file = files[i].file;
	put_line(tx, e->head ? "HEAD" : "GET", files[i].path, e);
	if (e->file == 7 && sim_random(&sim->plan, 2)) {
		buf_puts(tx, "Accept-Encoding: gzip\r\n");
		e->variant = 8;
	}
	if (!e->head && size > 70 && !sim_paths[e->file].changes &&
	    e->file != 7 && sim_one_in(&sim->plan, 5))
		put_range(tx, e, size);
	buf_puts(tx, "\r\n");
}

/* Answers whose text is the server's own. */
static void put_other(struct buf *tx, struct sim_expect *e)
{
	static const struct {
		const char *method;
		const char *path;
		enum http_method known;
		int status;
	} other[] = {
		{ "GET", "/dir", HTTP_GET, 301 },
		{ "GET", "/list/", HTTP_GET, 200 },
		{ "GET", "/list/?sort=-size", HTTP_GET, 200 },
		{ "HEAD", "/list/", HTTP_HEAD, 200 },
		{ "OPTIONS", "/small.txt", HTTP_OPTIONS, 204 },
		{ "DELETE", "/small.txt", HTTP_DELETE, 405 },
		{ "FOO", "/", HTTP_UNKNOWN, 501 },
		{ "GET", "/.secret", HTTP_GET, 404 },
		{ "GET", "/missing", HTTP_GET, 404 },
		{ "GET", "/small.txt/x", HTTP_GET, 404 },
		{ "GET", "/health", HTTP_GET, 200 },
	};
	u32 i = sim_random(&sim->plan, ARRAY_SIZE(other));

	e->method = other[i].known;
	e->status = other[i].status;
	e->body = SIM_ANYTHING;
	e->head = e->method == HTTP_HEAD;
	e->quiet = i == ARRAY_SIZE(other) - 1;
	put_line(tx, other[i].method, other[i].path, e);
	buf_puts(tx, "\r\n");
	if (e->status == 404) {
		e->body = SIM_CONTENT;
		e->file = 13;
	}
}

static void put_chunks(struct buf *tx, const char *bytes, u64 length)
{
	while (length) {
		u64 n = 1 + sim_random(&sim->plan, (u32)length);
		char digits[16];
		struct buf hex = BUF(digits);

		buf_put_hex(&hex, n);
		buf_put(tx, buf_span(&hex));
		buf_puts(tx, sim_one_in(&sim->plan, 3) ? ";x=y\r\n" : "\r\n");
		buf_put(tx, (struct span){ bytes, n });
		buf_puts(tx, "\r\n");
		bytes += n;
		length -= n;
	}
	buf_puts(tx, "0\r\n\r\n");
}

/* To a handler, with a body. */
static void put_body(struct buf *tx, struct sim_expect *e)
{
	bool gathers = sim_random(&sim->plan, 2);
	u64 length = sim_random(&sim->plan, gathers ? 2400 : 9000);
	const char *bytes;

	e->method = HTTP_POST;
	e->status = 200;
	e->body = SIM_BYTES_AT;
	e->bytes = sim_random(&sim->plan, SIM_BYTES / 2);
	e->length = length;
	bytes = sim_bytes + e->bytes;
	put_line(tx, "POST", gathers ? "/gather" : "/echo", e);
	if (gathers && length > 2000) {
		e->status = 413;
		e->body = SIM_ANYTHING;
		e->may_close = true;
	}
	if (!e->close && sim_random(&sim->plan, 2)) {
		buf_puts(tx, "Transfer-Encoding: chunked\r\n\r\n");
		put_chunks(tx, bytes, length);
		return;
	}
	buf_puts(tx, "Content-Length: ");
	buf_put_u64(tx, length, 1);
	buf_puts(tx, "\r\n\r\n");
	buf_put(tx, (struct span){ bytes, length });
}

/* To a handler that streams: fast, or with pauses. */
static void put_stream(struct buf *tx, struct sim_expect *e)
{
	bool pauses = sim_one_in(&sim->plan, 4);

	e->method = HTTP_GET;
	e->status = 200;
	e->body = SIM_BYTES_AT;
	e->bytes = 4711;
	e->length = 30000;
	e->rests = pauses;
	put_line(tx, "GET", pauses ? "/pauses" : "/stream", e);
	buf_puts(tx, "\r\n");
}

/* What cannot be understood is the last that is read. */
static void put_bad(struct buf *tx, struct sim_expect *e)
{
	static const char *const bad[] = {
		"GET / HTTP/1.1\r\nHost : sim\r\n\r\n",
		"GET /\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
	};
	u32 i = sim_random(&sim->plan, ARRAY_SIZE(bad));

	e->method = HTTP_GET;
	e->status = 400;
	e->body = SIM_ANYTHING;
	e->close = true;
	buf_puts(tx, bad[i]);
}

void sim_request_put(struct sim_client *c, struct buf *tx)
{
	struct sim_expect *e = &c->expect[c->count++];
	u32 kind = sim_random(&sim->plan, 20);

	*e = (struct sim_expect){ .file = -1, .variant = -1, .start = tx->len };
	if (c->listener) {
		e->method = HTTP_GET;
		e->status = 200;
		e->body = SIM_ANYTHING;
		e->quiet = true;
		put_line(tx, "GET", "/metrics", e);
		buf_puts(tx, "\r\n");
	} else if (kind < 11) {
		put_file(tx, e);
	} else if (kind < 15) {
		put_other(tx, e);
	} else if (kind < 17) {
		put_body(tx, e);
	} else if (kind < 19) {
		put_stream(tx, e);
	} else {
		put_bad(tx, e);
	}
	e->end = tx->len;
	c->rests |= e->rests;
}
