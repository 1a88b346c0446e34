/* SPDX-License-Identifier: MIT */
/* ROOT, as the options name it. */
#ifndef SERVE_ROOT_H
#define SERVE_ROOT_H

#include "serve/options.h"
#include "site/resolve.h"

/**
 * serve_root_open() - open the directory that is o->root now
 *
 * Return: 0, or a negative errno after it was said.
 */
long serve_root_open(struct site_root *root,
		     const struct serve_options *o) MUST_CHECK;

/** serve_root_is_file_system() - whether it is "/" */
bool serve_root_is_file_system(const struct site_root *root);

#endif
