/* SPDX-License-Identifier: MIT */
/*
 * Listening sockets. A socket file that nobody listens on any more is replaced;
 * one that somebody listens on is in use, and so is a file of any other kind.
 */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "net/address.h"

/**
 * net_listen() - open a socket on @address and listen
 * @address: replaced by the one that was bound: port 0 becomes the port that
 *           the kernel chose, "every address" becomes IPv4's where there is
 *           no IPv6
 * @call:    on failure the name of the call that failed
 *
 * Return: the descriptor, non-blocking and close-on-exec, or a negative errno.
 */
long net_listen(struct net_address *address, const char **call) MUST_CHECK;

/**
 * net_listen_remove() - remove the socket file that net_listen() made
 *
 * One that another server has put there since stays.
 *
 * Return: 0, or a negative errno of unlinkat.
 */
long net_listen_remove(const struct net_address *address) MUST_CHECK;

/**
 * net_listen_inherit() - use a listening socket that came with the process
 * @address: set to the one that it is bound to
 *
 * Return: 0, or a negative errno. @fd is non-blocking from here on, for
 * everybody who has it.
 */
long net_listen_inherit(int fd, struct net_address *address) MUST_CHECK;

#endif
