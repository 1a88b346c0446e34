/* SPDX-License-Identifier: MIT */
/* Listening sockets: see net/listen.h. */
#include "net/listen.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

/* The kernel cuts it to net.core.somaxconn. */
#define BACKLOG 4096

/* How often a socket file is tried in vain before it counts as stale, and the
 * pause between two times. A server that starts binds first, then it listens.
 */
#define STALE_TRIES 5
#define STALE_PAUSE 10000000 /* ns */

/* Seconds that the kernel keeps a connection that has not sent anything. */
#define DEFER_ACCEPT 1

/* Whoever the umask lets may connect, which takes the right to write. */
#define SOCKET_MODE 0666

/* Return: 0 as well where it is not to be had, which loses nothing. */
static long set_tcp_option(int fd, int name, int value)
{
	long r = sys_setsockopt(fd, IPPROTO_TCP, name, value);

	return r == -ENOPROTOOPT || r == -EOPNOTSUPP ? 0 : r;
}

/* A socket file has none of these. */
static long set_tcp_options(int fd)
{
	/* A worker is not woken for a connection before its request is there.
	 */
	long r = set_tcp_option(fd, TCP_DEFER_ACCEPT, DEFER_ACCEPT);

	/* Connections inherit it: the end of a file is not held back. */
	return r < 0 ? r : set_tcp_option(fd, TCP_NODELAY, 1);
}

static long set_options(int fd, const struct net_address *a)
{
	/* Linux gives the file the mode that the socket has (unix_bind_bsd). */
	if (a->sa.sa_family == AF_UNIX)
		return sys_fchmod(fd, SOCKET_MODE);
	long r = sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (r < 0)
		return r;
	if (a->sa.sa_family == AF_INET6) {
		r = sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, !a->any);
		if (r < 0)
			return r;
	}
	return set_tcp_options(fd);
}

static long look_at_file(const struct net_address *a, struct statx *st)
{
	return sys_statx(AT_FDCWD, a->sa.un.sun_path, AT_SYMLINK_NOFOLLOW,
			 STATX_BASIC_STATS, st);
}

/*
 * Whether the file that is in the way is a socket that nobody listens on: what
 * a server leaves behind that was killed. (A file of another kind refuses a
 * connection as well, and a link might lead to somebody's.)
 */
static bool is_stale(const struct net_address *a)
{
	struct statx st;

	if (a->sa.sa_family != AF_UNIX || look_at_file(a, &st) < 0 ||
	    (st.stx_mode & S_IFMT) != S_IFSOCK)
		return false;
	long fd = sys_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return false;
	long r = sys_connect((int)fd, &a->sa, a->length);

	for (unsigned i = 1; i < STALE_TRIES && r == -ECONNREFUSED; i++) {
		struct kernel_timespec pause = { .tv_nsec = STALE_PAUSE };

		if (sys_ppoll(NULL, 0, &pause) >= 0)
			r = sys_connect((int)fd, &a->sa, a->length);
	}
	sys_close((int)fd);
	return r == -ECONNREFUSED;
}

static long remove_file(const struct net_address *a)
{
	return sys_unlinkat(AT_FDCWD, a->sa.un.sun_path, 0);
}

static long bind_to(int fd, struct net_address *a)
{
	struct statx st;
	long r = sys_bind(fd, &a->sa, a->length);

	if (r == -EADDRINUSE && is_stale(a)) {
		r = remove_file(a);
		if (r >= 0)
			r = sys_bind(fd, &a->sa, a->length);
	}
	if (r < 0 || a->sa.sa_family != AF_UNIX)
		return r;
	r = look_at_file(a, &st);
	if (r < 0)
		return r;
	a->inode = st.stx_ino;
	a->dev_major = st.stx_dev_major;
	a->dev_minor = st.stx_dev_minor;
	return 0;
}

long net_listen_remove(const struct net_address *a)
{
	struct statx st;

	if (look_at_file(a, &st) >= 0 &&
	    (st.stx_ino != a->inode || st.stx_dev_major != a->dev_major ||
	     st.stx_dev_minor != a->dev_minor))
		return 0;
	return remove_file(a);
}

static long listen_on(struct net_address *a, const char **call)
{
	*call = "socket";
	long fd = sys_socket(a->sa.sa_family,
			     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	*call = "setsockopt";
	long r = set_options((int)fd, a);
	if (r < 0)
		goto fail;
	*call = "bind";
	r = bind_to((int)fd, a);
	if (r < 0)
		goto fail;
	*call = "listen";
	r = sys_listen((int)fd, BACKLOG);
	if (r < 0)
		goto fail;
	*call = "getsockname";
	u32 length = sizeof(a->sa);

	r = sys_getsockname((int)fd, &a->sa, &length);
	if (r < 0)
		goto fail;
	return fd;
fail:
	sys_close((int)fd);
	return r;
}

/* The same port on every IPv4 address. */
static void use_ipv4(struct net_address *a)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	in.sin_port[0] = a->sa.in6.sin6_port[0];
	in.sin_port[1] = a->sa.in6.sin6_port[1];
	a->sa.in = in;
	a->length = sizeof(in);
}

long net_listen(struct net_address *a, const char **call)
{
	long fd = listen_on(a, call);

	/* IPv6 is not in the kernel, or turned off. */
	if (a->any && (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)) {
		use_ipv4(a);
		fd = listen_on(a, call);
	}
	return fd;
}

long net_listen_inherit(int fd, struct net_address *a)
{
	u32 length = sizeof(a->sa);
	int on = 1;
	long r = sys_getsockname(fd, &a->sa, &length);

	if (r >= 0)
		r = sys_ioctl(fd, FIONBIO, &on);
	if (r >= 0)
		r = set_tcp_options(fd);
	/* It listens already; for what cannot listen this fails. */
	return r < 0 ? r : sys_listen(fd, BACKLOG);
}
