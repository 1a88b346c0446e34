/* SPDX-License-Identifier: MIT */
/* The sandbox: see serve/sandbox.h. */
#include "serve/sandbox.h"
#include "kernel/calls.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "serve/filter.h"
#include "serve/say.h"

/* A bundle's worker needs nothing of files. By hand, where openat2 is missing,
 * paths need calls of letter L. */
static const u16 of_master = KERNEL_ROLES("MwWFL" KERNEL_TRACE_ROLE);
static const u16 of_worker = KERNEL_ROLES("W" KERNEL_TRACE_ROLE);
static const u16 of_files = KERNEL_ROLES("F");
static const u16 of_walking = KERNEL_ROLES("L");

static long install(u16 roles)
{
	struct serve_filter filter;
	struct sock_fprog program = { .filter = filter.op };

	serve_filter_build(&filter, roles, ARCH_SYSCALL_RETURN);
	program.len = (u16)filter.length;
	return sys_seccomp(SECCOMP_SET_MODE_FILTER, &program);
}

/* First what only root may change, and last being root. */
static long become(u32 user, u32 group, const char **call)
{
	*call = "setgroups";
	long r = sys_setgroups();

	if (r < 0)
		return r;
	*call = "setresgid";
	r = sys_setresgid(group);
	if (r < 0)
		return r;
	*call = "setresuid";
	r = sys_setresuid(user);
	if (r < 0)
		return r;
	/*
	 * credentials(7), capabilities(7): what is left now may still be the
	 * right to come back, if somebody set the securebits so.
	 */
	if (sys_setresuid(0) >= 0 || sys_setresgid(0) >= 0 ||
	    sys_setgroups() >= 0)
		return -EPERM;
	return 0;
}

long serve_sandbox_drop(const struct serve_options *o)
{
	const char *call;
	long r = 0;

	if (o->user)
		r = become((u32)o->user, (u32)o->group, &call);
	if (r < 0) {
		serve_say_failure(call, SPAN("for --user"), r);
		return r;
	}
	r = sys_prctl(PR_SET_NO_NEW_PRIVS, 1);
	if (r < 0)
		serve_say_failure("prctl", SPAN("PR_SET_NO_NEW_PRIVS"), r);
	return r;
}

void serve_sandbox_put(const struct serve_sandbox *sandbox)
{
	serve_line_put("sandbox: ");
	if (sandbox->off) {
		serve_line_put("off");
		return;
	}
	serve_line_put(sandbox->seccomp ? "seccomp, " : "no seccomp, ");
	if (sandbox->landlock > 0)
		serve_line_put_count("landlock ", (u64)sandbox->landlock);
	else
		serve_line_put("no landlock");
}

bool serve_sandbox_enter(struct serve_sandbox *sandbox,
			 const struct serve_options *o)
{
	sandbox->off = o->sandbox == SERVE_SANDBOX_OFF;
	if (sandbox->off)
		return true;
	sandbox->landlock = sys_landlock_create_ruleset(
		NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	sandbox->seccomp = install(of_master) >= 0;
	if (o->sandbox == SERVE_SANDBOX_AUTO ||
	    (sandbox->seccomp && sandbox->landlock > 0))
		return true;
	serve_line_begin("--sandbox require: ");
	serve_sandbox_put(sandbox);
	serve_line_end();
	return false;
}

/* Every right over files that version @v of landlock knows of. */
static u64 all_rights(long v)
{
	u64 last = v >= 5   ? LANDLOCK_ACCESS_FS_IOCTL_DEV
		   : v >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE
		   : v >= 2 ? LANDLOCK_ACCESS_FS_REFER
			    : LANDLOCK_ACCESS_FS_MAKE_SYM;

	return last | (last - 1);
}

/* landlock(7): what is handled and not allowed by a rule is forbidden. */
static long lock_files(long version, int root, const char **call)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = all_rights(version),
		.handled_access_net = LANDLOCK_ACCESS_NET_BIND_TCP |
				      LANDLOCK_ACCESS_NET_CONNECT_TCP,
		.scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET |
			  LANDLOCK_SCOPE_SIGNAL,
	};
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
				  LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = root,
	};
	/* As much of it as that version knows. */
	size_t size = version >= 6 ? sizeof(attr)
		      : version >= 4
			      ? offsetof(struct landlock_ruleset_attr, scoped)
			      : offsetof(struct landlock_ruleset_attr,
					 handled_access_net);

	*call = "landlock_create_ruleset";
	long fd = sys_landlock_create_ruleset(&attr, size, 0);

	if (fd < 0)
		return fd;
	*call = "landlock_add_rule";
	/* A bundle has no root, and nothing to read. */
	long r = root < 0 ? 0
			  : sys_landlock_add_rule(
				    (int)fd, LANDLOCK_RULE_PATH_BENEATH, &rule);

	if (r >= 0) {
		*call = "landlock_restrict_self";
		r = sys_landlock_restrict_self((int)fd);
	}
	sys_close((int)fd);
	return r;
}

long serve_sandbox_enter_worker(const struct serve_sandbox *sandbox,
				const struct site_root *root, const char **call)
{
	long r = 0;

	if (sandbox->off)
		return 0;
	if (sandbox->landlock > 0)
		r = lock_files(sandbox->landlock, root->fd, call);
	if (r < 0 || !sandbox->seccomp)
		return r;
	*call = "seccomp";
	u16 roles = of_worker;

	if (root->fd >= 0)
		roles |= of_files;
	if (root->openat2)
		roles |= of_walking;
	return install(roles);
}
