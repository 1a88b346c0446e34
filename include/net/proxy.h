/* SPDX-License-Identifier: MIT */
/*
 * The PROXY protocol, versions 1 and 2 (haproxy: doc/proxy-protocol.txt): in
 * front of everything else on a connection a proxy says whose it is. A pure
 * function over the bytes that have come.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include "base/span.h"

/**
 * net_proxy_parse() - read the header at the front of @in
 * @ip: the client's address, set where the header has one: not for a check of
 *      the proxy's own (LOCAL), nor for what it does not know (UNKNOWN, UNSPEC)
 *
 * Behind a socket file, whose clients have no address, @ip becomes all zeros as
 * in net/address.h. Whatever else version 2 appends is passed over.
 *
 * Return: the length of the header; 0 if more bytes are needed; -EINVAL for
 * anything that is not such a header.
 */
long net_proxy_parse(struct span in, u8 ip[16]) MUST_CHECK;

#endif
