/* SPDX-License-Identifier: MIT */
/* A program with a handler for each thing that serve/app.h promises. */
#include "base/mem.h"
#include "http/query.h"
#include "kernel/start.h"
#include "kernel/sys.h"
#include "serve/app.h"

#define LARGE 300000

/* How many calls there were, and how they ended. */
struct counts {
	unsigned long started;
	unsigned long complete;
	unsigned long cancelled;
};

static struct counts *find_counts(const struct serve_call *c)
{
	return c->shared;
}

static void reply_text(struct serve_call *c, struct span text)
{
	serve_reply(c, 200, SPAN("text/plain"), text);
}

/* The parameters, each in brackets. */
static void show_params(struct serve_call *c)
{
	char text[1024];
	struct buf out = BUF(text);

	for (unsigned i = 0; i < SERVE_PARAMS_MAX && c->param[i].ptr; i++) {
		buf_put_char(&out, '[');
		buf_put(&out, c->param[i]);
		buf_put_char(&out, ']');
	}
	reply_text(c, buf_span(&out));
}

static void show_query(struct serve_call *c)
{
	char text[256];
	struct buf value = BUF(text);

	if (http_query_find(serve_call_query(c), SPAN("q"), &value))
		reply_text(c, buf_span(&value));
	else
		serve_reply(c, 422, SPAN("text/html; charset=utf-8"),
			    SPAN("none"));
}

/* The query's name and value as a field of the response. */
static void put_field(struct serve_call *c)
{
	char texts[2][5000];
	struct buf name = BUF(texts[0]);
	struct buf value = BUF(texts[1]);
	struct span query = serve_call_query(c);
	bool added = http_query_find(query, SPAN("n"), &name) &&
		     http_query_find(query, SPAN("v"), &value) &&
		     serve_field(c, buf_span(&name), buf_span(&value));

	reply_text(c, added ? SPAN("added") : SPAN("refused"));
}

static void show_body(struct serve_call *c)
{
	reply_text(c, c->body);
}

static void reply_large(struct serve_call *c)
{
	char *text = c->scratch;

	for (unsigned i = 0; i < LARGE; i++)
		text[i] = (char)('a' + i / 7 % 26);
	reply_text(c, (struct span){ text, LARGE });
}

static void reply_own_file(struct serve_call *c)
{
	struct statx st = { 0 };
	long fd = sys_openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || sys_statx((int)fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS,
				&st) < 0)
		serve_reply(c, 500, SPAN("text/plain"), SPAN("no file"));
	else
		serve_reply_file(c, 200, SPAN("application/x-program"), (int)fd,
				 st.stx_size);
}

/* A number from the path, and how far the stream is. */
struct progress {
	u64 wanted;
	u64 done;
	u64 calls;
};

static struct progress *start_progress(struct serve_call *c)
{
	struct progress *p = c->scratch;

	if (!span_parse_u64(c->param[0], &p->wanted))
		p->wanted = 0;
	__atomic_fetch_add(&find_counts(c)->started, 1, __ATOMIC_RELAXED);
	return p;
}

static void start_lines(struct serve_call *c)
{
	start_progress(c);
	serve_reply_stream(c, 200, SPAN("text/plain"), HTTP_LENGTH_UNKNOWN);
}

/* "line 1", and so on: whole ones, as there is room. */
static bool write_line(struct serve_call *c, struct progress *p)
{
	char text[32];
	struct buf line = BUF(text);

	buf_puts(&line, "line ");
	buf_put_u64(&line, p->done + 1, 1);
	buf_put_char(&line, '\n');
	struct span rest = span_skip(buf_span(&line), (size_t)p->calls);
	size_t n = serve_write(c, rest);

	/* How much of this line went before. */
	p->calls = n < rest.len ? p->calls + n : 0;
	p->done += n == rest.len;
	return n == rest.len;
}

static void produce_lines(struct serve_call *c)
{
	struct progress *p = c->scratch;

	while (p->done < p->wanted)
		if (!write_line(c, p))
			return;
	serve_finish(c);
}

/* Says nothing two times of three. */
static void produce_slowly(struct serve_call *c)
{
	struct progress *p = c->scratch;

	if (p->calls++ % 3)
		return;
	if (p->done++ == p->wanted)
		serve_finish(c);
	else if (serve_write(c, SPAN("tick\n")) != 5)
		p->done--;
}

static void start_known(struct serve_call *c)
{
	struct progress *p = start_progress(c);

	serve_reply_stream(c, 200, SPAN("text/plain"), p->wanted);
}

/* More than was promised: that is cut. */
static void produce_dots(struct serve_call *c)
{
	char dots[512];

	memset(dots, '.', sizeof(dots));
	while (serve_write(c, (struct span){ dots, sizeof(dots) }))
		;
	struct progress *p = c->scratch;

	if (p->calls++ * sizeof(dots) > p->wanted)
		serve_finish(c);
}

static void produce_too_little(struct serve_call *c)
{
	if (serve_write(c, SPAN("little")))
		serve_finish(c);
}

static void start_later(struct serve_call *c)
{
	start_progress(c);
}

/* A long poll. */
static void reply_later(struct serve_call *c)
{
	struct progress *p = c->scratch;

	if (p->calls++ == p->wanted)
		reply_text(c, SPAN("at last"));
}

static void count_end(struct serve_call *c, bool complete)
{
	struct counts *n = find_counts(c);

	__atomic_fetch_add(complete ? &n->complete : &n->cancelled, 1,
			   __ATOMIC_RELAXED);
}

static void show_counts(struct serve_call *c)
{
	const struct counts *n = find_counts(c);
	char text[64];
	struct buf out = BUF(text);

	buf_put_u64(&out, n->started, 1);
	buf_put_char(&out, ' ');
	buf_put_u64(&out, n->complete, 1);
	buf_put_char(&out, ' ');
	buf_put_u64(&out, n->cancelled, 1);
	reply_text(c, buf_span(&out));
}

static void refuse(struct serve_call *c)
{
	serve_reply(c, 403, SPAN("text/html; charset=utf-8"), SPAN("refused"));
}

static size_t refuse_data(struct serve_call *c, struct span data)
{
	/* It has replied: nothing comes. */
	BUG_ON(c->replied);
	return data.len;
}

static size_t sum(struct serve_call *c, struct span data)
{
	struct progress *p = c->scratch;
	char text[32];
	struct buf out = BUF(text);

	p->done += data.len;
	if (!data.len) {
		buf_put_u64(&out, p->done, 1);
		reply_text(c, buf_span(&out));
	}
	return data.len;
}

/* The first ten bytes come back, and that is all. */
static size_t take_ten(struct serve_call *c, struct span data)
{
	struct progress *p = c->scratch;

	if (data.len > 10 - p->done)
		data.len = (size_t)(10 - p->done);
	size_t n = serve_write(c, data);

	p->done += n;
	if (p->done == 10)
		serve_finish(c);
	return n;
}

/* Takes nothing of the body, ever. */
static size_t take_nothing(struct serve_call *c, struct span data)
{
	(void)c;
	(void)data;
	return 0;
}

/* What was found in the head before the body came is there behind it. */
static void keep_tag(struct serve_call *c)
{
	struct span *kept = c->scratch;

	*kept = http_request_find(c->request, SPAN("X-Tag"));
}

static size_t show_tag(struct serve_call *c, struct span data)
{
	const struct span *kept = c->scratch;

	if (!data.len)
		reply_text(c, *kept);
	return data.len;
}

static void reply_of_type(struct serve_call *c)
{
	char text[300];
	struct buf type = BUF(text);

	if (http_query_find(serve_call_query(c), SPAN("t"), &type))
		serve_reply(c, 200, buf_span(&type), SPAN("typed"));
}

static void do_nothing(struct serve_call *c)
{
	(void)c;
}

static void delete(struct serve_call *c)
{
	serve_reply(c, 204, SPAN("text/plain"), SPAN("never sent"));
}

#define GET(where, function) { .method = "GET", .path = where, .start = function }
#define SCRATCH .scratch = sizeof(struct progress), .end = count_end

static const struct serve_route routes[] = {
	GET("/one/:a", show_params),
	GET("/two/:a/and/:b", show_params),
	GET("/rest/*", show_params),
	GET("/rest/of/it", do_nothing),
	GET("/slash/:a/", show_params),
	GET("/query", show_query),
	GET("/field", put_field),
	GET("/file", reply_own_file),
	GET("/letters.txt", serve_reply_site),
	GET("/counts", show_counts),
	GET("/nothing", do_nothing),
	{ "GET", "/large", 0, LARGE, reply_large, NULL, NULL, count_end },
	{ "POST", "/gather", .gather = 1000, .start = show_body },
	{ "POST", "/ignore", .start = show_body },
	{ "GET", "/lines/:n", SCRATCH, .start = start_lines,
	  .produce = produce_lines },
	{ "GET", "/slow/:n", SCRATCH, .start = start_lines,
	  .produce = produce_slowly },
	{ "GET", "/known/:n", SCRATCH, .start = start_known,
	  .produce = produce_dots },
	{ "GET", "/short/:n", SCRATCH, .start = start_known,
	  .produce = produce_too_little },
	{ "GET", "/unfinished/:n", SCRATCH, .start = start_known },
	{ "GET", "/later/:n", SCRATCH, .start = start_later,
	  .produce = reply_later },
	{ "POST", "/refuse", .start = refuse, .receive = refuse_data },
	{ "POST", "/sum", SCRATCH, .start = start_later, .receive = sum },
	{ "POST", "/ten", SCRATCH, .start = start_lines, .receive = take_ten },
	{ "POST", "/stuck", SCRATCH, .start = start_later,
	  .receive = take_nothing },
	{ "POST", "/keep", .scratch = sizeof(struct span), .start = keep_tag,
	  .receive = show_tag },
	GET("/type", reply_of_type),
	/* Parameters of a row that does not match are not those of the next. */
	GET("/:a/never", show_params),
	GET("/foo/y", show_params),
	{ "PROPFIND", "/item/:id", .start = show_params },
	{ "DELETE", "/item/:id", .start = delete },
	{ "BREW", "/item/:id", .start = show_params },
};

int program_main(int argc, char **argv, char **envp)
{
	static const struct serve_app app = { routes, ARRAY_SIZE(routes),
					      sizeof(struct counts) };

	return serve_app_run(&app, argc, argv, envp);
}
