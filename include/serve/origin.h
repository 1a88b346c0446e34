/* SPDX-License-Identifier: MIT */
/*
 * Where the site comes from: the directory ROOT, or the bundle that this
 * program carries (site/bundle.h).
 */
#ifndef SERVE_ORIGIN_H
#define SERVE_ORIGIN_H

#include "serve/options.h"
#include "site/bundle.h"

/**
 * serve_origin_open() - find the bundle, or open the root
 * @root:   set where there is no bundle
 * @bundle: set to it, or to NULL
 *
 * A bundle turns the options off that are about files.
 *
 * Return: 0, or the status to exit with, and it has been said why.
 */
int serve_origin_open(struct serve_options *o, struct site_root *root,
		      const struct site_bundle **bundle) MUST_CHECK;

#endif
