/* SPDX-License-Identifier: MIT */
/*
 * The probe: one GET, for a health check where there is neither a shell nor
 * curl. The URL names the server by number, since there is no resolver here:
 *
 *	http://127.0.0.1:8080/healthz
 *	http://[::1]:8080/
 *	http://localhost/		127.0.0.1 is meant, and port 80
 *	unix:/run/s.sock:/healthz	the path may be left out, as above
 */
#include "scratchd/commands.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "net/address.h"
#include "serve/say.h"

#define TIMEOUT 5 /* seconds for everything */
#define TIMEOUT_MAX 86400

/* The request, and then the beginning of the answer. */
static char memory[4096];

/* Where to connect to, and the request. Return: whether @url is one. */
static bool read_url(struct span url, struct net_address *address,
		     struct buf *request)
{
	char text[128];
	struct buf name = BUF(text);
	struct span host = SPAN("localhost");
	struct span path = url;
	struct span http = SPAN("http://");
	bool is_http = span_starts(url, http);

	if (is_http) {
		path = span_skip(url, http.len);
		host = (struct span){ path.ptr, span_find(path, '/') };
		path = span_skip(path, host.len);
		size_t n = 0;

		/* The port may be behind it. */
		if (span_starts(host, SPAN("localhost"))) {
			buf_puts(&name, "127.0.0.1");
			n = 9;
		}
		buf_put(&name, span_skip(host, n));
	} else if (span_starts(url, SPAN("unix:"))) {
		path = span_skip(url, 5);
		buf_puts(&name, "unix:");
		buf_put(&name, span_take(&path, ':'));
	}
	const char *wrong = net_address_parse(buf_span(&name), address);

	if (wrong && is_http) {
		buf_puts(&name, ":80");
		wrong = net_address_parse(buf_span(&name), address);
	}
	buf_puts(request, "GET ");
	buf_put(request, path.len ? path : SPAN("/"));
	buf_puts(request, " HTTP/1.1\r\nHost: ");
	buf_put(request, host);
	buf_puts(request, "\r\nConnection: close\r\n\r\n");
	return !wrong && !address->any && !name.full && !request->full &&
	       (!path.len || path.ptr[0] == '/');
}

/* Drop interim answers (RFC 9110 section 15.2). Return: whether a line is left.
 */
static bool has_line(struct buf *b)
{
	struct span s = buf_span(b);

	while (span_starts(s, SPAN("HTTP/1.1 1"))) {
		size_t n = 0;

		while (n < s.len &&
		       !span_starts(span_skip(s, n), SPAN("\r\n\r\n")))
			n++;
		if (n == s.len)
			return false;
		s = span_skip(s, n + 4);
	}
	memmove(b->ptr, s.ptr, s.len);
	b->len = s.len;
	return span_find(s, '\n') < s.len;
}

/*
 * Connect, send, receive a line of the final answer. @left is for all of it:
 * ppoll writes into it what is left. Return: 0, or a negative errno.
 */
static long ask(const struct net_address *address, struct buf *b,
		struct kernel_timespec *left)
{
	struct pollfd poll = { .events = POLLOUT };
	long r = sys_socket(address->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK,
			    0);

	if (r < 0)
		return r;
	poll.fd = (int)r;
	r = sys_connect(poll.fd, &address->sa, address->length);
	/* What became of it is what the first send says. */
	while (r >= 0 || r == -EINPROGRESS) {
		r = sys_ppoll(&poll, 1, left);
		if (!r)
			return -ETIMEDOUT;
		if (r < 0)
			break;
		if (poll.events == POLLOUT) {
			/* The buffer of a new socket takes all of it. */
			r = sys_sendto(poll.fd, b->ptr, b->len, MSG_NOSIGNAL);
			poll.events = POLLIN;
			b->len = 0;
			continue;
		}
		r = sys_recvfrom(poll.fd, b->ptr + b->len, b->cap - b->len, 0);
		if (r <= 0)
			break;
		b->len += (size_t)r;
		if (has_line(b) || b->len == b->cap)
			return 0;
	}
	return r;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* HTTP-version SP status-code SP: RFC 9112 section 4. */
static bool is_good(struct span s)
{
	return s.len > 13 && span_starts(s, SPAN("HTTP/1.")) &&
	       is_digit(s.ptr[7]) && s.ptr[8] == ' ' &&
	       (s.ptr[9] == '2' || s.ptr[9] == '3') && is_digit(s.ptr[10]) &&
	       is_digit(s.ptr[11]) && s.ptr[12] == ' ' &&
	       s.ptr[s.len - 1] == '\r';
}

/* "scratchd: probe URL: REASON" */
static void complain(struct span url, struct span reason)
{
	struct buf *line = serve_line_begin("probe ");

	buf_put_escaped(line, url, 0);
	serve_line_put(": ");
	buf_put_escaped(line, reason, 0);
	serve_line_end();
}

int scratchd_probe(char **args)
{
	struct span option = SPAN("--timeout");
	struct span url = SPAN("");
	struct net_address address;
	/* mem_at(): a constant with an address in it would be relocated. */
	struct buf b = { mem_at(memory), 0, sizeof(memory), false };
	u64 seconds = TIMEOUT;

	for (; *args; args++) {
		struct span s = span_from_string(*args);

		if (span_starts(s, SPAN("--timeout=")) ||
		    (span_equal(s, option) && args[1])) {
			s = s.len > option.len ? span_skip(s, option.len + 1)
					       : span_from_string(*++args);
			if (!span_parse_u64(s, &seconds))
				seconds = 0;
		} else if (!url.len) {
			url = s;
		} else {
			seconds = 0;
		}
	}
	if (!seconds || seconds > TIMEOUT_MAX || !read_url(url, &address, &b)) {
		serve_say("probe: usage: scratchd probe URL [--timeout S], "
			  "URL: http://ADDRESS[:PORT][/PATH] or "
			  "unix:SOCKET[:/PATH]");
		return 2;
	}
	struct kernel_timespec left = { .tv_sec = (s64)seconds };
	long r = ask(&address, &b, &left);

	if (r < 0) {
		serve_say_failure("probe", url, r);
		return 1;
	}
	struct span line = { b.ptr, span_find(buf_span(&b), '\n') };

	if (is_good(line) && line.len < b.len)
		return 0;
	line = (struct span){ line.ptr, line.len < 64 ? line.len : 64 };
	complain(url, line.len ? line : SPAN("no answer"));
	return 1;
}
