/* SPDX-License-Identifier: MIT */
/*
 * hello: an HTTP server made of bare system calls, in one file.
 *
 * Its life is this list, and the functions below stand in reverse order of
 * it, each before its first use, so a reader may also begin at the end:
 *
 *   rt_sigprocmask  a client that goes away must not end the program
 *   socket          a descriptor for TCP over IPv4
 *   setsockopt      SO_REUSEADDR: start again at once after a stop
 *   bind            give it the address and the port
 *   listen          connections may queue from now on
 *   getsockname     which port that is, where 0 asked for any
 *   then for ever, one client at a time:
 *     accept4       take the next connection, or sleep until there is one
 *     ppoll         sleep until it has sent something, ten seconds in all
 *     read          some bytes of the request, as many as have come
 *     write         the request line to standard output, the response to it
 *     shutdown      after a refusal: "nothing more comes from this side"
 *     close         done
 *
 * A call returns a negative errno where it fails; check() says so on standard
 * error. Before the loop that is the end. Within it, it is the end of that
 * connection at most.
 */
#include "base/buf.h"
#include "kernel/errno.h"
#include "kernel/start.h"
#include "kernel/sys.h"

#define HEAD_MAX 8192	   /* request line and headers together, in bytes */
#define REQUEST_SECONDS 10 /* for a whole request: others are waiting */
#define LINGER_SECONDS 1   /* for a refused client to stop sending */

/* A connection and what has been received on it. */
struct client {
	int fd;
	struct kernel_timespec patience; /* ppoll takes off what it slept */
	size_t at;			 /* where the next line begins */
	size_t len;			 /* how much of data is filled */
	char data[HEAD_MAX];
};

/* What the answer depends on. */
struct request {
	bool is_head;	   /* HEAD: the same answer without its body */
	bool needs_length; /* POST and PUT */
	bool has_length;
	bool is_coded; /* Transfer-Encoding: the end is not known beforehand */
	u64 length;
};

/*
 * Functions that read return NULL if all is well, or what ends the request:
 * a status to answer with, or GONE where nobody is left to answer.
 */
static const char GONE[] = "";
static const char OK[] = "200 OK";
static const char BAD[] = "400 Bad Request";

/* The errors that these calls can return, "13 EACCES (permission denied)". */
static const char errors[] =
#define ERRNO(name, number, text)
#define ERRNO_HELLO(name, number, text) #number " " #name " (" text ")\0"
#include "kernel/errno.def"
#undef ERRNO
#undef ERRNO_HELLO
	;

static void put(struct buf *b, const char *s)
{
	buf_put(b, span_from_string(s));
}

/* "hello: bind 127.0.0.1:80: EACCES (permission denied)" */
static void report(const char *call, const char *about, long err)
{
	char text[128], number[24];
	struct buf line = BUF(text), key = BUF(number);
	const char *row = errors;

	buf_put_u64(&key, (u64)-err, 1);
	put(&key, " ");
	while (*row && !span_starts(span_from_string(row), buf_span(&key)))
		row += span_from_string(row).len + 1;
	put(&line, "hello: ");
	put(&line, call);
	put(&line, about);
	put(&line, ": ");
	if (*row) {
		put(&line, row + key.len);
	} else {
		put(&line, "errno ");
		buf_put(&line, buf_span(&key));
	}
	put(&line, "\n");
	if (sys_write(2, line.ptr, line.len) < 0)
		return; /* and nobody left to tell */
}

static long check(const char *call, const char *about, long result)
{
	if (result < 0)
		report(call, about, result);
	return result;
}

/* Before the loop: no server, no program. */
static long must(const char *call, const char *about, long result)
{
	if (check(call, about, result) < 0)
		sys_exit_group(1);
	return result;
}

/* write may take less than it is given. */
static void write_all(int fd, const struct buf *b)
{
	size_t done = 0;

	while (done < b->len) {
		long n = check("write", "",
			       sys_write(fd, b->ptr + done, b->len - done));

		if (n < 0 && n != -EINTR)
			return;
		if (n > 0)
			done += (size_t)n;
	}
}

/* At least one more byte into @c->data, which must have room. */
static const char *receive(struct client *c)
{
	struct pollfd readable = { c->fd, POLLIN, 0 };
	long n;

	do {
		n = check("ppoll", "", sys_ppoll(&readable, 1, &c->patience));
		if (n == 0)
			return "408 Request Timeout";
		if (n > 0)
			n = check("read", "",
				  sys_read(c->fd, c->data + c->len,
					   HEAD_MAX - c->len));
	} while (n == -EINTR);
	if (n < 0)
		return GONE;
	if (n == 0) /* the client's end: of something, or of nothing at all */
		return c->at || c->len ? BAD : GONE;
	c->len += (size_t)n;
	return NULL;
}

/*
 * The next line, without the CR LF that ends it. A CR or LF alone is refused:
 * others might see two lines where this program sees one.
 */
static const char *read_line(struct client *c, struct span *line)
{
	bool after_cr = false;

	for (size_t i = c->at; i < HEAD_MAX; i++) {
		const char *end = i < c->len ? NULL : receive(c);
		u8 byte = (u8)c->data[i];

		if (end)
			return end;
		if (after_cr && byte == '\n') {
			*line = (struct span){ c->data + c->at, i - 1 - c->at };
			c->at = i + 1;
			return NULL;
		}
		if (after_cr || byte == 0x7f ||
		    (byte < ' ' && byte != '\t' && byte != '\r'))
			return BAD;
		after_cr = byte == '\r';
	}
	return "431 Request Header Fields Too Large";
}

/* Moves what stands before @delimiter from @rest to @word. */
static bool take(struct span *rest, char delimiter, struct span *word)
{
	size_t n = span_find(*rest, delimiter);

	if (n == rest->len)
		return false;
	*word = (struct span){ rest->ptr, n };
	*rest = span_skip(*rest, n + 1);
	return true;
}

/* RFC 9110 section 5.6.2: what methods and header names are made of. */
static bool is_token(struct span s)
{
	static const struct span marks = SPAN("!#$%&'*+-.^_`|~");

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		bool digit = c >= '0' && c <= '9';

		if (!letter && !digit && span_find(marks, c) == marks.len)
			return false;
	}
	return s.len > 0;
}

/* "GET /index.html HTTP/1.1", printed as it came. */
static const char *read_request_line(struct client *c, struct request *r)
{
	char text[4 * HEAD_MAX]; /* a byte becomes four at most: \x1b */
	struct buf out = BUF(text);
	struct span line, method, target;
	const char *end = read_line(c, &line);

	if (end)
		return end;
	buf_put_escaped(&out, line, 0);
	put(&out, "\n");
	if (!take(&line, ' ', &method) || !is_token(method) ||
	    !take(&line, ' ', &target) || !target.len ||
	    span_find(target, '\t') < target.len || line.len != 8 ||
	    !span_starts(line, SPAN("HTTP/1.")) || line.ptr[7] < '0' ||
	    line.ptr[7] > '9')
		return BAD;
	write_all(1, &out);
	r->is_head = span_equal(method, SPAN("HEAD"));
	r->needs_length = span_equal(method, SPAN("POST")) ||
			  span_equal(method, SPAN("PUT"));
	return NULL;
}

/* "Name: value" up to the empty line. Two say where the body ends. */
static const char *read_headers(struct client *c, struct request *r)
{
	struct span line, name;

	for (;;) {
		const char *end = read_line(c, &line);

		if (end || !line.len)
			return end;
		if (!take(&line, ':', &name) || !is_token(name))
			return BAD;
		if (span_equal_nocase(name, SPAN("Transfer-Encoding")))
			r->is_coded = true;
		if (!span_equal_nocase(name, SPAN("Content-Length")))
			continue;
		if (r->has_length ||
		    !span_parse_u64(span_trim(line), &r->length))
			return BAD;
		r->has_length = true;
	}
}

/* All of a request. What is in the body does not matter here. */
static const char *read_request(struct client *c, struct request *r)
{
	const char *end = read_request_line(c, r);
	u64 body;

	if (!end)
		end = read_headers(c, r);
	if (end)
		return end;
	if (r->is_coded || (r->needs_length && !r->has_length))
		return "411 Length Required";
	for (body = c->len - c->at; body < r->length; body += c->len) {
		c->len = 0;
		end = receive(c);
		if (end)
			return end;
	}
	return OK;
}

static void answer(int fd, const char *status, bool with_body)
{
	char text[256];
	struct buf out = BUF(text);
	struct span title =
		span_from_string(status == OK ? "hello world" : status);

	put(&out, "HTTP/1.1 ");
	put(&out, status);
	put(&out, "\r\nContent-Type: text/html\r\nContent-Length: ");
	buf_put_u64(&out, title.len + sizeof("<h1></h1>") - 1, 1);
	put(&out, "\r\nConnection: close\r\n\r\n");
	if (with_body) {
		put(&out, "<h1>");
		buf_put(&out, title);
		put(&out, "</h1>");
	}
	write_all(fd, &out);
}

static void serve(int fd)
{
	struct client c = { .fd = fd, .patience = { REQUEST_SECONDS, 0 } };
	struct request r = { 0 };
	const char *status = read_request(&c, &r);

	if (status == GONE)
		return;
	answer(fd, status, !r.is_head);
	if (status == OK)
		return;
	/*
	 * What a refused client goes on sending has to be read: closing over
	 * unread bytes makes the kernel send a reset, and a reset makes the
	 * client's kernel drop an answer that was not read yet.
	 */
	if (check("shutdown", "", sys_shutdown(fd, SHUT_WR)) < 0)
		return;
	c.patience = (struct kernel_timespec){ LINGER_SECONDS, 0 };
	do {
		c.at = c.len = 0;
	} while (!receive(&c));
}

/* "127.0.0.1:8080": four bytes in decimal and a port. */
static bool parse_address(struct span s, struct sockaddr_in *in)
{
	struct span word;
	u64 number;

	for (unsigned i = 0; i < 4; i++) {
		if (!take(&s, i < 3 ? '.' : ':', &word) ||
		    !span_parse_u64(word, &number) || number > 255)
			return false;
		in->sin_addr[i] = (u8)number;
	}
	if (!span_parse_u64(s, &number) || number > 65535)
		return false;
	in->sin_family = AF_INET;
	in->sin_port[0] = (u8)(number >> 8);
	in->sin_port[1] = (u8)number;
	return true;
}

/* The first six steps. A failure here ends the program. */
static int start_listening(const char *where, const union sockaddr *wanted)
{
	union sockaddr bound = { 0 };
	u32 size = sizeof(bound.in);
	u64 sigpipe = 1ULL << (SIGPIPE - 1);
	char text[64];
	struct buf line = BUF(text);

	/*
	 * Writing to a connection that the client has reset raises SIGPIPE,
	 * which would end the program. Blocked, it leaves write's EPIPE.
	 */
	must("rt_sigprocmask", "",
	     sys_rt_sigprocmask(SIG_BLOCK, &sigpipe, NULL));
	int fd = (int)must("socket", "", sys_socket(AF_INET, SOCK_STREAM, 0));

	/*
	 * Connections of an earlier run occupy the port for a minute after
	 * they ended, so that a late packet is not taken for a new one's.
	 * This says that they do not matter.
	 */
	must("setsockopt", "", sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	must("bind ", where, sys_bind(fd, wanted, sizeof(wanted->in)));
	must("listen ", where, sys_listen(fd, 128));
	must("getsockname", "", sys_getsockname(fd, &bound, &size));

	put(&line, "hello: listening on ");
	for (unsigned i = 0; i < 4; i++) {
		buf_put_u64(&line, bound.in.sin_addr[i], 1);
		put(&line, i < 3 ? "." : ":");
	}
	buf_put_u64(&line, bound.in.sin_port[0] * 256U + bound.in.sin_port[1],
		    1);
	put(&line, "\n");
	write_all(1, &line);
	return fd;
}

int program_main(int argc, char **argv, char **envp)
{
	const char *where = argc > 1 ? argv[1] : "127.0.0.1:8080";
	union sockaddr address = { 0 };

	(void)envp;
	if (!parse_address(span_from_string(where), &address.in)) {
		char text[512];
		struct buf line = BUF(text);

		put(&line, "hello: '");
		buf_put_escaped(&line, span_from_string(where), 0);
		put(&line, "': not an address like 127.0.0.1:8080\n");
		write_all(2, &line);
		return 2;
	}
	int listener = start_listening(where, &address);

	for (;;) {
		long fd = check("accept4", "",
				sys_accept4(listener, NULL, NULL, 0));

		if (fd >= 0) {
			serve((int)fd);
			check("close", "", sys_close((int)fd));
			continue;
		}
		/*
		 * That connection is gone, or descriptors or memory are short
		 * and the next accept4 would say the same at once: wait a
		 * little, asking for nothing.
		 */
		struct kernel_timespec pause = { 0, 100000000 };

		check("ppoll", "", sys_ppoll(NULL, 0, &pause));
	}
}
