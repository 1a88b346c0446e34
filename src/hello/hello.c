/* SPDX-License-Identifier: MIT */
/*
 * hello: an HTTP server made of bare system calls, in one file.
 *
 *	rt_sigprocmask  a client that goes away must not end the program
 *	socket          a descriptor for TCP over IPv4
 *	setsockopt      SO_REUSEADDR: it can start again right after a stop
 *	bind            the address and the port
 *	listen          from here on connections queue
 *	getsockname     which port it is, where 0 asked for any
 *	then for ever, one connection after the other:
 *	accept4         take the next one; sleep until there is one
 *	ppoll           sleep until it has sent something, but not for ever
 *	read            take what has come of its request
 *	write           the request line to standard output, the answer to it
 *	shutdown        "that was all", while it may still be sending
 *	close           give the descriptor back
 *
 * Begin to read at program_main(), at the end. A call that fails returns a
 * negative errno, and check() names both on standard error. Before the loop
 * that ends the program; in the loop it ends no more than one connection.
 *
 * One connection at a time needs one of each thing: they are variables of the
 * file. Text ends with NUL here, and a request with such a byte is refused.
 */
#include "kernel/errno.h"
#include "kernel/start.h"
#include "kernel/sys.h"

#define HEAD_MAX 8192 /* request line and headers, in bytes */
#define NONE (~0ULL)  /* no Content-Length */
/* In seconds, and up to one more: the fraction of the last time is left. */
#define REQUEST_TIME 10 /* for a request: others are waiting */
#define LINGER_TIME 1	/* for a client to fall silent after its answer */

/* The connection and what was read from it. */
static struct {
	int fd;		    /* negative: accept4 failed */
	u32 at;		    /* where in data the next line begins */
	u32 len;	    /* how much of data is filled */
	bool is_head;	    /* HEAD: the same answer without its body */
	const char *status; /* the answer if nothing more came; NULL: none */
	struct kernel_timespec patience; /* ppoll takes off what it slept */
	char data[HEAD_MAX + 1];
} in;

/* What is to be written. No byte of a line becomes more than four. */
static struct {
	u32 len;
	char data[4 * HEAD_MAX + 512];
} out;

/* ADDRESS:PORT to listen on. */
static const char *where;

/*
 * The errors that these calls can return, as one run of bytes: a number and
 * its name with a NUL, the next number, and a zero at the end.
 */
static const struct {
#define ERRNO(name, number, text)
#define ERRNO_HELLO(name, number, text)                                        \
	u8 name##_is;                                                          \
	char name##_[sizeof(#name)];
#include "kernel/errno.def"
	char end;
} errors = {
#define ERRNO(name, number, text)
#define ERRNO_HELLO(name, number, text) name, #name,
#include "kernel/errno.def"
	0
};

/* What does not fit is left off: no more than the end of a long argument. */
static void put_char(char c)
{
	if (out.len < sizeof(out.data))
		out.data[out.len++] = c;
}

static void put(const char *s)
{
	while (*s)
		put_char(*s++);
}

/* Puts @format with @a in the place of its first % and @b of the next. */
static void print(const char *format, const char *a, const char *b)
{
	for (; *format; format++) {
		if (*format != '%') {
			put_char(*format);
			continue;
		}
		put(a);
		a = b;
	}
}

/* What a stranger sent must not steer a terminal: ESC becomes \033. */
static void put_escaped(const char *s)
{
	for (; *s; s++) {
		u8 c = (u8)*s;

		if (c < ' ' || c > '~') {
			put_char('\\');
			put_char((char)('0' + (c >> 6)));
			put_char((char)('0' + (c >> 3 & 7)));
			c = '0' + (c & 7);
		}
		put_char((char)c);
	}
}

static void put_number(u32 n)
{
	char digits[11]; /* 2^32 - 1 has ten */
	char *at = digits + sizeof(digits) - 1;

	*at = 0;
	do {
		*--at = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	put(at);
}

/* Writes what was put. A write may take less than it was given. */
static long flush(int fd)
{
	u32 done = 0;
	long n;

	do {
		n = sys_write(fd, out.data + done, out.len - done);
		done += (u32)n;
	} while (n > 0 && done < out.len);
	out.len = 0;
	return n;
}

/*
 * Returns @result, and if it is an error says what failed, where this program
 * listens, and why: "hello: bind 127.0.0.1:80: EACCES". (Not inline: there is
 * a call of this for each system call.)
 */
static __attribute__((noinline)) int check(const char *call, long result)
{
	const char *row = (const char *)&errors;

	if (result >= 0)
		return (int)result;
	while (*row && (u8)*row != -result)
		while (*row++)
			;
	print("hello: % %: ", call, where);
	put(row + 1);
	if (!*row)
		put_number((u32)-result);
	put("\n");
	flush(2);
	return (int)result;
}

/* Before the loop: without this call there is no server. */
static int must(const char *call, long result)
{
	if (check(call, result) < 0)
		sys_exit_group(1);
	return (int)result;
}

static void send(int fd)
{
	check("write", flush(fd));
}

/*
 * Waits for more bytes, at least one. False if there are none: an error, the
 * client's end, or silence until the time is up. ppoll passes over a negative
 * descriptor and just sleeps.
 */
static bool receive(void)
{
	struct pollfd readable = { in.fd, POLLIN, 0 };
	int n = check("ppoll", sys_ppoll(&readable, 1, &in.patience));

	if (n > 0)
		n = check("read",
			  sys_read(in.fd, in.data + in.len, HEAD_MAX - in.len));
	if (n <= 0)
		return false;
	in.len += (u32)n;
	in.status = "400 Bad Request";
	return true;
}

/*
 * The next line, its CR LF replaced by NUL. Returns NULL where the request is
 * not one: a CR or LF alone, which others might take for the end of a line or
 * not, any other control byte but the tab, no end within HEAD_MAX.
 */
static const char *read_line(void)
{
	const char *line = in.data + in.at;
	char byte = 0;

	do {
		char before = byte;

		if (in.at == in.len && !receive())
			break;
		byte = in.data[in.at++];
		if (before == '\r') {
			in.data[in.at - 2] = 0;
			return byte == '\n' ? line : NULL;
		}
	} while (((u8)byte >= ' ' && byte != 0x7f) || byte == '\t' ||
		 byte == '\r');
	in.data[in.at] = 0;
	return NULL;
}

/* Methods and header names are tokens (RFC 9110 section 5.6.2). */
static const char *skip_token(const char *p)
{
	for (;; p++) {
		const char *mark = "!#$%&'*+-.^_`|~";

		if ((u8)((*p | 0x20) - 'a') < 26 || (u8)(*p - '0') < 10)
			continue;
		while (*mark != *p)
			if (!*mark++)
				return p;
	}
}

static const char *skip_blank(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/*
 * What follows @prefix in @s, or NULL. With @fold 0x20, which is the bit
 * between A and a, the letters of @s may be of either case.
 */
static const char *skip_prefix(const char *s, const char *prefix, int fold)
{
	while (*prefix)
		if ((*s++ | fold) != *prefix++)
			return NULL;
	return s;
}

/* What follows the number, or "?", which is never right, if there is none. */
static const char *skip_number(const char *p, u64 *number)
{
	const char *from = p;

	for (*number = 0; (u8)(*p - '0') < 10; p++) {
		if (*number >= ~0ULL / 10)
			return "?";
		*number = *number * 10 + (u64)(*p - '0');
	}
	return p == from ? "?" : p;
}

/* METHOD SP TARGET SP HTTP/1.x */
static bool is_request_line(const char *line)
{
	const char *p = skip_token(line);

	if (p == line || *p++ != ' ' || (u8)*p <= ' ')
		return false;
	while ((u8)*p > ' ')
		p++;
	p = skip_prefix(p, " HTTP/1.", 0);
	return p && (u8)(p[0] - '0') < 10 && !p[1];
}

static bool length_required(void)
{
	in.status = "411 Length Required";
	return false;
}

/*
 * Reads a request to its end, and prints its first line. If it is none that
 * can be answered as it wants, in.status says what to answer instead.
 */
static bool read_request(void)
{
	const char *line = read_line();
	u64 length = NONE;
	bool needs_length;

	if (!in.status)
		return false; /* came and went without a byte */
	put_escaped(in.data);
	put("\n");
	send(1);
	in.is_head = skip_prefix(in.data, "HEAD ", 0);
	if (!line || !is_request_line(line))
		return false;
	needs_length =
		skip_prefix(line, "POST ", 0) || skip_prefix(line, "PUT ", 0);

	/*
	 * NAME: VALUE, up to an empty line. Two names say where the body ends.
	 * More than one length, or one that is not a number, could be read in
	 * two ways and is refused.
	 */
	for (;;) {
		line = read_line();
		if (!line)
			return false;
		if (!*line)
			break;

		const char *p = skip_token(line);

		if (p == line || *p != ':')
			return false;
		if (skip_prefix(line, "transfer-encoding:", 0x20))
			return length_required();
		p = skip_prefix(line, "content-length:", 0x20);
		if (p && (length != NONE ||
			  *skip_blank(skip_number(skip_blank(p), &length))))
			return false;
	}
	/* Without a length there is no body (RFC 9112 section 6.3). */
	if (length == NONE)
		return needs_length ? length_required() : true;
	/* The body, read and forgotten. Some may have come with the head. */
	for (u64 got = in.len - in.at; got < length; got += in.len) {
		in.len = 0;
		if (!receive())
			return false;
	}
	return true;
}

/* The whole of the answer in one write, and its end. */
static void answer(const char *status, const char *title)
{
	const char *end = title;

	while (*end)
		end++;
	print("HTTP/1.1 %\r\nContent-Type: text/html\r\nContent-Length: ",
	      status, NULL);
	put_number((u32)(end - title) + sizeof("<h1></h1>") - 1);
	put("\r\nConnection: close\r\n\r\n");
	if (!in.is_head)
		print("<h1>%</h1>", title, NULL);
	send(in.fd);
	check("shutdown", sys_shutdown(in.fd, SHUT_WR));
}

static bool parse_address(struct sockaddr_in *addr)
{
	const char *p = where;
	u8 *byte = addr->sin_addr;
	u64 number;

	addr->sin_family = AF_INET;
	for (const char *mark = "...:"; *mark; mark++) {
		p = skip_number(p, &number);
		if (*p++ != *mark || number > 255)
			return false;
		*byte++ = (u8)number;
	}
	p = skip_number(p, &number);
	addr->sin_port[0] = (u8)(number >> 8);
	addr->sin_port[1] = (u8)number;
	return !*p && number <= 65535;
}

/* The steps before the loop; returns the listening socket. */
static int start_listening(union sockaddr *address)
{
	unsigned long sigpipe[SIGSET_LONGS] = { 1UL << (SIGPIPE - 1) };
	u32 size = sizeof(address->in);
	int fd;

	/* EPIPE from a write to a client that is gone, instead of a signal. */
	must("rt_sigprocmask", sys_rt_sigprocmask(SIG_BLOCK, sigpipe, NULL));
	fd = must("socket", sys_socket(AF_INET, SOCK_STREAM, 0));
	/*
	 * Connections of an earlier run keep the port for a minute, lest
	 * their late packets are taken for new ones. They may share it.
	 */
	must("setsockopt", sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	must("bind", sys_bind(fd, address, size));
	must("listen", sys_listen(fd, 128)); /* so many may wait */
	must("getsockname", sys_getsockname(fd, address, &size));
	put("hello: listening on ");
	for (const char *p = where; put_char(*p), *p != ':'; p++)
		;
	put_number(address->in.sin_port[0] * 256U + address->in.sin_port[1]);
	put("\n");
	send(1);
	return fd;
}

int program_main(int argc, char **argv, char **envp)
{
	union sockaddr address = { 0 };
	int listener;

	(void)envp;
	where = argc > 1 ? argv[1] : "127.0.0.1:8080";
	if (!parse_address(&address.in)) {
		put("hello: '");
		put_escaped(where);
		put("': not an address like 127.0.0.1:8080\n");
		flush(2);
		return 2;
	}
	listener = start_listening(&address);

	for (;;) {
		in.at = in.len = 0;
		in.status = NULL;
		in.patience.tv_sec = REQUEST_TIME;
		in.fd = check("accept4", sys_accept4(listener, NULL, NULL, 0));
		if (in.fd >= 0 && read_request())
			answer("200 OK", "hello world");
		else if (in.status)
			answer(in.status, in.status);
		/*
		 * A close while the client is still sending makes the kernel
		 * send a reset, and a reset makes the client's kernel throw
		 * away an answer that was not read yet. So read on for a
		 * moment, up to the client's own end at best. After a failed
		 * accept4, for want of descriptors or memory, this is the
		 * pause without which the loop would spin.
		 */
		in.patience.tv_sec = LINGER_TIME;
		do {
			in.len = 0;
		} while (receive());
		if (in.fd >= 0)
			check("close", sys_close(in.fd));
	}
}
