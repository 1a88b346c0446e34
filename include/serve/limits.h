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
 * serve_limits_fit_cache() - cache_size if it was not given
 * @o: workers is set
 *
 * 16 MiB, or less where the caches of all workers would be more than a quarter
 * of the memory that the control group allows.
 */
void serve_limits_fit_cache(struct serve_options *o);

#endif
