/* SPDX-License-Identifier: MIT */
/*
 * The kinds of arguments in src/trace/arguments.def, and the functions that
 * write them as strace does. Every function appends to @out; what does not fit
 * is cut off at the end of the line.
 *
 * Pointers are followed as the kernel follows them: what the call takes is
 * read before it is made, what it gives after it has succeeded. A call that
 * fails with EFAULT would end a tracing program by a fault instead: there is
 * no such call in the project.
 */
#ifndef TRACE_KINDS_H
#define TRACE_KINDS_H

#include "base/buf.h"
#include "kernel/abi.h"

/* Bytes of data that are shown; of a path all are. */
#define TRACE_STRING_MAX 32

enum trace_kind {
	TRACE_NONE, /* behind the last argument */

	/* numbers and addresses */
	TRACE_FD,
	TRACE_NUMBER, /* 32 bits, signed */
	TRACE_SIZE,
	TRACE_PAGES,
	TRACE_POSITION, /* 64 bits: where a machine has 32, two registers */
	TRACE_MODE,
	TRACE_POINTER,

	/* a name for each number: src/trace/names.def */
	TRACE_CLOCK,
	TRACE_EPOLL_CTL,
	TRACE_FAMILY,
	TRACE_FILE_TYPE,
	TRACE_IOCTL,
	TRACE_LANDLOCK_RULE,
	TRACE_LEVEL,
	TRACE_OPTION_SOCKET,
	TRACE_OPTION_TCP,
	TRACE_OPTION_IPV6,
	TRACE_PRCTL,
	TRACE_RLIMIT,
	TRACE_SECCOMP,
	TRACE_SHUT,
	TRACE_SIGNAL,
	TRACE_SIG_HOW,

	/* a name for each bit */
	TRACE_FLAGS,
	TRACE_AT = TRACE_FLAGS,
	TRACE_EPOLL,
	TRACE_EPOLL_CREATE,
	TRACE_LANDLOCK_CREATE,
	TRACE_LANDLOCK_FS,
	TRACE_LANDLOCK_NET,
	TRACE_LANDLOCK_SCOPE,
	TRACE_MAP,
	TRACE_MFD,
	TRACE_MSG,
	TRACE_OPEN,
	TRACE_PIPE,
	TRACE_POLL,
	TRACE_PROT,
	TRACE_RESOLVE,
	TRACE_RWF,
	TRACE_SFD,
	TRACE_SOCK,
	TRACE_SPLICE,
	TRACE_STATX,
	TRACE_WAIT,

	/* what depends on other arguments */
	TRACE_STRUCTS,
	TRACE_CLONE = TRACE_STRUCTS, /* of all its arguments */
	TRACE_EPOLL_CHANGE,	     /* unless one is taken out */
	TRACE_OPEN_AND_MODE,	     /* the mode if a file may be made */
	TRACE_PRCTL_REST,
	TRACE_PROTOCOL,
	TRACE_RWF_AFTER_HALF, /* behind the upper half of a position */
	TRACE_SOCKOPT,

	/* what the kernel reads behind a pointer */
	TRACE_BENEATH,
	TRACE_BYTES, /* as many as the next argument says */
	TRACE_EPOLL_EVENT,
	TRACE_FPROG,
	TRACE_INT,
	TRACE_IOVEC,
	TRACE_LIMITS,
	TRACE_MSGHDR,
	TRACE_OPEN_HOW,
	TRACE_PATH,
	TRACE_POLLFDS,
	TRACE_RULESET,
	TRACE_SIGACTION,
	TRACE_SIGSET,
	TRACE_SOCKADDR, /* as long as the next argument says */
	TRACE_TIMESPEC,

	/* what the kernel writes there */
	TRACE_OUT,
	TRACE_BYTES_OUT = TRACE_OUT, /* as many as it returned */
	TRACE_CPUS_OUT,
	TRACE_DIRENTS_OUT,
	TRACE_EPOLL_EVENTS_OUT,
	TRACE_FDS_OUT,
	TRACE_INT_OUT,
	TRACE_LENGTH_OUT, /* reads it, and writes another */
	TRACE_LIMITS_OUT,
	TRACE_OFFSET_OUT, /* the same of 64 bits */
	TRACE_SOCKADDR_OUT,
	TRACE_STATUS_OUT,
	TRACE_STATX_OUT,
	TRACE_TIMESPEC_OUT,
};

/* A call, and once it has returned, what. */
struct trace_call {
	const u8 *kinds; /* of its arguments, ended by TRACE_NONE */
	long args[6];
	long result;
	u64 before; /* what stood where an argument of LENGTH_ or OFFSET_OUT
		       points to */
};

/** trace_put_hex() - append @v as 0x1f, or NULL as such for a @pointer */
void trace_put_hex(struct buf *out, u64 v, bool pointer);

/** trace_put_octal() - append a file's mode, 0644 */
void trace_put_octal(struct buf *out, u64 v);

/** trace_put_signed() - append @v in decimal */
void trace_put_signed(struct buf *out, s64 v);

/** trace_put_names() - append @v by the names of @kind */
void trace_put_names(struct buf *out, u64 v, enum trace_kind kind);

/** trace_put_bytes() - append @s in quotes, cut behind @max bytes with "..." */
void trace_put_bytes(struct buf *out, struct span s, size_t max);

/** trace_put_signals() - append a set of signals, [HUP TERM] */
void trace_put_signals(struct buf *out, unsigned long set);

/** trace_put_hex_byte() - append @v as two hexadecimal digits */
void trace_put_hex_byte(struct buf *out, u8 v);

/**
 * trace_put_struct() - append what lies at @at, or NULL
 * @kind: from TRACE_BENEATH on, but for TRACE_LENGTH_OUT and TRACE_OFFSET_OUT
 * @count: how much there is: bytes or elements
 */
void trace_put_struct(struct buf *out, enum trace_kind kind, const void *at,
		      size_t count);

/** trace_put_found() - append what a ppoll found: " ([{fd=3, revents=POLLIN}])"
 * @left: of the time, or NULL
 */
void trace_put_found(struct buf *out, const struct pollfd *fds, size_t count,
		     const struct kernel_timespec *left);

/** trace_put_argument() - append argument @i */
void trace_put_argument(struct buf *out, const struct trace_call *c,
			unsigned i);

#endif
