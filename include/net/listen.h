/* SPDX-License-Identifier: MIT */
/* Listening sockets. */
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

#endif
