/* SPDX-License-Identifier: MIT */
/* Control groups: see serve/cgroup.h. */
#include "serve/cgroup.h"
#include "kernel/sys.h"

struct span serve_cgroup_read(const char *path, char *text, size_t size)
{
	long fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return (struct span){ text, 0 };
	long n = sys_read((int)fd, text, size);

	sys_close((int)fd);
	struct span all = { text, n > 0 ? (size_t)n : 0 };

	return (struct span){ text, span_find(all, '\n') };
}
