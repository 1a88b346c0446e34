/* SPDX-License-Identifier: MIT */
/* How many CPUs this process may keep busy. */
#ifndef SERVE_CPUS_H
#define SERVE_CPUS_H

#include "base/types.h"

/**
 * serve_cpus_count() - CPUs by affinity and, if it can be read, by quota
 *
 * The quota is that of the control group, version 2, at its usual place
 * (kernel: Documentation/admin-guide/cgroup-v2.rst, cpu.max), rounded up.
 *
 * Return: at least 1.
 */
u64 serve_cpus_count(void);

#endif
