/* SPDX-License-Identifier: MIT */
/* ROOT: see serve/root.h. */
#include "serve/root.h"
#include "kernel/sys.h"
#include "serve/say.h"

long serve_root_open(struct site_root *root, const struct serve_options *o)
{
	long r = site_root_open(root, o->root);

	if (r < 0)
		serve_say_unread("open", span_from_string(o->root), r,
				 "name the directory of the site");
	root->no_links = !o->symlinks;
	return r;
}

bool serve_root_is_file_system(const struct site_root *root)
{
	struct statx here;
	struct statx top;

	return kernel_look(root->fd, &here) >= 0 &&
	       sys_statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &top) >= 0 &&
	       here.stx_ino == top.stx_ino &&
	       here.stx_dev_major == top.stx_dev_major &&
	       here.stx_dev_minor == top.stx_dev_minor;
}
