/* SPDX-License-Identifier: MIT */
/*
 * Addresses as people write them: "8080" and "*:8080" (every address of the
 * machine), "127.0.0.1:8080", "[::1]:8080" (RFC 4291 section 2.2), and
 * "unix:/run/server.sock", the path of a socket in the file system (unix(7)).
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/buf.h"
#include "kernel/abi.h"

struct net_address {
	union sockaddr sa;
	u32 length; /* of what sa holds, bytes */
	bool any;   /* every address: IPv6 and IPv4 in one, or IPv4 alone */
	/* Which file the socket is, set by net_listen() (net/listen.h). */
	u32 dev_major;
	u32 dev_minor;
	u64 inode;
};

/**
 * net_address_parse() - read @s
 *
 * Return: NULL, or what is wrong with it, for people.
 */
const char *net_address_parse(struct span s,
			      struct net_address *address) MUST_CHECK;

/** net_address_put() - append it as net_address_parse() reads it */
void net_address_put(struct buf *out, const union sockaddr *sa);

/**
 * net_address_pack() - the IP address of @sa in 16 bytes
 *
 * IPv4 becomes its IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), and a
 * socket of the file system, whose clients have no address, all zeros.
 */
void net_address_pack(const union sockaddr *sa, u8 ip[16]);

/**
 * net_address_put_ip() - append the address that net_address_pack() made,
 * "unix:" where there is none
 */
void net_address_put_ip(struct buf *out, const u8 ip[16]);

/**
 * net_address_parse_ip() - read "127.0.0.1" or "::1" as net_address_pack()
 * packs it
 */
bool net_address_parse_ip(struct span s, u8 ip[16]) MUST_CHECK;

/* Addresses that begin alike. */
struct net_network {
	u8 ip[16];
	u64 bits; /* how many of its first bits count */
};

/**
 * net_network_parse() - read "10.0.0.0/8", "fd00::/8", an address, or "unix:"
 *
 * The last is for the clients of socket files.
 *
 * Return: NULL, or what is wrong with it, for people.
 */
const char *net_network_parse(struct span s,
			      struct net_network *network) MUST_CHECK;

/** net_network_has() - whether the address @ip is one of @network's */
bool net_network_has(const struct net_network *network, const u8 ip[16]);

#endif
