/* SPDX-License-Identifier: MIT */
/* Options that depend on what the machine allows. */
#ifndef SERVE_LIMITS_H
#define SERVE_LIMITS_H

#include "serve/options.h"

/**
 * serve_limits_fit() - use as many descriptors as the hard limit gives
 * @o: max_connections is set to what that leaves room for, if it was not given
 *
 * Return: 0, or an exit status after it was said what is wrong.
 */
int serve_limits_fit(struct serve_options *o);

/**
 * serve_limits_fit_memory() - request_memory, and cache_size if it was not
 * given
 * @o: workers is set
 *
 * The cache has 16 MiB, or less where those of all workers would be more than a
 * quarter of the memory that the control group allows. Requests have half.
 */
void serve_limits_fit_memory(struct serve_options *o);

#endif
