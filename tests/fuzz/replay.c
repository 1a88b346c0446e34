/* SPDX-License-Identifier: MIT */
/*
 * A target as a unit test: the program fuzz_NAME runs every file of
 * tests/fuzz/corpus/NAME and tests/fuzz/regress/NAME, below the directory that
 * it is started in.
 */
#include "fuzz.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "../unit/tap.h"

static struct span target; /* its name */
static char input[65536];

void fuzz_fail(const char *what, const char *file, int line)
{
	tap_check(false, what, file, line);
	tap_end();
	sys_exit_group(1);
}

struct span fuzz_copy(struct span s)
{
	return tap_guarded(s);
}

void fuzz_free(struct span copy)
{
	tap_unguard(copy);
}

void fuzz_hide(struct span copy, size_t visible)
{
	(void)copy;
	(void)visible;
}

static void replay_file(int dir, const char *name)
{
	long fd = sys_openat(dir, name, O_RDONLY | O_CLOEXEC);
	long n = fd < 0 ? fd : sys_read((int)fd, input, sizeof(input));

	tap_note(name, n);
	/* One that fills the buffer may have been cut. */
	if (!CHECK(n >= 0 && n < (long)sizeof(input)))
		return;
	struct span copy = tap_guarded((struct span){ input, (size_t)n });

	fuzz_one(copy);
	tap_unguard(copy);
	sys_close((int)fd);
}

/* Return: how many files there were. */
static unsigned replay_folder(int dir)
{
	static char entries[8192] __attribute__((aligned(8)));
	unsigned count = 0;

	for (;;) {
		long n = sys_getdents64(dir, entries, sizeof(entries));

		if (!CHECK(n >= 0) || !n)
			return count;
		for (long at = 0; at < n;) {
			struct linux_dirent64 *e = (void *)(entries + at);

			at += e->d_reclen;
			if (e->d_name[0] == '.')
				continue;
			replay_file(dir, e->d_name);
			count++;
		}
	}
}

static unsigned replay(struct span folder, bool must_exist)
{
	char text[256];
	struct buf path = BUF(text);

	buf_put(&path, folder);
	buf_put(&path, target);
	buf_put_char(&path, '\0');
	CHECK(!path.full);
	long dir = sys_openat(AT_FDCWD, text, O_DIRECTORY | O_CLOEXEC);

	if (dir == -ENOENT && !must_exist)
		return 0;
	if (!CHECK(dir >= 0))
		return 0;
	unsigned count = replay_folder((int)dir);

	sys_close((int)dir);
	return count;
}

static void test_corpus(void)
{
	CHECK(replay(SPAN("tests/fuzz/corpus/"), true) > 0);
}

/* There are none before the first fault is found. */
static void test_regress(void)
{
	replay(SPAN("tests/fuzz/regress/"), false);
}

int program_main(int argc, char **argv, char **envp)
{
	struct span prefix = SPAN("fuzz_");

	(void)argc;
	(void)envp;
	target = span_from_string(argv[0]);
	while (span_find(target, '/') < target.len)
		target = span_skip(target, span_find(target, '/') + 1);
	CHECK(span_starts(target, prefix));
	target = span_skip(target, prefix.len);
	RUN(test_corpus);
	RUN(test_regress);
	return tap_end();
}
