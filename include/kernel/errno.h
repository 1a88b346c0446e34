/* SPDX-License-Identifier: MIT */
/*
 * Errno: the numbers by name, and the names and texts for people. Calls
 * return them negative; there is no variable of that name.
 */
#ifndef KERNEL_ERRNO_H
#define KERNEL_ERRNO_H

#include "base/buf.h"
#include "kernel/arch.h"

#ifndef ENOENT /* or a port of nolibc has the kernel's own */
enum {
#define ERRNO(name, number, text) name = (number),
#define ERRNO_QUIET(name, number) name = (number),
#include "kernel/errno.def"
#undef ERRNO
};
#endif

/**
 * errno_describe() - append "EACCES (permission denied)" to @out
 * @err: what a call returned, negative
 *
 * A number that is not in errno.def is written as "errno 123".
 */
void errno_describe(struct buf *out, long err);

#endif
