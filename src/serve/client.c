/* SPDX-License-Identifier: MIT */
/* Clients behind proxies: see serve/client.h. */
#include "serve/client.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "net/proxy.h"
#include "serve/worker.h"

long serve_client_take_header(struct serve_connection *c)
{
	struct serve_exchange *x = c->x;
	struct span in = { x->in + x->in_next, x->in_length - x->in_next };
	long n = net_proxy_parse(in, c->ip);

	if (n <= 0)
		return in.len < c->worker->options->max_header ? n : -EINVAL;
	x->in_next += (size_t)n;
	x->in_start = x->in_next;
	c->kind = SERVE_PUBLIC;
	return n;
}

static bool is_trusted(const struct serve_options *o, const u8 ip[16])
{
	for (u64 i = 0; i < o->trusted_count; i++)
		if (net_network_has(&o->trusted[i], ip))
			return true;
	return false;
}

/* Some proxies append the port: "192.0.2.1:80", "[2001:db8::1]:80". */
static bool parse_element(struct span s, u8 ip[16])
{
	size_t colon = span_find(s, ':');

	if (s.len && s.ptr[0] == '[') {
		s = span_skip(s, 1);
		s.len = span_find(s, ']');
	} else if (span_find(s, '.') < colon) {
		s.len = colon;
	}
	return net_address_parse_ip(s, ip);
}

/* @ip stays if it is @known and @next is a proxy's. */
static bool prefer(const struct serve_options *o, u8 ip[16], const u8 next[16],
		   bool known)
{
	if (!known || !is_trusted(o, next))
		memcpy(ip, next, 16);
	return true;
}

void serve_client_find(const struct serve_connection *c,
		       const struct http_request *r, u8 ip[16])
{
	const struct serve_options *o = c->worker->options;
	struct span rest = r->fields;
	struct span list;
	struct span element;
	bool known = false;

	while (o->trusted_count &&
	       http_request_next_value(r, HTTP_X_FORWARDED_FOR, &rest, &list))
		while (span_next_token(&list, &element)) {
			u8 found[16];

			/* What stands before "unknown" is hearsay. */
			if (!parse_element(element, found))
				known = false;
			else
				known = prefer(o, ip, found, known);
		}
	/* The connection's own is the last of the row. */
	prefer(o, ip, c->ip, known);
}
