/* SPDX-License-Identifier: MIT */
/*
 * http/conn.h: whole dialogues by RFC 9112 section 9, with what a driver does
 * after each event. The outcome is a text: a line for each event, then how many
 * bytes were not taken.
 */
#include "tap.h"
#include "base/buf.h"
#include "http/conn.h"

#define TEXT(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

#define MAX_HEAD 128
#define MAX_BODY 10

struct driver {
	struct http_conn conn;
	struct span in; /* the whole dialogue */
	size_t start;	/* where the request begins */
	size_t next;	/* the first byte that was not taken */
	bool over;
	struct buf log;
	struct buf body; /* of this request, so far */
	char text[512];
	char payload[MAX_BODY];
};

static void begin(struct driver *d, struct span in)
{
	d->in = in;
	d->start = 0;
	d->next = 0;
	d->over = false;
	d->log = BUF(d->text);
	d->body = BUF(d->payload);
	http_conn_start(&d->conn);
}

static void log_answer(struct driver *d)
{
	const struct http_conn *c = &d->conn;

	CHECK_EQ(c->state, HTTP_CONN_REPLY);
	CHECK_EQ(c->status, 0);
	CHECK(d->start + c->head_length <= d->next);
	buf_put(&d->log, c->request.method_name);
	buf_put_char(&d->log, ' ');
	buf_put(&d->log, c->request.target);
	if (d->body.len) {
		buf_put_char(&d->log, ' ');
		buf_put(&d->log, buf_span(&d->body));
		d->body.len = 0;
	}
	if (c->close)
		buf_puts(&d->log, " close");
	buf_put_char(&d->log, '\n');
	bool close = c->close;

	d->start = d->next;
	d->over = !http_conn_next(&d->conn);
	CHECK_EQ(d->over, close);
	if (!close)
		CHECK_EQ(c->state, HTTP_CONN_HEAD);
}

static void log_refusal(struct driver *d)
{
	CHECK_EQ(d->conn.state, HTTP_CONN_REPLY);
	CHECK(d->conn.close);
	buf_put_u64(&d->log, (u64)d->conn.status, 3);
	buf_put_char(&d->log, '\n');
	CHECK(!http_conn_next(&d->conn));
	d->over = true;
	/* What was taken by then is nobody's concern. */
	d->next = d->in.len;
}

/* A head is not taken before it is complete, but what is before it may be. */
static void check_empty_lines(struct driver *d, struct span taken)
{
	d->start = d->next;
	for (; taken.len >= 2; taken = span_skip(taken, 2))
		CHECK(span_starts(taken, SPAN("\r\n")));
	CHECK_EQ(taken.len, 0);
}

static bool is_wanted(const struct driver *d)
{
	return span_starts(d->conn.request.target, SPAN("/wanted"));
}

static void act(struct driver *d, enum http_event event)
{
	switch (event) {
	case HTTP_CONTINUE:
		CHECK_EQ(d->conn.state, HTTP_CONN_BODY);
		buf_puts(&d->log, "100\n");
		return;
	case HTTP_DATA:
		CHECK(d->conn.data.len > 0);
		CHECK(d->conn.data.ptr >= d->in.ptr + d->start &&
		      d->conn.data.ptr + d->conn.data.len <=
			      d->in.ptr + d->next);
		if (is_wanted(d))
			buf_put(&d->body, d->conn.data);
		CHECK(!d->body.full);
		return;
	case HTTP_ANSWER:
		log_answer(d);
		return;
	case HTTP_REFUSE:
		log_refusal(d);
		return;
	case HTTP_NEED_INPUT:
	case HTTP_BEGIN:
		break;
	}
	CHECK(false);
}

/* The first @length bytes have been received. */
static void receive(struct driver *d, size_t length)
{
	while (!d->over) {
		bool head = d->conn.state == HTTP_CONN_HEAD;
		size_t from = head ? d->start : d->next;
		struct span in = { d->in.ptr + from, length - from };
		size_t used = 12345;
		enum http_event event =
			http_conn_feed(&d->conn, MAX_HEAD, in, &used);

		if (!CHECK(used <= in.len))
			return;
		d->next = from + used;
		if (event == HTTP_NEED_INPUT) {
			if (d->conn.state == HTTP_CONN_HEAD)
				check_empty_lines(
					d, (struct span){ in.ptr, used });
			else
				CHECK_EQ(d->next, length);
			return;
		}
		if (event == HTTP_BEGIN) {
			CHECK_EQ(d->conn.state, HTTP_CONN_BEGIN);
			event = http_conn_begin(&d->conn, MAX_BODY,
						is_wanted(d), d->next < length);
		}
		if (event != HTTP_NEED_INPUT)
			act(d, event);
	}
}

static struct span end(struct driver *d)
{
	buf_puts(&d->log, "left ");
	buf_put_u64(&d->log, d->in.len - d->next, 1);
	CHECK(!d->log.full);
	return buf_span(&d->log);
}

/* The outcome is the same however the dialogue is cut into pieces. */
static void check_dialogue(struct span text, struct span want)
{
	struct span in = tap_guarded(text);
	struct driver d;

	for (size_t cut = 0; cut <= in.len; cut++) {
		tap_note("cut at", (long long)cut);
		begin(&d, in);
		receive(&d, cut);
		receive(&d, in.len);
		tap_check_span(end(&d), want, "outcome", __FILE__, __LINE__);
	}
	tap_note("byte by byte", 0);
	begin(&d, in);
	for (size_t i = 0; i <= in.len; i++)
		receive(&d, i);
	tap_check_span(end(&d), want, "outcome", __FILE__, __LINE__);
	tap_unguard(in);
}

/* A dialogue that ends early, where memory ends: its events come first. */
static void check_beginnings(struct span text, struct span want)
{
	for (size_t n = 0; n < text.len; n++) {
		struct span in = tap_guarded((struct span){ text.ptr, n });
		struct driver d;

		tap_note("ends at", (long long)n);
		begin(&d, in);
		receive(&d, n);
		CHECK(span_starts(want, buf_span(&d.log)));
		tap_unguard(in);
	}
}

#define FIRST(line) line " HTTP/1.1\r\nHost: a\r\n"
#define GET(target) FIRST("GET " target) "\r\n"
#define CHUNKED(target)                                                        \
	FIRST("POST " target) "Transfer-Encoding: chunked\r\n\r\n"
#define LENGTH(target, n) FIRST("PUT " target) "Content-Length: " n "\r\n\r\n"

static const struct {
	struct span in;
	struct span want;
} dialogues[] = {
	{ TEXT(""), TEXT("left 0") },
	{ TEXT("GET /"), TEXT("left 5") },
	{ TEXT(GET("/")), TEXT("GET /\nleft 0") },
	{ TEXT(GET("/") "\r\n"), TEXT("GET /\nleft 0") },
	/* RFC 9112 section 9.3.2: pipelining. */
	{ TEXT(GET("/1") GET("/2") "\r\n" GET("/3") "GE"),
	  TEXT("GET /1\nGET /2\nGET /3\nleft 2") },
	/* Section 6.3: where a body ends and the next request begins. */
	{ TEXT(LENGTH("/a", "5") "hello" GET("/b")),
	  TEXT("PUT /a\nGET /b\nleft 0") },
	{ TEXT(LENGTH("/a", "0") GET("/b")), TEXT("PUT /a\nGET /b\nleft 0") },
	{ TEXT(LENGTH("/a", "4") GET("/b")), TEXT("PUT /a\n400\nleft 0") },
	{ TEXT(LENGTH("/a", "5") "hell"), TEXT("left 0") },
	{ TEXT(FIRST("PUT /a") "\r\n" GET("/b")),
	  TEXT("PUT /a\nGET /b\nleft 0") },
	{ TEXT(CHUNKED("/a") "0\r\n\r\n" GET("/b")),
	  TEXT("POST /a\nGET /b\nleft 0") },
	{ TEXT(CHUNKED("/a") "3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: "
			     "u\r\n\r\n" CHUNKED(
				     "/b") "1\r\nx\r\n0\r\n\r\n" GET("/c")),
	  TEXT("POST /a\nPOST /b\nGET /c\nleft 0") },
	/* A body that looks like a request. */
	{ TEXT(CHUNKED("/a") "8\r\nGET /b H\r\n0\r\n\r\n" GET("/c")),
	  TEXT("POST /a\nGET /c\nleft 0") },
	/* Section 9.6: nothing is read after the last request. */
	{ TEXT(FIRST("GET /") "Connection: close\r\n\r\n" GET("/b")),
	  TEXT("GET / close\nleft 28") },
	{ TEXT(FIRST("PUT /") "Connection: close\r\nContent-Length: 3\r\n\r\n"
			      "abcd"),
	  TEXT("PUT / close\nleft 1") },
	{ TEXT("GET / HTTP/1.0\r\n\r\nX"), TEXT("GET / close\nleft 1") },
	{ TEXT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET("/b")),
	  TEXT("GET /\nGET /b\nleft 0") },
	/* The longest body, and one byte more. */
	{ TEXT(LENGTH("/", "10") "0123456789"), TEXT("PUT /\nleft 0") },
	{ TEXT(LENGTH("/", "11")), TEXT("413\nleft 0") },
	{ TEXT(LENGTH("/", "18446744073709551615")), TEXT("413\nleft 0") },
	{ TEXT(CHUNKED("/") "9\r\n012345678\r\n1\r\n9\r\n0\r\n\r\n"),
	  TEXT("POST /\nleft 0") },
	{ TEXT(CHUNKED("/") "9\r\n012345678\r\n2\r\n"), TEXT("413\nleft 0") },
	/* RFC 9110 section 10.1.1: whether the body will come is unknown. */
	{ TEXT(FIRST("PUT /") "Expect: 100-continue\r\n"
			      "Content-Length: 3\r\n\r\nabc"),
	  TEXT("PUT / close\nleft 3") },
	{ TEXT(FIRST("PUT /") "Expect: 100-continue\r\n"
			      "Transfer-Encoding: chunked\r\n\r\n"),
	  TEXT("PUT / close\nleft 0") },
	{ TEXT(FIRST("GET /") "Expect: 100-continue\r\n\r\n" GET("/b")),
	  TEXT("GET /\nGET /b\nleft 0") },
	{ TEXT(FIRST("PUT /") "Expect: 100-continue\r\n"
			      "Content-Length: 11\r\n\r\n"),
	  TEXT("413\nleft 0") },
	{ TEXT(FIRST("GET /") "Expect: wonders\r\n\r\n" GET("/b")),
	  TEXT("417\nleft 0") },
	/* A body that is wanted. */
	{ TEXT(LENGTH("/wanted", "5") "hello" GET("/b")),
	  TEXT("PUT /wanted hello\nGET /b\nleft 0") },
	{ TEXT(CHUNKED("/wanted") "3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: u\r\n"
				  "\r\n" GET("/b")),
	  TEXT("POST /wanted abcde\nGET /b\nleft 0") },
	{ TEXT(FIRST("PUT /wanted") "Expect: 100-continue\r\n"
				    "Content-Length: 0\r\n\r\n"),
	  TEXT("PUT /wanted\nleft 0") },
	{ TEXT(FIRST("PUT /wanted") "Expect: 100-continue\r\n"
				    "Content-Length: 11\r\n\r\n"),
	  TEXT("413\nleft 0") },
	/* Nothing follows a refusal. */
	{ TEXT("G@T / HTTP/1.1\r\n\r\n" GET("/b")), TEXT("400\nleft 0") },
	{ TEXT(GET("/a") "GET /b HTTP/1.1\r\n\r\n" GET("/c")),
	  TEXT("GET /a\n400\nleft 0") },
	{ TEXT(GET("/a") FIRST("GET /b") "Transfer-Encoding: gzip\r\n\r\n"),
	  TEXT("GET /a\n400\nleft 0") },
	{ TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), TEXT("505\nleft 0") },
	{ TEXT(CHUNKED("/") "3\r\nabcd\r\n0\r\n\r\n" GET("/b")),
	  TEXT("400\nleft 0") },
	{ TEXT(CHUNKED("/") "x"), TEXT("400\nleft 0") },
};

static void test_dialogues(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(dialogues); i++)
		check_dialogue(dialogues[i].in, dialogues[i].want);
}

static void test_beginnings(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(dialogues); i++)
		check_beginnings(dialogues[i].in, dialogues[i].want);
}

/* A request whose head is @length bytes, then GET /b. */
static struct span make_head(struct buf *b, size_t length)
{
	b->len = 0;
	buf_puts(b, FIRST("GET /a") "X: ");
	while (b->len < length - 4)
		buf_put_char(b, 'x');
	buf_puts(b, "\r\n\r\n" GET("/b"));
	return buf_span(b);
}

/* The limit is one of each head, not of what was received. */
static void test_longest_head(void)
{
	char text[512];
	struct buf b = BUF(text);

	for (size_t n = MAX_HEAD - 2; n <= MAX_HEAD; n++)
		check_dialogue(make_head(&b, n),
			       SPAN("GET /a\nGET /b\nleft 0"));
	check_dialogue(make_head(&b, MAX_HEAD + 1), SPAN("431\nleft 0"));
	b.len = 0;
	buf_puts(&b, GET("/a") "GET /");
	while (b.len < MAX_HEAD + 40)
		buf_put_char(&b, 'x');
	check_dialogue(buf_span(&b), SPAN("GET /a\n414\nleft 0"));
}

static void check_refused(struct http_conn *c, int status)
{
	http_conn_refuse(c, status);
	CHECK_EQ(c->state, HTTP_CONN_REPLY);
	CHECK_EQ(c->status, status);
	CHECK(c->close);
	CHECK(!http_conn_next(c));
}

/* A deadline may pass at any time. */
static void test_refuse(void)
{
	struct span head = SPAN(LENGTH("/", "3"));
	struct http_conn c;
	size_t used;

	http_conn_start(&c);
	CHECK_EQ(c.state, HTTP_CONN_HEAD);
	check_refused(&c, 408);
	http_conn_start(&c);
	CHECK_EQ(http_conn_feed(&c, MAX_HEAD, SPAN("GET"), &used),
		 HTTP_NEED_INPUT);
	check_refused(&c, 408);
	http_conn_start(&c);
	CHECK_EQ(http_conn_feed(&c, MAX_HEAD, head, &used), HTTP_BEGIN);
	CHECK_EQ(c.state, HTTP_CONN_BEGIN);
	check_refused(&c, 408);
	http_conn_start(&c);
	CHECK_EQ(http_conn_feed(&c, MAX_HEAD, head, &used), HTTP_BEGIN);
	CHECK_EQ(used, head.len);
	CHECK_EQ(http_conn_begin(&c, MAX_BODY, false, false), HTTP_NEED_INPUT);
	CHECK_EQ(c.head_length, head.len);
	CHECK_EQ(c.state, HTTP_CONN_BODY);
	check_refused(&c, 408);
	http_conn_start(&c);
	CHECK_EQ(c.status, 0);
	CHECK(!c.close);
}

/* RFC 9110 section 10.1.1: not to a client that has begun to send. */
static void test_continue(void)
{
	struct span head = SPAN(FIRST("PUT /") "Expect: 100-continue\r\n"
					       "Content-Length: 3\r\n\r\n");
	struct http_conn c;
	size_t used;

	for (int arrived = 0; arrived < 2; arrived++) {
		http_conn_start(&c);
		CHECK_EQ(http_conn_feed(&c, MAX_HEAD, head, &used), HTTP_BEGIN);
		CHECK_EQ(http_conn_begin(&c, MAX_BODY, true, arrived),
			 arrived ? HTTP_NEED_INPUT : HTTP_CONTINUE);
		CHECK(!c.close);
		CHECK_EQ(http_conn_feed(&c, MAX_HEAD, SPAN("abc"), &used),
			 HTTP_DATA);
		CHECK_SPAN(c.data, "abc");
		CHECK_EQ(http_conn_feed(&c, MAX_HEAD, SPAN(""), &used),
			 HTTP_ANSWER);
		CHECK(http_conn_next(&c));
	}
}

/* What a driver must not do. */
static int misuse(void *number)
{
	struct http_conn c;
	size_t used;

	http_conn_start(&c);
	switch (*(int *)number) {
	case 0:
		http_conn_refuse(&c, 408);
		return (int)http_conn_feed(&c, MAX_HEAD, SPAN("GET"), &used);
	case 1:
		if (http_conn_feed(&c, MAX_HEAD, SPAN(GET("/")), &used) !=
		    HTTP_BEGIN)
			return 0;
		return (int)http_conn_feed(&c, MAX_HEAD, SPAN("GET"), &used);
	case 2:
		return (int)http_conn_begin(&c, MAX_BODY, false, false);
	default:
		return http_conn_next(&c);
	}
}

static void test_misuse_dies(void)
{
	for (int i = 0; i < 4; i++) {
		tap_note("misuse", i);
		CHECK(tap_traps(misuse, &i));
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_dialogues);
	RUN(test_beginnings);
	RUN(test_longest_head);
	RUN(test_refuse);
	RUN(test_continue);
	RUN(test_misuse_dies);
	return tap_end();
}
