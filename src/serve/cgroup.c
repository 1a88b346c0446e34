/* SPDX-License-Identifier: MIT */
/* Control groups: see serve/cgroup.h. */
#include "serve/cgroup.h"
#include "kernel/sys.h"

struct span serve_cgroup_read(const char *path, char *text, size_t size)
{
	struct span line = { text, 0 };
	long fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return line;
	long n = sys_read((int)fd, text, size);

	sys_close((int)fd);
	line.len = n > 0 ? (size_t)n : 0;
	line.len = span_find(line, '\n');
	return line;
}
