/* SPDX-License-Identifier: MIT */
/*
 * The floor: the least that a server on epoll and plain system calls can do
 * for the same bytes on the wire. Requests are not parsed, answers are
 * constant, nothing is logged, no deadline is kept. What a real server costs
 * above this is its own doing; what this costs is the kernel's.
 *
 *	floor keep PORT FILE   wait, receive, send FILE from memory, on a kept
 *	                       connection; pipelined requests with one send
 *	floor once PORT FILE   wait, accept, receive, send, close: the kernel
 *	                       holds a connection back until its request is
 *	                       there, and the end goes in the answer's packet
 *	floor file PORT FILE   wait, receive, send a head, sendfile
 *
 * It is honest work for the load generators of these tests and for nobody
 * else: a request has to arrive whole, a failure ends the connection or the
 * program.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/start.h"
#include "kernel/sys.h"

#define FD_MAX 65536	 /* connections are known by their descriptor */
#define CONTENT_MAX 8192 /* of a file that is sent from memory */
#define HEAD_MAX 128	 /* of the response */
#define PIPELINED_MAX 16 /* answers in one send */
#define EVENTS_MAX 256	 /* what scratchd takes at once */
#define BACKLOG 4096

static char in[65536];
/* The same response over and over. */
static char out[(CONTENT_MAX + HEAD_MAX) * PIPELINED_MAX];
static u32 out_length; /* of one */
static int file;
static u64 file_size;
static u64 sent[FD_MAX];     /* bytes of the file; mode file */
static bool sending[FD_MAX]; /* whether there are more; mode file */

/* Before the loop nothing may fail. */
static int must(long result)
{
	if (result < 0)
		sys_exit_group(1);
	return (int)result;
}

static int start_listening(u64 port)
{
	union sockaddr address = { .in = { .sin_family = AF_INET,
					   .sin_addr = { 127, 0, 0, 1 } } };
	int fd = must(sys_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

	address.in.sin_port[0] = (u8)(port >> 8);
	address.in.sin_port[1] = (u8)port;
	must(sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	must(sys_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	must(sys_setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1));
	must(sys_bind(fd, &address, sizeof(address.in)));
	must(sys_listen(fd, BACKLOG));
	return fd;
}

/*
 * The head of every response with @field in it, and behind it the content
 * unless @head_only.
 */
static void make_response(struct span field, bool head_only)
{
	struct buf b = BUF(out);
	struct statx st;

	must(sys_statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st));
	file_size = st.stx_size;
	buf_puts(&b, "HTTP/1.1 200 OK\r\n");
	buf_put(&b, field);
	buf_puts(&b, "Content-Length: ");
	buf_put_u64(&b, file_size, 0);
	buf_puts(&b, "\r\n\r\n");
	out_length = (u32)b.len;
	if (head_only)
		return;
	BUG_ON(file_size > CONTENT_MAX);
	out_length += (u32)must(sys_pread64(file, out + b.len, CONTENT_MAX, 0));
	for (u32 i = 1; i < PIPELINED_MAX; i++)
		memcpy(out + i * out_length, out, out_length);
}

/*
 * Receive, and count the empty lines. Return: requests, 0 if there is nothing
 * to read, -1 at the end of the connection.
 */
static int receive(int fd)
{
	long n = sys_recvfrom(fd, in, sizeof(in), MSG_DONTWAIT);
	int requests = 0;

	if (n == -EAGAIN)
		return 0;
	if (n < 4 || in[n - 1] != '\n' || in[n - 3] != '\n')
		return -1;
	for (long i = 3; i < n; i++)
		if (in[i] == '\n' && in[i - 2] == '\n')
			requests++;
	return requests;
}

/* Return: false if the answers were not taken at once. */
static bool send_constant(int fd, int requests)
{
	while (requests > 0) {
		int some = requests < PIPELINED_MAX ? requests : PIPELINED_MAX;
		u32 length = (u32)some * out_length;

		if (sys_write(fd, out, length) != (long)length)
			return false;
		requests -= some;
	}
	return true;
}

/* What the socket takes of the file. Return: false at a failure. */
static bool send_file(int fd)
{
	while (sending[fd]) {
		long n = sys_sendfile(fd, file, &sent[fd],
				      (size_t)(file_size - sent[fd]));

		if (n == -EAGAIN)
			return true;
		if (n <= 0)
			return false;
		sending[fd] = sent[fd] < file_size;
	}
	return true;
}

static bool start_file(int fd)
{
	struct iovec head = { out, out_length };
	struct user_msghdr message = { .msg_iov = &head, .msg_iovlen = 1 };

	sent[fd] = 0;
	sending[fd] = true;
	return sys_sendmsg(fd, &message, MSG_MORE) == (long)out_length &&
	       send_file(fd);
}

static bool serve(int fd, u32 events, bool from_file)
{
	int requests;

	if (from_file && sending[fd] && (!send_file(fd) || sending[fd]))
		return !(events & EPOLLRDHUP);
	if (!(events & EPOLLIN))
		return true;
	requests = receive(fd);
	if (requests <= 0)
		return requests == 0;
	return from_file ? start_file(fd) : send_constant(fd, requests);
}

static void take(int epoll, int listener)
{
	long fd =
		sys_accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data = (u64)fd,
	};

	if (fd < 0)
		return;
	if (fd >= FD_MAX) {
		sys_close((int)fd);
		return;
	}
	sending[fd] = false;
	must(sys_epoll_ctl(epoll, EPOLL_CTL_ADD, (int)fd, &event));
}

static int watch(int listener)
{
	struct epoll_event event = { .events = EPOLLIN, .data = (u64)listener };
	int epoll = must(sys_epoll_create1(EPOLL_CLOEXEC));

	must(sys_epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event));
	return epoll;
}

static void loop(int listener, bool from_file)
{
	static struct epoll_event events[EVENTS_MAX];
	int epoll = watch(listener);

	for (;;) {
		long n = sys_epoll_pwait(epoll, events, EVENTS_MAX, -1);

		for (long i = 0; i < n; i++) {
			int fd = (int)events[i].data;

			if (fd == listener)
				take(epoll, listener);
			else if (!serve(fd, events[i].events, from_file))
				sys_close(fd);
		}
	}
}

/* It waits for the end of the connection, and goes with it in one packet. */
static bool send_last(int fd)
{
	return sys_sendto(fd, out, out_length, MSG_MORE) == (long)out_length;
}

static void loop_once(int listener)
{
	struct epoll_event event;
	int epoll = watch(listener);

	for (;;) {
		if (sys_epoll_pwait(epoll, &event, 1, -1) < 1)
			continue;
		long fd = sys_accept4(listener, NULL, NULL,
				      SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		if (receive((int)fd) > 0)
			send_last((int)fd);
		sys_close((int)fd);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	unsigned long sigpipe[SIGSET_LONGS] = { 1UL << (SIGPIPE - 1) };
	struct span mode, field = { 0 };
	bool from_file, once;
	u64 port;
	int listener;

	(void)envp;
	if (argc != 4 || !span_parse_u64(span_from_string(argv[2]), &port))
		return 2;
	mode = span_from_string(argv[1]);
	from_file = span_equal(mode, SPAN("file"));
	must(sys_rt_sigprocmask(SIG_BLOCK, sigpipe, NULL));
	file = must(sys_openat(AT_FDCWD, argv[3], O_RDONLY | O_CLOEXEC));
	once = span_equal(mode, SPAN("once"));
	if (once)
		field = SPAN("Connection: close\r\n");
	make_response(field, from_file);
	listener = start_listening(port);
	if (once)
		loop_once(listener);
	loop(listener, from_file);
	return 0;
}
