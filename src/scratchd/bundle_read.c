/* SPDX-License-Identifier: MIT */
/* Lists a bundle, or takes it out: see scratchd/bundle.h. */
#include "base/hash.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "scratchd/bundle.h"
#include "serve/say.h"

#define PATH_SIZE 4096

/* A line: hash, size, codings, path. */
static void print(const struct site_bundle *b,
		  const struct site_bundle_entry *entry)
{
	char text[4 * PATH_SIZE + 128];
	struct buf line = BUF(text);

	u32 codings = le32_get(entry->codings);

	buf_put_hex(&line, le64_get(entry->hash));
	buf_put_char(&line, ' ');
	buf_put_u64(&line, le32_get(entry->size), 1);
	buf_put_char(&line, ' ');
	for (unsigned c = 0; c < HTTP_IDENTITY; c++)
		buf_put_char(&line, codings >> c & 1 ? "bzg"[c] : '-');
	buf_puts(&line, " /");
	buf_put_escaped(&line, site_bundle_path(b, entry), 0);
	buf_put_char(&line, '\n');
	serve_print(buf_span(&line));
}

/* Nothing that leads out of the directory, in what somebody else has made. */
static bool is_plain(struct span path)
{
	do {
		struct span name = span_take(&path, '/');

		if (!name.len || site_is_dots(name))
			return false;
	} while (path.len);
	return true;
}

static long write_file(int dir, const char *path, struct span content)
{
	long r = sys_openat(dir, path,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
				    O_CLOEXEC);
	int fd = (int)r;

	if (r < 0)
		return r;
	r = bundle_put(fd, content, 0);
	if (r >= 0)
		r = sys_fchmod(fd, 0644);
	sys_close(fd);
	return r;
}

/* The file, and the directories that it is in. */
static long take_out(int dir, struct span path, struct span content)
{
	char text[PATH_SIZE];
	struct buf name = BUF(text);
	long r = 0;

	for (size_t i = 0; i < path.len && r >= 0; i++) {
		if (path.ptr[i] == '/') {
			buf_put_char(&name, '\0');
			r = name.full ? -ENAMETOOLONG
				      : sys_mkdirat(dir, text, 0755);
			if (r == -EEXIST)
				r = 0;
			name.len = i;
		}
		buf_put_char(&name, path.ptr[i]);
	}
	buf_put_char(&name, '\0');
	if (name.full)
		r = -ENAMETOOLONG;
	return r < 0 ? r : write_file(dir, text, content);
}

static bool handle(const struct site_bundle *b,
		   const struct site_bundle_entry *entry, int dir)
{
	struct span path = site_bundle_path(b, entry);
	struct span content = site_bundle_content(b, entry);

	if (hash_xxh64(content, 0) != le64_get(entry->hash)) {
		bundle_complain("bundle", path, "its bytes are damaged");
		return false;
	}
	if (dir < 0) {
		print(b, entry);
		return true;
	}
	if (!is_plain(path)) {
		bundle_complain("bundle", path, "no path of a file");
		return false;
	}
	long r = take_out(dir, path, content);

	if (r < 0)
		serve_say_failure("bundle: write", path, r);
	return r >= 0;
}

/* Where the program's headers say that it is, in the file. */
static const char *open_bundle(struct site_bundle *b,
			       const struct bundle_program *p)
{
	u64 size = le64_get(p->marker->size);
	u64 offset = elf_get(&p->elf, p->segment, ELF_OFFSET);

	if (!size)
		return "no bundle, but a program for one";
	if (elf_get(&p->elf, p->segment, ELF_FILESZ) != size || offset % 8)
		return "its segment is not there: was the program stripped?";
	return site_bundle_open(
		b, (struct span){ p->file.ptr + offset, (size_t)size });
}

int bundle_read(const char *file, const char *dir)
{
	struct bundle_program program;
	struct site_bundle bundle;
	int status = 0;
	long fd = -1;

	if (bundle_program_open(&program, file))
		return 1;
	const char *reason = open_bundle(&bundle, &program);

	if (reason) {
		bundle_complain("bundle", span_from_string(file), reason);
		return 1;
	}
	if (dir) {
		fd = sys_mkdirat(AT_FDCWD, dir, 0755);
		if (fd >= 0)
			fd = sys_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY);
		if (fd < 0) {
			serve_say_advice("bundle: make", span_from_string(dir),
					 fd, "name a new directory");
			return 1;
		}
	}
	for (u32 i = 0; i < bundle.count; i++)
		if (!handle(&bundle, &bundle.entry[i], (int)fd))
			status = 1;
	return status;
}
