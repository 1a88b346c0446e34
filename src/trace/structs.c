/* SPDX-License-Identifier: MIT */
/*
 * What lies behind a pointer: see trace/kinds.h. Each function gets where, and
 * how much of it there is: what the next argument says of what the kernel
 * reads, and what the call returned of what the kernel wrote.
 */
#include "base/endian.h"
#include "kernel/abi.h"
#include "trace/kinds.h"

typedef void put_function(struct buf *out, const void *at, size_t count);

static void put_field(struct buf *out, const char *name, u64 v)
{
	buf_puts(out, name);
	buf_put_u64(out, v, 1);
}

static void put_time(struct buf *out, const void *at, size_t count)
{
	const struct kernel_timespec *t = at;

	(void)count;
	buf_puts(out, "{tv_sec=");
	trace_put_signed(out, t->tv_sec);
	buf_puts(out, ", tv_nsec=");
	trace_put_signed(out, t->tv_nsec);
	buf_puts(out, "}");
}

static void put_event(struct buf *out, const void *at, size_t count)
{
	const struct epoll_event *event = at;
	u64 data = event->data;

	(void)count;
	buf_puts(out, "{events=");
	trace_put_names(out, event->events, TRACE_EPOLL);
	/* The kernel has a union: of both, the first bytes. */
	put_field(out, ", data={u32=",
		  IS_BIG_ENDIAN ? data >> 32 : data & 0xffffffff);
	put_field(out, ", u64=", data);
	buf_puts(out, "}}");
}

/* getrlimit(2): a multiple of 1024 is easier to read as one. */
static void put_limit(struct buf *out, const char *name, u64 v)
{
	buf_puts(out, name);
	if (v == ~0ULL) {
		buf_puts(out, "RLIM64_INFINITY");
		return;
	}
	if (v > 1024 && v % 1024 == 0) {
		buf_put_u64(out, v / 1024, 1);
		buf_puts(out, "*1024");
		return;
	}
	buf_put_u64(out, v, 1);
}

static void put_limits(struct buf *out, const void *at, size_t count)
{
	const struct rlimit64 *l = at;

	(void)count;
	put_limit(out, "{rlim_cur=", l->rlim_cur);
	put_limit(out, ", rlim_max=", l->rlim_max);
	buf_puts(out, "}");
}

static void put_pieces(struct buf *out, const void *at, size_t count)
{
	const struct iovec *piece = at;

	for (size_t i = 0; i < count; i++) {
		buf_puts(out, i ? ", {iov_base=" : "[{iov_base=");
		trace_put_bytes(
			out,
			(struct span){ piece[i].iov_base, piece[i].iov_len },
			TRACE_STRING_MAX);
		put_field(out, ", iov_len=", piece[i].iov_len);
		buf_puts(out, "}");
	}
	buf_puts(out, count ? "]" : "[]");
}

static void put_message(struct buf *out, const void *at, size_t count)
{
	const struct user_msghdr *m = at;

	(void)count;
	buf_puts(out, "{msg_name=");
	trace_put_hex(out, (unsigned long)m->msg_name, true);
	put_field(out, ", msg_namelen=", (u32)m->msg_namelen);
	buf_puts(out, ", msg_iov=");
	put_pieces(out, m->msg_iov, m->msg_iovlen);
	put_field(out, ", msg_iovlen=", m->msg_iovlen);
	put_field(out, ", msg_controllen=", m->msg_controllen);
	buf_puts(out, ", msg_flags=");
	trace_put_names(out, m->msg_flags, TRACE_MSG);
	buf_puts(out, "}");
}

static void put_how(struct buf *out, const void *at, size_t count)
{
	const struct open_how *how = at;

	(void)count;
	buf_puts(out, "{flags=");
	trace_put_names(out, how->flags, TRACE_OPEN);
	if (how->flags & O_CREAT) {
		buf_puts(out, ", mode=");
		trace_put_octal(out, how->mode);
	}
	buf_puts(out, ", resolve=");
	trace_put_names(out, how->resolve, TRACE_RESOLVE);
	buf_puts(out, "}");
}

static void put_polled(struct buf *out, const void *at, size_t count)
{
	const struct pollfd *p = at;

	for (size_t i = 0; i < count; i++) {
		buf_puts(out, i ? ", {fd=" : "[{fd=");
		trace_put_signed(out, p[i].fd);
		if (p[i].fd >= 0) {
			buf_puts(out, ", events=");
			trace_put_names(out, p[i].events, TRACE_POLL);
		}
		buf_puts(out, "}");
	}
	buf_puts(out, "]");
}

/* As much of it as the call says that there is: versions differ. */
static void put_ruleset(struct buf *out, const void *at, size_t size)
{
	const struct landlock_ruleset_attr *r = at;

	buf_puts(out, "{handled_access_fs=");
	trace_put_names(out, r->handled_access_fs, TRACE_LANDLOCK_FS);
	if (size > offsetof(struct landlock_ruleset_attr, handled_access_net)) {
		buf_puts(out, ", handled_access_net=");
		trace_put_names(out, r->handled_access_net, TRACE_LANDLOCK_NET);
	}
	if (size > offsetof(struct landlock_ruleset_attr, scoped)) {
		buf_puts(out, ", scoped=");
		trace_put_names(out, r->scoped, TRACE_LANDLOCK_SCOPE);
	}
	buf_puts(out, "}");
}

static void put_beneath(struct buf *out, const void *at, size_t count)
{
	const struct landlock_path_beneath_attr *b = at;

	(void)count;
	buf_puts(out, "{allowed_access=");
	trace_put_names(out, b->allowed_access, TRACE_LANDLOCK_FS);
	buf_puts(out, ", parent_fd=");
	trace_put_signed(out, b->parent_fd);
	buf_puts(out, "}");
}

static void put_program(struct buf *out, const void *at, size_t count)
{
	const struct sock_fprog *p = at;

	(void)count;
	put_field(out, "{len=", p->len);
	buf_puts(out, ", filter=");
	trace_put_hex(out, (unsigned long)p->filter, true);
	buf_puts(out, "}");
}

/* The one that is in use is all zeros: kernel/abi.h. */
static void put_action(struct buf *out, const void *at, size_t count)
{
	(void)at;
	(void)count;
	buf_puts(out, "{sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}");
}

static void put_signal_set(struct buf *out, const void *at, size_t count)
{
	(void)count;
	trace_put_signals(out, *(const unsigned long *)at);
}

static void put_path(struct buf *out, const void *at, size_t count)
{
	(void)count;
	trace_put_bytes(out, span_from_string(at), ~(size_t)0);
}

static void put_bytes(struct buf *out, const void *at, size_t count)
{
	trace_put_bytes(out, (struct span){ at, count }, TRACE_STRING_MAX);
}

static void put_int(struct buf *out, const void *at, size_t count)
{
	(void)count;
	buf_put_char(out, '[');
	trace_put_signed(out, *(const s32 *)at);
	buf_put_char(out, ']');
}

/* Both ends of a pipe. */
static void put_ends(struct buf *out, const void *at, size_t count)
{
	const s32 *fds = at;

	(void)count;
	put_field(out, "[", (u32)fds[0]);
	put_field(out, ", ", (u32)fds[1]);
	buf_puts(out, "]");
}

static void put_address(struct buf *out, const void *at, size_t length)
{
	const union sockaddr *a = at;

	buf_puts(out, "{sa_family=");
	trace_put_names(out, a->sa_family, TRACE_FAMILY);
	if (a->sa_family == AF_INET) {
		put_field(out, ", sin_port=htons(",
			  a->in.sin_port[0] * 256U + a->in.sin_port[1]);
		buf_puts(out, "), sin_addr=inet_addr(");
		for (unsigned i = 0; i < 4; i++)
			put_field(out, i ? "." : "\"", a->in.sin_addr[i]);
		buf_puts(out, "\")");
	}
	if (a->sa_family == AF_INET6) {
		put_field(out, ", sin6_port=htons(",
			  a->in6.sin6_port[0] * 256U + a->in6.sin6_port[1]);
		put_field(out, "), sin6_flowinfo=htonl(", a->in6.sin6_flowinfo);
		buf_puts(out, "), inet_pton(AF_INET6, \"");
		for (unsigned i = 0; i < 16; i++) {
			if (i && i % 2 == 0)
				buf_put_char(out, ':');
			trace_put_hex_byte(out, a->in6.sin6_addr[i]);
		}
		put_field(out, "\", &sin6_addr), sin6_scope_id=",
			  a->in6.sin6_scope_id);
	}
	/* A client's socket has no name. */
	if (a->sa_family == AF_UNIX &&
	    length > offsetof(struct sockaddr_un, sun_path)) {
		buf_puts(out, ", sun_path=");
		put_path(out, a->un.sun_path, 0);
	}
	buf_puts(out, "}");
}

static void put_cpus(struct buf *out, const void *at, size_t count)
{
	const u8 *mask = at;
	const char *before = "[";

	for (size_t i = 0; i < 8 * count; i++) {
		/* A mask is made of longs, and its first bit the lowest. */
		size_t byte = i / 8;

		if (IS_BIG_ENDIAN)
			byte ^= sizeof(long) - 1;
		if (!(mask[byte] >> i % 8 & 1))
			continue;
		put_field(out, before, i);
		before = ", ";
	}
	buf_puts(out, "]");
}

static void put_entries(struct buf *out, const void *at, size_t size)
{
	u64 count = 0;

	for (size_t i = 0; i < size; count++)
		i += ((const struct linux_dirent64
			       *)(const void *)((const char *)at + i))
			     ->d_reclen;
	trace_put_hex(out, (unsigned long)at, true);
	put_field(out, " /* ", count);
	buf_puts(out, " entries */");
}

static void put_events(struct buf *out, const void *at, size_t count)
{
	const struct epoll_event *events = at;

	buf_put_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_puts(out, ", ");
		put_event(out, &events[i], 1);
	}
	buf_put_char(out, ']');
}

static void put_status(struct buf *out, const void *at, size_t pid)
{
	u32 status = *(const u32 *)at;

	if (!pid) { /* no child has ended, and nothing was written */
		trace_put_hex(out, (unsigned long)at, true);
		return;
	}
	if (status & 0x7f) {
		buf_puts(out, "[{WIFSIGNALED(s) && WTERMSIG(s) == ");
		trace_put_names(out, status & 0x7f, TRACE_SIGNAL);
	} else {
		put_field(out, "[{WIFEXITED(s) && WEXITSTATUS(s) == ",
			  status >> 8 & 0xff);
	}
	buf_puts(out, "}]");
}

/* What strace shows of it, unless all is asked for. */
static void put_file(struct buf *out, const void *at, size_t count)
{
	const struct statx *st = at;

	(void)count;
	buf_puts(out, "{stx_mask=");
	trace_put_names(out, st->stx_mask, TRACE_STATX);
	buf_puts(out, ", stx_attributes=");
	trace_put_hex(out, st->stx_attributes, false);
	buf_puts(out, ", stx_mode=");
	trace_put_names(out, st->stx_mode & S_IFMT, TRACE_FILE_TYPE);
	buf_put_char(out, '|');
	trace_put_octal(out, st->stx_mode & 07777U);
	put_field(out, ", stx_size=", st->stx_size);
	buf_puts(out, ", ...}");
}

static put_function *const functions[] = {
	[TRACE_BENEATH] = put_beneath,
	[TRACE_BYTES] = put_bytes,
	[TRACE_EPOLL_EVENT] = put_event,
	[TRACE_FPROG] = put_program,
	[TRACE_INT] = put_int,
	[TRACE_IOVEC] = put_pieces,
	[TRACE_LIMITS] = put_limits,
	[TRACE_MSGHDR] = put_message,
	[TRACE_OPEN_HOW] = put_how,
	[TRACE_PATH] = put_path,
	[TRACE_POLLFDS] = put_polled,
	[TRACE_RULESET] = put_ruleset,
	[TRACE_SIGACTION] = put_action,
	[TRACE_SIGSET] = put_signal_set,
	[TRACE_SOCKADDR] = put_address,
	[TRACE_TIMESPEC] = put_time,
	[TRACE_BYTES_OUT] = put_bytes,
	[TRACE_CPUS_OUT] = put_cpus,
	[TRACE_DIRENTS_OUT] = put_entries,
	[TRACE_EPOLL_EVENTS_OUT] = put_events,
	[TRACE_FDS_OUT] = put_ends,
	[TRACE_INT_OUT] = put_int,
	[TRACE_LIMITS_OUT] = put_limits,
	[TRACE_SOCKADDR_OUT] = put_address,
	[TRACE_STATUS_OUT] = put_status,
	[TRACE_STATX_OUT] = put_file,
	[TRACE_TIMESPEC_OUT] = put_time,
};

void trace_put_struct(struct buf *out, enum trace_kind kind, const void *at,
		      size_t count)
{
	if (at)
		functions[kind](out, at, count);
	else
		buf_puts(out, "NULL");
}

/* "[POLLIN]": what ppoll found, and what was left of the time. */
void trace_put_found(struct buf *out, const struct pollfd *fds, size_t count,
		     const struct kernel_timespec *left)
{
	const char *before = " ([{fd=";

	for (size_t i = 0; i < count; i++) {
		if (!fds[i].revents)
			continue;
		buf_puts(out, before);
		trace_put_signed(out, fds[i].fd);
		buf_puts(out, ", revents=");
		trace_put_names(out, fds[i].revents, TRACE_POLL);
		buf_puts(out, "}");
		before = ", {fd=";
	}
	buf_puts(out, "]");
	if (left) {
		buf_puts(out, ", left ");
		put_time(out, left, 1);
	}
	buf_puts(out, ")");
}
