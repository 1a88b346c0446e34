/* SPDX-License-Identifier: MIT */
/*
 * The harness: see tap.h. The one file that includes nolibc, and so the one
 * that may not include the project's kernel headers.
 */
/* Of 32 bits the compiler has another one, which comes with tap.h. */
#define ptrdiff_t nolibc_ptrdiff_t
#include <nolibc.h>
#undef ptrdiff_t
#include <asm/siginfo.h>
#include <linux/resource.h>
#include <linux/wait.h>

/* Spelled alike in both worlds; bool is the one type that nolibc lacks. */
#include "tap.h"

static int cases;
static int failed_cases;
static int failed_checks; /* of the present case */
static const char *note;
static long long note_value;

void tap_run(const char *name, void (*function)(void))
{
	failed_checks = 0;
	note = NULL;
	function();
	cases++;
	if (failed_checks)
		failed_cases++;
	printf("%sok %d - %s\n", failed_checks ? "not " : "", cases, name);
}

int tap_end(void)
{
	printf("1..%d\n", cases);
	return failed_cases ? 1 : 0;
}

void tap_note(const char *text, long long value)
{
	note = text;
	note_value = value;
}

/* Say where a check failed. After twenty a case has made its point. */
static bool fail(const char *what, const char *file, int line)
{
	if (++failed_checks > 20)
		return false;
	printf("# %s:%d: %s", file, line, what);
	if (note)
		printf(" (%s %lld)", note, note_value);
	return true;
}

bool tap_check(bool holds, const char *what, const char *file, int line)
{
	if (!holds && fail(what, file, line))
		printf("\n");
	return holds;
}

bool tap_check_equal(long long got, long long want, const char *what,
		     const char *file, int line)
{
	if (got != want && fail(what, file, line))
		printf(": is %lld (0x%llx), should be %lld (0x%llx)\n", got,
		       got, want, want);
	return got == want;
}

static void print_span(const char *label, struct span s)
{
	printf("#   %s %lu bytes: ", label, (unsigned long)s.len);
	for (size_t i = 0; i < s.len && i < 200; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c >= 0x20 && c < 0x7f && c != '\\')
			printf("%c", c);
		else
			printf("\\x%c%c", "0123456789abcdef"[c >> 4],
			       "0123456789abcdef"[c & 15]);
	}
	printf("\n");
}

bool tap_check_span(struct span got, struct span want, const char *what,
		    const char *file, int line)
{
	bool same = got.len == want.len;

	for (size_t i = 0; same && i < got.len; i++)
		same = got.ptr[i] == want.ptr[i];
	if (!same && fail(what, file, line)) {
		printf("\n");
		print_span("is", got);
		print_span("should be", want);
	}
	return same;
}

/* A multiple of every page size in use; pages are at most 64 KiB. */
#define PAGE 65536UL

/* From a guarded span to the start of its mapping and its size. */
static char *mapping(struct span s, size_t *size)
{
	size_t body = (s.len + PAGE - 1) / PAGE * PAGE;

	*size = PAGE + body + PAGE;
	return (char *)s.ptr + s.len - body - PAGE;
}

struct span tap_guarded(struct span s)
{
	size_t size;
	char *at = mapping(s, &size);

	at = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED ||
	    (s.len && my_syscall3(__NR_mprotect, at + PAGE, size - 2 * PAGE,
				  PROT_READ | PROT_WRITE))) {
		printf("Bail out! no memory for a guarded copy\n");
		exit(1);
	}
	char *copy = at + size - PAGE - s.len;

	for (size_t i = 0; i < s.len; i++)
		copy[i] = s.ptr[i];
	return (struct span){ copy, s.len };
}

void tap_unguard(struct span guarded)
{
	size_t size;
	char *at = mapping(guarded, &size);

	munmap(at, size);
}

long tap_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	return my_syscall6(nr, a, b, c, d, e, f);
}

int tap_memory_file(struct span s)
{
	long fd = my_syscall2(__NR_memfd_create, "tap", 0);

	if (fd < 0 || write((int)fd, s.ptr, s.len) != (ssize_t)s.len) {
		printf("Bail out! no memory for a file\n");
		exit(1);
	}
	return (int)fd;
}

/* waitid, which every machine has: riscv32 has no wait4 for nolibc's. */
int tap_child(int (*function)(void *argument), void *argument)
{
	siginfo_t how;
	pid_t pid = fork();

	if (!pid)
		exit(function(argument));
	if (pid < 0 ||
	    my_syscall5(__NR_waitid, P_PID, pid, &how, WEXITED, NULL) < 0) {
		printf("Bail out! no child\n");
		exit(1);
	}
	return how.si_code == CLD_EXITED ? how.si_status : -how.si_status;
}

struct crash {
	int (*function)(void *argument);
	void *argument;
};

static int crash(void *argument)
{
	struct crash *what = argument;
	unsigned long long no_core[2] = { 0, 0 };

	my_syscall4(__NR_prlimit64, 0, RLIMIT_CORE, no_core, NULL);
	close(STDERR_FILENO);
	return what->function(what->argument);
}

int tap_crash(int (*function)(void *argument), void *argument)
{
	struct crash what = { function, argument };

	return tap_child(crash, &what);
}

bool tap_traps(int (*function)(void *argument), void *argument)
{
	int status = tap_crash(function, argument);

#ifdef __loongarch__ /* where clang has an access to the address 0 for it */
	if (status == -SIGSEGV)
		return true;
#endif
	return status == -SIGILL || status == -SIGTRAP || status == -SIGFPE;
}
