/* SPDX-License-Identifier: MIT */
/* Writing without waiting: see serve/sink.h. */
#include "serve/sink.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

/* What 1 and 2 are, or 0. */
static int terminals[3];

void serve_sink_prepare(void)
{
	char path[] = "/proc/self/fd/0";
	struct statx st;

	for (int fd = 1; fd <= 2; fd++) {
		path[sizeof(path) - 2]++;
		if (kernel_look(fd, &st) < 0 ||
		    (st.stx_mode & S_IFMT) != S_IFCHR)
			continue;
		long r = sys_openat(AT_FDCWD, path,
				    O_WRONLY | O_NONBLOCK | O_NOCTTY |
					    O_CLOEXEC);

		if (r >= 0)
			terminals[fd] = (int)r;
	}
}

void serve_sink_open(struct serve_sink *sink, int fd)
{
	struct statx st;
	long r = kernel_look(fd, &st);

	*sink = (struct serve_sink){ .fd = fd, .way = SERVE_SINK_NONE };
	if (r < 0)
		return;
	switch (st.stx_mode & S_IFMT) {
	case S_IFSOCK:
		sink->way = SERVE_SINK_SEND;
		return;
	case S_IFIFO:
		sink->way = SERVE_SINK_PWRITEV2;
		return;
	case S_IFDIR:
		/* It was closed: start.c put the root directory there. */
		return;
	default:
		sink->way = SERVE_SINK_WRITE;
		if (terminals[fd])
			sink->fd = terminals[fd];
		return;
	}
}

/*
 * Into the relay, and on to the reader. What the reader does not take stays
 * in the relay for the next time; only a full relay is -EAGAIN.
 */
static long write_through_relay(struct serve_sink *sink, struct span s)
{
	long r = serve_sink_push(sink);

	if (r < 0 && r != -EAGAIN)
		return r;
	r = sys_write(sink->relay[1], s.ptr, s.len);
	if (r > 0) {
		sink->held += (size_t)r;
		/* What is wrong behind the relay the next one meets. */
		serve_sink_push(sink);
	}
	return r;
}

/*
 * RWF_NOWAIT is refused by older kernels, by QEMU and for a pipe with a name,
 * and only when there is something to write.
 */
static long write_to_pipe(struct serve_sink *sink, struct span s)
{
	struct iovec iov = { s.ptr, s.len };
	long r = sys_pwritev2(sink->fd, &iov, 1, RWF_NOWAIT);

	if (r != -EOPNOTSUPP && r != -ENOSYS && r != -EINVAL)
		return r;
	r = sys_pipe2(sink->relay, O_CLOEXEC | O_NONBLOCK);
	if (r < 0)
		return r;
	sink->way = SERVE_SINK_SPLICE;
	return write_through_relay(sink, s);
}

static long send_to_socket(struct serve_sink *sink, struct span s)
{
	return sys_sendto(sink->fd, s.ptr, s.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

long serve_sink_write(struct serve_sink *sink, struct span s)
{
	switch (sink->way) {
	case SERVE_SINK_PWRITEV2:
		return write_to_pipe(sink, s);
	case SERVE_SINK_SPLICE:
		return write_through_relay(sink, s);
	case SERVE_SINK_SEND:
		return send_to_socket(sink, s);
	case SERVE_SINK_WRITE:
		return sys_write(sink->fd, s.ptr, s.len);
	case SERVE_SINK_NONE:
		break;
	}
	return -EBADF;
}

long serve_sink_push(struct serve_sink *sink)
{
	long r = 1;

	while (sink->held && (r > 0 || r == -EINTR)) {
		r = sys_splice(sink->relay[0], sink->fd, sink->held,
			       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (r > 0)
			sink->held -= (size_t)r;
	}
	return r;
}

long serve_sink_take_back(struct serve_sink *sink, char *text, size_t size)
{
	if (sink->way != SERVE_SINK_SPLICE)
		return 0;
	long r = sys_read(sink->relay[0], text, size);

	if (r > 0)
		sink->held -= (size_t)r;
	return r;
}
