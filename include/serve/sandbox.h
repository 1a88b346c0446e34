/* SPDX-License-Identifier: MIT */
/*
 * What a process of the server can still do once it has begun, should somebody
 * else come to command it:
 *
 *	everybody   no new rights by executing anything (PR_SET_NO_NEW_PRIVS),
 *	            and the user of --user
 *	the master  the calls that it makes itself, and those that workers
 *	            need, which inherit its filter (serve/filter.h)
 *	a worker    the calls of serving; files below ROOT alone, to be read
 *	            (landlock); no TCP connection of its own making
 *
 * A SIGHUP opens ROOT anew: only a new worker can get at the new one.
 */
#ifndef SERVE_SANDBOX_H
#define SERVE_SANDBOX_H

#include "base/buf.h"
#include "serve/options.h"
#include "site/resolve.h"

/* --sandbox, in the order of its words from the last */
enum serve_sandbox_mode {
	SERVE_SANDBOX_OFF,
	SERVE_SANDBOX_REQUIRE,
	SERVE_SANDBOX_AUTO,
};

/* What there is. */
struct serve_sandbox {
	bool off;
	bool seccomp;
	long landlock; /* its version, or a negative errno */
};

/**
 * serve_sandbox_drop() - leave rights behind: --user, and no new ones
 *
 * Return: 0, or a negative errno after it was said what failed.
 */
long serve_sandbox_drop(const struct serve_options *o) MUST_CHECK;

/**
 * serve_sandbox_enter() - find out what there is, and restrict the master
 *
 * Return: whether that is enough for o->sandbox; if not, it was said.
 */
bool serve_sandbox_enter(struct serve_sandbox *sandbox,
			 const struct serve_options *o) MUST_CHECK;

/**
 * serve_sandbox_put() - append "sandbox: no seccomp, landlock 4" to the line
 * that was begun: serve/say.h; the number is the kernel's version of landlock,
 * of which what came after the sixth is not used
 */
void serve_sandbox_put(const struct serve_sandbox *sandbox);

/**
 * serve_sandbox_enter_worker() - restrict a worker that is ready to serve
 * @call: the call that failed
 *
 * Return: 0 or more, or a negative errno.
 */
long serve_sandbox_enter_worker(const struct serve_sandbox *sandbox,
				const struct site_root *root,
				const char **call) MUST_CHECK;

#endif
