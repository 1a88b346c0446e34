/* SPDX-License-Identifier: MIT */
/* The site's files of rules, as they are found in its root: site/rules.h. */
#ifndef SERVE_RULES_H
#define SERVE_RULES_H

#include "site/bundle.h"
#include "site/resolve.h"
#include "site/rules.h"

/**
 * serve_rules_map() - memory for the rules, of both files
 *
 * Return: SITE_RULES_FILES sets; or NULL, and it has been said why.
 */
struct site_rules *serve_rules_map(void);

/**
 * serve_rules_read() - read _redirects and _headers anew
 * @bundle: where they are instead, or NULL
 *
 * What is wrong with a file or a line is said on standard error; the other
 * lines hold. A file that is missing has no rules, and so has one that cannot
 * be read or is too long.
 */
void serve_rules_read(struct site_rules *rules, const struct site_root *root,
		      const struct site_bundle *bundle);

#endif
