/* SPDX-License-Identifier: MIT */
/* One argument of a call, of any kind: see trace/kinds.h. */
#include "base/endian.h"
#include "trace/kinds.h"

static void put_sockopt(struct buf *out, const struct trace_call *c, u64 v)
{
	static const struct {
		long level;
		enum trace_kind kind;
	} options[] = {
		{ SOL_SOCKET, TRACE_OPTION_SOCKET },
		{ IPPROTO_TCP, TRACE_OPTION_TCP },
		{ IPPROTO_IPV6, TRACE_OPTION_IPV6 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].level == c->args[1])
			trace_put_names(out, v, options[i].kind);
}

/* What it is depends on another argument. */
static void put_dependent(struct buf *out, const struct trace_call *c,
			  unsigned i)
{
	u64 v = (u32)c->args[i];

	switch (c->kinds[i]) {
	case TRACE_CLONE:
		/* The stack is 0; which of the two comes first differs. */
		buf_puts(out, "child_stack=NULL, flags=");
		trace_put_names(out, (u32)(c->args[0] | c->args[1]),
				TRACE_SIGNAL);
		break;
	case TRACE_EPOLL_CHANGE:
		/* The kernel does not look at what is to be deleted. */
		if (c->args[1] == EPOLL_CTL_DEL)
			trace_put_hex(out, (unsigned long)c->args[i], true);
		else
			trace_put_struct(out, TRACE_EPOLL_EVENT,
					 (const void *)c->args[i], 1);
		break;
	case TRACE_OPEN_AND_MODE:
		trace_put_names(out, v, TRACE_OPEN);
		if (v & O_CREAT) {
			buf_puts(out, ", ");
			trace_put_octal(out, (u32)c->args[i + 1]);
		}
		break;
	case TRACE_PRCTL_REST:
		if (c->args[0] == PR_SET_PDEATHSIG)
			trace_put_names(out, v, TRACE_SIGNAL);
		else
			buf_puts(out, "1, 0, 0, 0");
		break;
	case TRACE_PROTOCOL:
		buf_puts(out, c->args[0] == AF_UNIX ? "0" : "IPPROTO_IP");
		break;
	case TRACE_RWF_AFTER_HALF:
		trace_put_names(out, (u32)c->args[i + 1], TRACE_RWF);
		break;
	default:
		put_sockopt(out, c, v);
	}
}

/* The two halves lie as kernel_transfer() passes them. */
static u64 join_position(const struct trace_call *c, unsigned i)
{
	if (sizeof(long) == 8)
		return (u64)c->args[i];
	const long *halves = &c->args[i + ARCH_EVEN_PAIRS];

	return (unsigned long)halves[IS_BIG_ENDIAN] |
	       (u64)(unsigned long)halves[!IS_BIG_ENDIAN] << 32;
}

static void put_number(struct buf *out, const struct trace_call *c, unsigned i)
{
	long v = c->args[i];

	switch (c->kinds[i]) {
	case TRACE_FD:
		if ((s32)v == AT_FDCWD)
			buf_puts(out, "AT_FDCWD");
		else
			trace_put_signed(out, (s32)v);
		break;
	case TRACE_NUMBER:
		trace_put_signed(out, (s32)v);
		break;
	case TRACE_MODE:
		trace_put_octal(out, (u32)v);
		break;
	case TRACE_POINTER:
		trace_put_hex(out, (unsigned long)v, true);
		break;
	case TRACE_PAGES:
		buf_put_u64(out, (u64)(unsigned long)v << ARCH_MMAP_SHIFT, 1);
		break;
	case TRACE_POSITION:
		buf_put_u64(out, join_position(c, i), 1);
		break;
	default:
		buf_put_u64(out, (unsigned long)v, 1);
	}
}

/* [112 => 16]: what it was, and what it is, if that is another. */
static void put_changed(struct buf *out, const struct trace_call *c, unsigned i)
{
	const void *at = (const void *)c->args[i];
	bool is_offset = c->kinds[i] == TRACE_OFFSET_OUT;
	u64 now;

	if (!at) {
		buf_puts(out, "NULL");
		return;
	}
	now = is_offset ? *(const u64 *)at : *(const u32 *)at;
	buf_put_char(out, '[');
	buf_put_u64(out, c->before, 1);
	if (c->result >= 0 && (is_offset || now != c->before)) {
		buf_puts(out, is_offset ? "] => [" : " => ");
		buf_put_u64(out, now, 1);
	}
	buf_put_char(out, ']');
}

static void put_written(struct buf *out, const struct trace_call *c, unsigned i)
{
	const void *at = (const void *)c->args[i];
	size_t count = (size_t)c->result;

	if (c->result < 0) {
		/* Nothing is there, but where would it be? */
		trace_put_hex(out, (unsigned long)at, true);
		return;
	}
	if (c->kinds[i] == TRACE_SOCKADDR_OUT && at)
		count = *(const u32 *)c->args[i + 1];
	trace_put_struct(out, c->kinds[i], at, count);
}

void trace_put_argument(struct buf *out, const struct trace_call *c, unsigned i)
{
	enum trace_kind kind = c->kinds[i];

	if (kind == TRACE_LENGTH_OUT || kind == TRACE_OFFSET_OUT)
		put_changed(out, c, i);
	else if (kind >= TRACE_OUT)
		put_written(out, c, i);
	else if (kind >= TRACE_BENEATH)
		trace_put_struct(out, kind, (const void *)c->args[i],
				 i < 5 ? (size_t)c->args[i + 1] : 0);
	else if (kind >= TRACE_STRUCTS)
		put_dependent(out, c, i);
	else if (kind >= TRACE_CLOCK)
		trace_put_names(out, (u32)c->args[i], kind);
	else
		put_number(out, c, i);
}
