/* SPDX-License-Identifier: MIT */
/* Listening sockets: see net/listen.h. */
#include "net/listen.h"
#include "kernel/errno.h"
#include "kernel/sys.h"

/* The kernel cuts it to net.core.somaxconn. */
#define BACKLOG 4096

/* Seconds that the kernel keeps a connection that has not sent anything. */
#define DEFER_ACCEPT 1

static long set_options(int fd, const struct net_address *a)
{
	long r = sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (r < 0)
		return r;
	if (a->sa.sa_family == AF_INET6) {
		r = sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, !a->any);
		if (r < 0)
			return r;
	}
	/* Connections inherit it: the end of a file is not held back. */
	r = sys_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (r < 0)
		return r;
	/*
	 * A worker is not woken for a connection before its request is there.
	 * Where it is not to be had (QEMU's user mode) nothing is lost.
	 */
	r = sys_setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_ACCEPT);
	return r == -ENOPROTOOPT || r == -EOPNOTSUPP ? 0 : r;
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
	r = sys_bind((int)fd, &a->sa, a->length);
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
