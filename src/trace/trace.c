/* SPDX-License-Identifier: MIT */
/*
 * The trace of a build with TRACE=1: a line on standard error for each system
 * call, when it has returned, in the form of `strace -f -r -T`:
 *
 *	PID SECONDS CALL(ARGUMENTS) = RESULT <SECONDS>
 *
 * the first seconds since the program's first call, the last ones in the call.
 *
 * The linker is told to wrap arch_syscall6 (ld(1), --wrap): who calls the stub
 * reaches the function below instead, and it reaches the stub. That is all that
 * a traced build has more; no other source knows of it. start.c's first calls
 * are seen as well: it has relocated before it makes any.
 *
 * The trace's own calls are clock_gettime, write, and getpid, once a process.
 * They go to the stub directly, and calls.def has them in the role T.
 */
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "trace/kinds.h"

/* Lines are cut here, and a mark stands at their end. */
#define LINE_MAX 4096
#define CUT "...\n"

/* Where strace has the results begin, if the call is short. */
#define RESULT_COLUMN 40

static const struct row {
	const char *name;
	u8 kinds[7];
	u16 nr;
} rows[] = {
#define ROW(name, ...) { #name, { __VA_ARGS__ }, NR_##name },
#define K(kind) TRACE_##kind
#define ARGUMENTS0(n) ROW(n, K(NONE))
#define ARGUMENTS1(n, a) ROW(n, K(a))
#define ARGUMENTS2(n, a, b) ROW(n, K(a), K(b))
#define ARGUMENTS3(n, a, b, c) ROW(n, K(a), K(b), K(c))
#define ARGUMENTS4(n, a, b, c, d) ROW(n, K(a), K(b), K(c), K(d))
#define ARGUMENTS5(n, a, b, c, d, e) ROW(n, K(a), K(b), K(c), K(d), K(e))
#define ARGUMENTS6(n, a, b, c, d, e, f)                                        \
	ROW(n, K(a), K(b), K(c), K(d), K(e), K(f))
#include "arguments.def"
};

/* The process: 0 until it is asked for, and in a new child. */
static int pid;

/* Of the first call, in nanoseconds. */
static s64 start;

/* What ld calls the two sides of the function that it wraps. */
long __wrap_arch_syscall6(long a, long b, long c, long d, long e, long f,
			  long nr);
long __real_arch_syscall6(long a, long b, long c, long d, long e, long f,
			  long nr);

static long call(long a, long b, long c, long nr)
{
	return __real_arch_syscall6(a, b, c, 0, 0, 0, nr);
}

/* A clock that fails is one that stands still. */
static s64 read_clock(void)
{
	struct kernel_timespec t = { 0 };

	call(CLOCK_MONOTONIC, (long)&t, 0, NR_clock_gettime);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void put_seconds(struct buf *out, s64 ns)
{
	buf_put_u64(out, (u64)ns / 1000000000, 1);
	buf_put_char(out, '.');
	buf_put_u64(out, (u64)ns / 1000 % 1000000, 6);
}

static const struct row *find_row(long nr)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].nr == nr)
			return &rows[i];
	return NULL;
}

/*
 * The arguments from the first that is not yet written, up to one that the
 * call is still to write. Return: how far that is.
 */
static unsigned put_arguments(struct buf *out, const struct trace_call *c,
			      unsigned i, bool returned)
{
	for (; c->kinds[i] && (returned || c->kinds[i] < TRACE_OUT); i++) {
		if (i)
			buf_puts(out, ", ");
		trace_put_argument(out, c, i);
	}
	return i;
}

/* Where a machine has them elsewhere (kernel/call.c), as the others do. */
static void arrange_arguments(struct trace_call *c, long nr)
{
	if (ARCH_MMAP_BLOCK && nr == NR_mmap)
		memcpy(c->args, (const void *)c->args[0], sizeof(c->args));
}

/* What the kernel reads and then writes over. */
static void keep_before(struct trace_call *c)
{
	for (unsigned i = 0; c->kinds[i]; i++) {
		const void *at = (const void *)c->args[i];

		if (at && c->kinds[i] == TRACE_LENGTH_OUT)
			c->before = *(const u32 *)at;
		if (at && c->kinds[i] == TRACE_OFFSET_OUT)
			c->before = *(const u64 *)at;
	}
}

static void put_result(struct buf *out, const struct trace_call *c, long nr)
{
	long r = c->result;

	buf_puts(out, " = ");
	if (r < 0 && r >= -4095) {
		buf_puts(out, "-1 ");
		errno_describe(out, r);
		return;
	}
	if (nr == NR_mmap)
		trace_put_hex(out, (unsigned long)r, true);
	else
		buf_put_u64(out, (unsigned long)r, 1);
	if (nr == NR_ppoll && r)
		trace_put_found(out, (const void *)c->args[0],
				(size_t)c->args[1], (const void *)c->args[2]);
	else if (nr == NR_ppoll)
		buf_puts(out, " (Timeout)");
}

/* In one piece, so that the lines of several processes stay apart. */
static void write_line(struct buf *line)
{
	if (line->full) {
		line->full = false;
		line->len = line->cap - sizeof(CUT);
		buf_puts(line, CUT);
	}
	/* Nobody is left to tell if standard error does not take it. */
	call(2, (long)line->ptr, (long)line->len, NR_write);
}

static void put_padding(struct buf *out, size_t from)
{
	while (!out->full && out->len - from < RESULT_COLUMN - 1)
		buf_put_char(out, ' ');
}

/* The line up to the call's name. Return: where that begins. */
static size_t begin_line(struct buf *line, s64 now)
{
	if (!pid)
		pid = (int)call(0, 0, 0, NR_getpid);
	if (!start)
		start = now;
	buf_put_u64(line, (u64)pid, 1);
	buf_put_char(line, ' ');
	put_seconds(line, now - start);
	buf_put_char(line, ' ');
	return line->len;
}

long __wrap_arch_syscall6(long a, long b, long c, long d, long e, long f,
			  long nr)
{
	static char text[LINE_MAX];
	const struct row *row = find_row(nr);
	struct buf line = BUF(text);

	BUG_ON(!row); /* tests/lint/calls.sh */
	struct trace_call t = { row->kinds, { a, b, c, d, e, f }, 0, 0 };
	s64 before = read_clock();
	size_t from = begin_line(&line, before);

	arrange_arguments(&t, nr);
	keep_before(&t);
	buf_puts(&line, row->name);
	buf_put_char(&line, '(');
	unsigned i = put_arguments(&line, &t, 0, false);

	if (nr == NR_exit_group) {
		/* It does not return. */
		buf_put_char(&line, ')');
		put_padding(&line, from);
		buf_puts(&line, " = ?\n");
		write_line(&line);
	}
	t.result = __real_arch_syscall6(a, b, c, d, e, f, nr);
	if (nr == NR_clone && !t.result) {
		pid = 0; /* the child, and its parent has the line */
		return 0;
	}
	put_arguments(&line, &t, i, true);
	buf_put_char(&line, ')');
	put_padding(&line, from);
	put_result(&line, &t, nr);
	buf_puts(&line, " <");
	put_seconds(&line, read_clock() - before);
	buf_puts(&line, ">\n");
	write_line(&line);
	return t.result;
}
