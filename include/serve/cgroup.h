/* SPDX-License-Identifier: MIT */
/*
 * What the control group allows: version 2, at its usual place, which a
 * container has for itself (kernel: Documentation/admin-guide/cgroup-v2.rst).
 */
#ifndef SERVE_CGROUP_H
#define SERVE_CGROUP_H

#include "base/span.h"

/**
 * serve_cgroup_read() - the first line of a file of the control group
 * @path: absolute
 * @text: memory for it, @size bytes
 *
 * Return: the line, empty where there is no such file.
 */
struct span serve_cgroup_read(const char *path, char *text, size_t size);

#endif
