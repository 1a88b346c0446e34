/* SPDX-License-Identifier: MIT */
/*
 * site/cache.h, through site_find(): many files in a small cache, asked for in
 * a random order while they change. What is found must always be what a file
 * holds, and often come from the cache.
 */
/* For calls that the project does not use. */
#include <asm/unistd.h>
#include "tap.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "site/cache.h"

/* riscv32 has that of 64 bits alone; a length of zero is zeros in both. */
#ifndef __NR_ftruncate
#define __NR_ftruncate __NR_ftruncate64
#endif

#define AT_REMOVEDIR 0x200

#define FILES 60
#define CACHE 16384
#define LARGE (SITE_SMALL_MAX + 1)

static char memory[1 << 20] __attribute__((aligned(64)));
static char scratch[SITE_SMALL_MAX + 1];
static struct site_cache cache;
static struct site site;
static char base_path[64];

/* What each file holds: a letter, so many times; 0: there is no file. */
static struct {
	u32 size;
	char letter;
} files[FILES];

static void must(long r)
{
	if (!CHECK(r >= 0))
		sys_exit_group(1);
}

static long call(long nr, long dir, const char *path, long a, long b)
{
	return tap_syscall6(nr, dir, (long)path, a, b, 0, 0);
}

/* @ms of the server's time pass. */
static void turn(s64 ms)
{
	struct kernel_timespec t = { 0 };

	must(sys_clock_gettime(CLOCK_REALTIME, &t));
	site_cache_set_time(&cache, cache.now + ms,
			    t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

/* The files are older than a tick of the clock, and a turn has passed. */
static void settle(void)
{
	struct kernel_timespec t = { 0, 2 * SITE_CACHE_SETTLED };

	must(sys_ppoll(NULL, 0, &t));
	turn(40);
}

static void put_name(struct buf *b, unsigned i)
{
	b->len = 0;
	buf_put_char(b, 'd');
	buf_put_u64(b, i % 3, 1);
	buf_puts(b, "/f");
	buf_put_u64(b, i, 1);
}

static const char *name_of(struct buf *b, unsigned i)
{
	put_name(b, i);
	buf_put_char(b, '\0');
	CHECK(!b->full);
	return b->ptr;
}

static void write_file(const char *name, char letter, u32 size, bool anew)
{
	char block[4096];
	long fd;

	if (anew)
		call(NR_unlinkat, site.root.fd, name, 0, 0);
	fd = call(NR_openat, site.root.fd, name, O_CREAT | O_RDWR, 0644);
	must(fd);
	must(call(__NR_ftruncate, fd, NULL, 0, 0));
	memset(block, letter, sizeof(block));
	while (size) {
		u32 n = size < sizeof(block) ? size : (u32)sizeof(block);

		must(sys_write((int)fd, block, n));
		size -= n;
	}
	sys_close((int)fd);
}

/* In place, or another file of that name, or none. */
static void change(unsigned i, u32 size, bool anew)
{
	char text[32];
	struct buf name = BUF(text);

	files[i].letter = files[i].letter == 'z' ? 'a' : files[i].letter + 1;
	files[i].size = size;
	if (size)
		write_file(name_of(&name, i), files[i].letter, size, anew);
	else
		must(call(NR_unlinkat, site.root.fd, name_of(&name, i), 0, 0));
}

static bool is_all(struct span s, char letter)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != letter)
			return false;
	return true;
}

static void check_content(const struct site_entity *e, unsigned i)
{
	char byte = 0;

	CHECK_EQ(e->size, files[i].size);
	CHECK_SPAN(e->type, "application/octet-stream");
	CHECK(e->validators.etag.len > 0 && e->validators.last_modified > 0);
	if (e->is_small) {
		CHECK_EQ(e->content.len, files[i].size);
		CHECK(is_all(e->content, files[i].letter));
		return;
	}
	CHECK_EQ(sys_pread64(e->fd, &byte, 1, e->size - 1), 1);
	CHECK_EQ(byte, files[i].letter);
}

/* Return: whether the cache had it. */
static bool ask(unsigned i)
{
	char text[HTTP_CODINGS * 1024];
	struct buf path = BUF(text);
	struct buf name = { text + 1, 0, sizeof(text) - 1, false };
	struct site_entity e = { .scratch = scratch };

	e.wanted.weight[HTTP_IDENTITY] = 1000;
	text[0] = '/';
	put_name(&name, i);
	path.len = name.len + 1;
	u64 turn = cache.turn;
	u32 used = cache.used;
	size_t end = cache.end;
	long r = site_find(&site, &path, &e);

	tap_note("file", i);
	if (!CHECK_EQ(r, files[i].size ? SITE_FILE : -ENOENT) || r)
		return false;
	check_content(&e, i);
	site_entity_close(e.fd, e.shared);
	CHECK_EQ(cache.turn, turn);
	return (e.fd < 0 || e.shared) && cache.used == used && cache.end == end;
}

static void open_site(size_t size)
{
	memset(memory, 0, size);
	site_cache_init(&cache, memory, size);
	site.cache = &cache;
	turn(1);
}

/* A linear congruential generator (MMIX): the same history each time. */
static u32 next_random(void)
{
	static u64 state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (u32)(state >> 33);
}

static void test_hit(void)
{
	open_site(CACHE);
	change(0, 100, true);
	CHECK(!ask(0));
	settle();
	CHECK(!ask(0));
	CHECK(ask(0));
	turn(1);
	CHECK(ask(0));
	change(0, 100, false);
	turn(1);
	CHECK(!ask(0));
	settle();
	CHECK(!ask(0));
	CHECK(ask(0));
}

static s64 read_clock(void)
{
	struct kernel_timespec t = { 0 };

	must(sys_clock_gettime(CLOCK_MONOTONIC, &t));
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

/*
 * What changed just now is not kept, and is read each time. An emulator may
 * take longer for that than "just now" is: then there is nothing to see.
 */
static void test_fresh(void)
{
	open_site(CACHE);
	for (unsigned i = 0; i < 5; i++) {
		s64 begin = read_clock();
		bool kept;

		change(0, 100, i % 2);
		turn(1);
		CHECK(!ask(0));
		kept = ask(0);
		CHECK(!kept || read_clock() - begin > SITE_CACHE_SETTLED);
	}
}

/* Each way in which a file can change, between two turns. */
static void test_changes(void)
{
	static const u32 sizes[] = { 100, 5000, LARGE };

	open_site(sizeof(memory));
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		for (unsigned way = 0; way < 5; way++) {
			static const int by[] = { 0, 0, 1, -1, 0 };

			change(i, sizes[i], true);
			settle();
			tap_note("way", way);
			CHECK(!ask(i));
			CHECK(ask(i));
			change(i, way == 4 ? 0 : sizes[i] + (u32)by[way],
			       way == 1);
			turn(1);
			CHECK(!ask(i));
		}
}

/* A time to live: until then it is not looked at again. */
static void test_ttl(void)
{
	open_site(CACHE);
	cache.ttl = 1000;
	change(1, 100, true);
	settle();
	CHECK(!ask(1));
	write_file("d1/f1", files[1].letter, 200, false);
	turn(999);
	CHECK(ask(1));
	files[1].size = 200;
	turn(1);
	CHECK(!ask(1));
	cache.ttl = 0;
}

/* Nothing is cached without memory, or with too little of it. */
static void test_no_room(void)
{
	static const size_t sizes[] = { 0, 1, 1023, 1024, 2048, 4096 };

	change(2, 3000, true);
	settle();
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		open_site(sizes[i]);
		tap_note("size", (long long)sizes[i]);
		for (unsigned n = 0; n < 3; n++)
			CHECK_EQ(ask(2), sizes[i] == 4096 && n > 0);
	}
}

/* More large files than there are descriptors to keep. */
static void test_many_large(void)
{
	open_site(sizeof(memory));
	for (unsigned i = 0; i < SITE_CACHE_FILES + 2; i++)
		change(i, LARGE + i, true);
	settle();
	for (unsigned n = 0; n < 2; n++)
		for (unsigned i = 0; i < SITE_CACHE_FILES + 2; i++)
			CHECK_EQ(ask(i), n && i < SITE_CACHE_FILES);
	for (unsigned i = 0; i < SITE_CACHE_FILES; i++)
		CHECK_EQ(cache.files[i].uses, 1);
	/* One that is dropped gives its place to another. */
	change(0, 10, true);
	turn(1);
	CHECK(!ask(0));
	CHECK_EQ(cache.files[0].uses, 0);
	CHECK(!ask(SITE_CACHE_FILES));
	CHECK(ask(SITE_CACHE_FILES));
}

/* Whether the table leads from where an entry belongs to where it is. */
static bool is_reachable(u32 index)
{
	u32 places = 2 * cache.count;
	u32 at = (u32)(cache.entries[index].hash % places);

	while (cache.table[at] && cache.table[at] != index + 1)
		at = at + 1 == places ? 0 : at + 1;
	return cache.table[at] != 0;
}

/* No two entries share bytes. */
static bool is_apart(u32 index)
{
	const struct site_cache_entry *a = &cache.entries[index];

	for (u32 i = 0; i < cache.count; i++) {
		const struct site_cache_entry *b = &cache.entries[i];

		if (b->hash && i != index && a->start < b->start + b->length &&
		    b->start < a->start + a->length)
			return false;
	}
	return a->start + a->length <= cache.size;
}

/* Each entry of the ring is in the table once, and nothing else is. */
static void check_table(void)
{
	u32 alive = 0;
	u32 found = 0;

	for (u32 i = 0; i < cache.count; i++) {
		if (!cache.entries[i].hash)
			continue;
		alive++;
		CHECK(is_reachable(i));
		CHECK(is_apart(i));
	}
	for (u32 i = 0; i < 2 * cache.count; i++)
		found += cache.table[i] != 0;
	CHECK_EQ(found, alive);
	CHECK(alive <= cache.used && cache.used <= cache.count);
}

static void test_history(void)
{
	unsigned hits = 0;

	open_site(CACHE);
	for (unsigned i = 0; i < FILES; i++)
		change(i, 1 + next_random() % 3000, true);
	settle();
	for (unsigned n = 0; n < 6000; n++) {
		/* A few are wanted often. */
		unsigned i = next_random() % (next_random() % FILES + 1);

		if (next_random() % 50 == 0 && files[i].size) {
			change(i, next_random() % 3 * 200, n % 2);
			turn(1);
		}
		if (!files[i].size)
			change(i, 1 + next_random() % 5000, true);
		if (n % 7 == 0)
			turn(1);
		hits += ask(i);
		if (n % 20 == 0)
			check_table();
	}
	tap_note("hits of 6000", hits);
	CHECK(hits > 50);
}

static void make_site(void)
{
	struct buf path = BUF(base_path);
	char name[] = "d0";

	buf_puts(&path, "/tmp/scratchd-cache-");
	buf_put_u64(&path, (u64)sys_getpid(), 1);
	buf_put_char(&path, '\0');
	must(call(NR_mkdirat, AT_FDCWD, base_path, 0755, 0));
	must(site_root_open(&site.root, base_path));
	site.index = SPAN("index.html");
	for (unsigned i = 0; i < 3; i++) {
		name[1] = (char)('0' + i);
		must(call(NR_mkdirat, site.root.fd, name, 0755, 0));
	}
}

static void remove_site(void)
{
	char name[] = "d0";

	for (unsigned i = 0; i < FILES; i++)
		if (files[i].size)
			change(i, 0, true);
	for (unsigned i = 0; i < 3; i++) {
		name[1] = (char)('0' + i);
		must(call(NR_unlinkat, site.root.fd, name, AT_REMOVEDIR, 0));
	}
	must(call(NR_unlinkat, AT_FDCWD, base_path, AT_REMOVEDIR, 0));
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	make_site();
	RUN(test_hit);
	RUN(test_fresh);
	RUN(test_changes);
	RUN(test_ttl);
	RUN(test_no_room);
	RUN(test_many_large);
	RUN(test_history);
	remove_site();
	return tap_end();
}
