/* SPDX-License-Identifier: MIT */
/*
 * src/kernel/start.c: what a program finds when its first function is called.
 *
 * One test starts the program a second time, in a child process and without
 * descriptors 0 to 2, by handing start_program() a stack of its own making.
 */
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "tap.h"

#define HIDDEN __attribute__((visibility("hidden")))
#define SIGSEGV 11

extern unsigned long __stack_chk_guard;
extern char HIDDEN relro_start[], relro_end[];
extern char HIDDEN __ehdr_start[];
extern const unsigned long HIDDEN relocations_start[], relocations_end[];

static int arg_count;
static char **args;
static char **environment;
static const unsigned long *auxv;

/* As the linker saw it, a pointer here is not an address yet. */
static const char *const texts[] = { "relocated", "twice" };
static const char *const *volatile texts_at = texts;

static unsigned long aux(unsigned long type)
{
	for (const unsigned long *a = auxv; a[0] != AT_NULL; a += 2)
		if (a[0] == type)
			return a[1];
	return 0;
}

static void test_arguments(void)
{
	struct span name = span_from_string(args[0]);

	CHECK_EQ(arg_count, 1);
	CHECK(name.len > 10);
	CHECK_SPAN(span_skip(name, name.len - 10), "test_start");
	CHECK(!args[1]);
}

/* The tests' driver sets it; so the environment came through whole. */
static void test_environment(void)
{
	bool path = false;

	CHECK(environment == args + arg_count + 1);
	for (char **e = environment; *e; e++)
		path = path || span_starts(span_from_string(*e), SPAN("PATH="));
	CHECK(path);
}

static void test_auxiliary_vector(void)
{
	unsigned long page = aux(AT_PAGESZ);

	CHECK(page >= 4096 && page <= 65536 && !(page & (page - 1)));
	CHECK(aux(AT_RANDOM));
}

/* argc lies where the stack pointer points, on each machine at 16 bytes. */
static void test_stack_at_entry(void)
{
	const long *at = (const long *)(const void *)(args - 1);

	CHECK_EQ(*at, arg_count);
	CHECK_EQ((unsigned long)at % 16, 0);
}

/* A frame that is misaligned has misaligned members. */
static void test_stack_alignment(void)
{
	_Alignas(16) char object[16];
	unsigned long at = (unsigned long)object;

	/* The compiler must not conclude the result from the attribute. */
	__asm__ volatile("" : "+r"(at) : : "memory");
	CHECK_EQ(at % 16, 0);
}

static void test_relocation(void)
{
	CHECK_SPAN(span_from_string(texts_at[0]), "relocated");
	CHECK_SPAN(span_from_string(texts_at[1]), "twice");
}

static void test_stack_guard(void)
{
	const u8 *random = (const u8 *)aux(AT_RANDOM);
	const u8 *guard = (const u8 *)&__stack_chk_guard;

	CHECK_EQ(guard[0], 0);
	for (size_t i = 1; i < sizeof(__stack_chk_guard); i++)
		CHECK_EQ(guard[i], random[i]);
}

static int write_to(void *at)
{
	*(volatile char *)at = 1;
	return 0;
}

/* The guard and the constants with addresses are sealed; code always is. */
static void test_sealed(void)
{
	char *last = relro_end;

	/* Not to be computed from the array's bounds, which are not known. */
	__asm__("" : "+r"(last));
	last--;
	CHECK(last >= relro_start);
	CHECK((char *)&__stack_chk_guard >= relro_start &&
	      (char *)&__stack_chk_guard < relro_end);
	CHECK((const char *)texts >= __ehdr_start);
	CHECK_EQ(tap_crash(write_to, relro_start), -SIGSEGV);
	CHECK_EQ(tap_crash(write_to, last), -SIGSEGV);
	CHECK_EQ(tap_crash(write_to, &__stack_chk_guard), -SIGSEGV);
	CHECK_EQ(tap_crash(write_to, (void *)texts), -SIGSEGV);
	CHECK_EQ(tap_crash(write_to, __ehdr_start), -SIGSEGV);
	CHECK_EQ(tap_crash(write_to, (void *)(long)write_to), -SIGSEGV);
	/* And what must be writable is. */
	CHECK_EQ(tap_crash(write_to, &arg_count), 0);
}

/* Of 32 bits, what is added to must be again as the linker left it. */
static void undo_relocation(void)
{
	unsigned long base = (unsigned long)__ehdr_start;

	if (ARCH_R_RELATIVE && sizeof(long) == 4)
		for (const unsigned long *r = relocations_start;
		     r < relocations_end; r += 2)
			*(unsigned long *)(base + r[0]) -= base;
}

/* Start over. The second life has another name and ends in second_life(). */
static int start_again(void *bits)
{
	static char name[] = "second life 0";
	unsigned long page = aux(AT_PAGESZ);
	unsigned long from = (unsigned long)relro_start & ~(page - 1);
	long closed = (long)bits;
	/* argc, argv, the environment and the auxiliary vector */
	long stack[] = { 1,	    (long)name, 0,	   0,
			 AT_PAGESZ, (long)page, AT_RANDOM, (long)aux(AT_RANDOM),
			 AT_NULL,   0 };

	name[sizeof(name) - 2] = (char)('0' + closed);
	for (int fd = 0; fd < 3; fd++)
		if (closed & 1L << fd)
			sys_close(fd);
	if (sys_mprotect((void *)from, (unsigned long)relro_end - from,
			 PROT_READ | PROT_WRITE))
		return 100;
	undo_relocation();
	start_program(stack);
}

/*
 * In the child. Return: 0 if each closed descriptor is now the root directory,
 * opened for nothing, each other one is as it was, and no more were opened.
 */
static int second_life(long closed, int first_free)
{
	for (int fd = 0; fd < 3; fd++) {
		struct statx st;
		bool filled = closed & 1L << fd;

		if (sys_statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st))
			return 10 + fd;
		if (filled && ((st.stx_mode & S_IFMT) != S_IFDIR ||
			       sys_write(fd, "x", 1) != -EBADF))
			return 20 + fd;
		if (!filled && (st.stx_mode & S_IFMT) == S_IFDIR)
			return 30 + fd;
	}
	long next = sys_openat(AT_FDCWD, "/", O_PATH);

	return next == first_free ? 0 : 40;
}

static int free_descriptor;

static void test_closed_descriptors_are_filled(void)
{
	long fd = sys_openat(AT_FDCWD, "/", O_PATH);

	CHECK(fd > 2);
	sys_close((int)fd);
	free_descriptor = (int)fd;
	for (long closed = 0; closed < 8; closed++) {
		tap_note("bits", closed);
		CHECK_EQ(tap_child(start_again, (void *)closed), 0);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	struct span name = span_from_string(argv[0]);

	if (span_starts(name, SPAN("second life ")))
		return second_life(argv[0][name.len - 1] - '0',
				   free_descriptor);
	arg_count = argc;
	args = argv;
	environment = envp;
	while (*envp)
		envp++;
	auxv = (const unsigned long *)(envp + 1);
	RUN(test_arguments);
	RUN(test_environment);
	RUN(test_auxiliary_vector);
	RUN(test_stack_at_entry);
	RUN(test_stack_alignment);
	RUN(test_relocation);
	RUN(test_stack_guard);
	RUN(test_sealed);
	RUN(test_closed_descriptors_are_filled);
	return tap_end();
}
