/* SPDX-License-Identifier: MIT */
/*
 * One typed function for each system call of the project. Each returns what
 * the kernel returned: zero or more on success, a negative errno on failure
 * (section ERRORS of its manual page, section 2). None retries, none hides
 * anything. Structs and constants are in kernel/abi.h, a line about what each
 * call is for in src/kernel/calls.def.
 */
#ifndef KERNEL_SYS_H
#define KERNEL_SYS_H

#include "kernel/abi.h"
#include "kernel/arch.h"

/**
 * kernel_call1() - arch_syscall6() for the calls of one argument or none
 *
 * Zeros for the others at each place cost more than a function between.
 */
long kernel_call1(long a, long nr);

/** kernel_call2() - the same for those of two */
long kernel_call2(long a, long b, long nr);

/** kernel_call3() - and for those of three */
long kernel_call3(long a, long b, long c, long nr);

/** kernel_call4() - and for those of four */
long kernel_call4(long a, long b, long c, long d, long nr);

/**
 * kernel_transfer() - pread64 and pwrite64
 *
 * The @offset takes one argument, or two on a machine of 32 bits.
 */
long kernel_transfer(int fd, long buffer, size_t count, u64 offset, long nr);

/** kernel_mmap() - mmap, in the way in which it takes its six arguments */
long kernel_mmap(size_t length, int prot, int flags, int fd, long offset,
		 long nr);

static inline MUST_CHECK long sys_accept4(int fd, union sockaddr *addr,
					  u32 *addrlen, int flags)
{
	return kernel_call4(fd, (long)addr, (long)addrlen, flags, NR_accept4);
}

static inline MUST_CHECK long sys_bind(int fd, const union sockaddr *addr,
				       u32 addrlen)
{
	return kernel_call3(fd, (long)addr, (long)addrlen, NR_bind);
}

static inline MUST_CHECK long sys_clock_gettime(int clock,
						struct kernel_timespec *now)
{
	return kernel_call2(clock, (long)now, NR_clock_gettime);
}

/* fork: the child gets a copy of everything and returns 0 from the call. */
static inline MUST_CHECK long sys_clone(long flags)
{
	return kernel_call3(ARCH_CLONE_FLAGS == 0 ? flags : 0,
			    ARCH_CLONE_FLAGS == 1 ? flags : 0, 0, NR_clone);
}

/* Linux frees the descriptor whatever it returns: nothing to retry or do. */
static inline long sys_close(int fd)
{
	return kernel_call1(fd, NR_close);
}

static inline MUST_CHECK long sys_connect(int fd, const union sockaddr *addr,
					  u32 addrlen)
{
	return kernel_call3(fd, (long)addr, (long)addrlen, NR_connect);
}

static inline MUST_CHECK long sys_epoll_create1(int flags)
{
	return kernel_call1(flags, NR_epoll_create1);
}

static inline MUST_CHECK long sys_epoll_ctl(int epfd, int op, int fd,
					    struct epoll_event *event)
{
	return kernel_call4(epfd, op, fd, (long)event, NR_epoll_ctl);
}

/* epoll_wait: the signal mask stays as it is. @timeout in ms, -1 for ever. */
static inline MUST_CHECK long
sys_epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout)
{
	return arch_syscall6(epfd, (long)events, max, timeout, 0, SIGSET_SIZE,
			     NR_epoll_pwait);
}

static inline __attribute__((noreturn)) void sys_exit_group(int status)
{
	kernel_call1(status, NR_exit_group);
	__builtin_trap();
}

static inline MUST_CHECK long sys_fchmod(int fd, u32 mode)
{
	return kernel_call2(fd, (long)mode, NR_fchmod);
}

/* @buffer is aligned as struct linux_dirent64; whole entries, 0 at the end. */
static inline MUST_CHECK long sys_getdents64(int fd, void *buffer, size_t size)
{
	return kernel_call3(fd, (long)buffer, (long)size, NR_getdents64);
}

static inline MUST_CHECK long sys_getpid(void)
{
	return kernel_call1(0, NR_getpid);
}

static inline MUST_CHECK long sys_getppid(void)
{
	return kernel_call1(0, NR_getppid);
}

static inline MUST_CHECK long sys_getsockname(int fd, union sockaddr *addr,
					      u32 *addrlen)
{
	return kernel_call3(fd, (long)addr, (long)addrlen, NR_getsockname);
}

/* Every request in use reads or writes an int. */
static inline MUST_CHECK long sys_ioctl(int fd, u32 request, int *value)
{
	return kernel_call3(fd, (long)request, (long)value, NR_ioctl);
}

static inline MUST_CHECK long sys_kill(int pid, int signal)
{
	return kernel_call2(pid, signal, NR_kill);
}

/* @rule as @type says */
static inline MUST_CHECK long
sys_landlock_add_rule(int ruleset, int type,
		      const struct landlock_path_beneath_attr *rule)
{
	return kernel_call4(ruleset, type, (long)rule, 0, NR_landlock_add_rule);
}

/* With LANDLOCK_CREATE_RULESET_VERSION, NULL and 0: the version. */
static inline MUST_CHECK long
sys_landlock_create_ruleset(const struct landlock_ruleset_attr *attr,
			    size_t size, u32 flags)
{
	return kernel_call3((long)attr, (long)size, (long)flags,
			    NR_landlock_create_ruleset);
}

static inline MUST_CHECK long sys_landlock_restrict_self(int ruleset)
{
	return kernel_call1(ruleset, NR_landlock_restrict_self);
}

static inline MUST_CHECK long sys_listen(int fd, int backlog)
{
	return kernel_call2(fd, backlog, NR_listen);
}

/* A file of no directory; @name is what /proc shows. */
static inline MUST_CHECK long sys_memfd_create(const char *name, u32 flags)
{
	return kernel_call2((long)name, (long)flags, NR_memfd_create);
}

static inline MUST_CHECK long sys_mkdirat(int dirfd, const char *path, u32 mode)
{
	return kernel_call3(dirfd, (long)path, (long)mode, NR_mkdirat);
}

/* *@out is set on success alone; @length in bytes. */
static inline MUST_CHECK long sys_mmap(void **out, size_t length, int prot,
				       int flags, int fd, long offset)
{
	long r = kernel_mmap(length, prot, flags, fd, offset, NR_mmap);

	if (r < 0 && r >= -4095)
		return r;
	*out = (void *)r;
	return 0;
}

static inline MUST_CHECK long sys_mprotect(void *addr, size_t length, int prot)
{
	return kernel_call3((long)addr, (long)length, prot, NR_mprotect);
}

static inline MUST_CHECK long sys_openat(int dirfd, const char *path, int flags)
{
	return kernel_call3(dirfd, (long)path, flags | ARCH_LARGEFILE,
			    NR_openat);
}

/* Adds to @how what openat adds by itself: it is strict about O_PATH. */
static inline MUST_CHECK long sys_openat2(int dirfd, const char *path,
					  struct open_how *how)
{
	if (!(how->flags & O_PATH))
		how->flags |= ARCH_LARGEFILE;
	return kernel_call4(dirfd, (long)path, (long)how, sizeof(*how),
			    NR_openat2);
}

/* fds[0] is the end to read from, fds[1] the one to write to. */
static inline MUST_CHECK long sys_pipe2(int fds[2], int flags)
{
	return kernel_call2((long)fds, flags, NR_pipe2);
}

/* @timeout relative, NULL for ever; the kernel writes what is left into it. */
static inline MUST_CHECK long sys_ppoll(struct pollfd *fds, u32 count,
					struct kernel_timespec *timeout)
{
	return arch_syscall6((long)fds, (long)count, (long)timeout, 0,
			     SIGSET_SIZE, 0, NR_ppoll);
}

static inline MUST_CHECK long sys_prctl(int option, long arg)
{
	return kernel_call2(option, arg, NR_prctl);
}

static inline MUST_CHECK long sys_pread64(int fd, void *buffer, size_t count,
					  u64 offset)
{
	return kernel_transfer(fd, (long)buffer, count, offset, NR_pread64);
}

static inline MUST_CHECK long sys_prlimit64(int pid, int resource,
					    const struct rlimit64 *new_limit,
					    struct rlimit64 *old_limit)
{
	return kernel_call4(pid, resource, (long)new_limit, (long)old_limit,
			    NR_prlimit64);
}

static inline MUST_CHECK long sys_pwrite64(int fd, const void *buffer,
					   size_t count, u64 offset)
{
	return kernel_transfer(fd, (long)buffer, count, offset, NR_pwrite64);
}

/* At the current position (-1, in two halves as the ABI passes it). */
static inline MUST_CHECK long sys_pwritev2(int fd, const struct iovec *iov,
					   int count, int flags)
{
	return arch_syscall6(fd, (long)iov, count, -1, -1, flags, NR_pwritev2);
}

static inline MUST_CHECK long sys_read(int fd, void *buffer, size_t count)
{
	return kernel_call3(fd, (long)buffer, (long)count, NR_read);
}

/* Not terminated; a result of @size may mean that there was more. */
static inline MUST_CHECK long sys_readlinkat(int dirfd, const char *path,
					     char *buffer, size_t size)
{
	return kernel_call4(dirfd, (long)path, (long)buffer, (long)size,
			    NR_readlinkat);
}

static inline MUST_CHECK long sys_recvfrom(int fd, void *buffer, size_t size,
					   int flags)
{
	return kernel_call4(fd, (long)buffer, (long)size, flags, NR_recvfrom);
}

/* Both are seen from the working directory. */
static inline MUST_CHECK long sys_renameat2(const char *from, const char *to)
{
	return kernel_call4(AT_FDCWD, (long)from, AT_FDCWD, (long)to,
			    NR_renameat2);
}

static inline MUST_CHECK long
sys_rt_sigaction(int signal, const struct kernel_sigaction *action)
{
	return kernel_call4(signal, (long)action, 0, SIGSET_SIZE,
			    NR_rt_sigaction);
}

static inline MUST_CHECK long
sys_rt_sigprocmask(int how, const unsigned long set[SIGSET_LONGS],
		   unsigned long *old)
{
	return kernel_call4(how, (long)set, (long)old, SIGSET_SIZE,
			    NR_rt_sigprocmask);
}

/* Return: how many bytes of @mask were written, one bit a CPU. */
static inline MUST_CHECK long sys_sched_getaffinity(int pid, size_t size,
						    void *mask)
{
	return kernel_call3(pid, (long)size, (long)mask, NR_sched_getaffinity);
}

static inline MUST_CHECK long sys_seccomp(u32 operation,
					  const struct sock_fprog *program)
{
	return kernel_call3((long)operation, 0, (long)program, NR_seccomp);
}

/* *@offset is where to begin, and is moved behind what was sent. */
static inline MUST_CHECK long sys_sendfile(int out, int in, u64 *offset,
					   size_t count)
{
	return kernel_call4(out, in, (long)offset, (long)count, NR_sendfile);
}

static inline MUST_CHECK long
sys_sendmsg(int fd, const struct user_msghdr *message, int flags)
{
	return kernel_call3(fd, (long)message, flags, NR_sendmsg);
}

/* Without an address: to whom @fd is connected. */
static inline MUST_CHECK long sys_sendto(int fd, const void *buffer,
					 size_t size, int flags)
{
	return kernel_call4(fd, (long)buffer, (long)size, flags, NR_sendto);
}

/* To none: it has no other use here. */
static inline MUST_CHECK long sys_setgroups(void)
{
	return kernel_call1(0, NR_setgroups);
}

/* Real, effective and saved alike. */
static inline MUST_CHECK long sys_setresgid(u32 gid)
{
	return kernel_call3((long)gid, (long)gid, (long)gid, NR_setresgid);
}

static inline MUST_CHECK long sys_setresuid(u32 uid)
{
	return kernel_call3((long)uid, (long)uid, (long)uid, NR_setresuid);
}

/* Every option in use is an int. */
static inline MUST_CHECK long sys_setsockopt(int fd, int level, int name,
					     int value)
{
	return arch_syscall6(fd, level, name, (long)&value, sizeof(value), 0,
			     NR_setsockopt);
}

static inline MUST_CHECK long sys_shutdown(int fd, int how)
{
	return kernel_call2(fd, how, NR_shutdown);
}

/* A new descriptor (-1) that the signals of @mask are read from. */
static inline MUST_CHECK long
sys_signalfd4(const unsigned long mask[SIGSET_LONGS], int flags)
{
	return kernel_call4(-1, (long)mask, SIGSET_SIZE, flags, NR_signalfd4);
}

static inline MUST_CHECK long sys_socket(int family, int type, int protocol)
{
	return kernel_call3(family, type, protocol, NR_socket);
}

static inline MUST_CHECK long sys_splice(int in, int out, size_t length,
					 int flags)
{
	return arch_syscall6(in, 0, out, 0, (long)length, flags, NR_splice);
}

static inline MUST_CHECK long sys_statx(int dirfd, const char *path, int flags,
					u32 mask, struct statx *st)
{
	return arch_syscall6(dirfd, (long)path, flags, (long)mask, (long)st, 0,
			     NR_statx);
}

static inline MUST_CHECK long sys_unlinkat(int dirfd, const char *path,
					   int flags)
{
	return kernel_call3(dirfd, (long)path, flags, NR_unlinkat);
}

static inline MUST_CHECK long sys_wait4(int pid, int *status, int options)
{
	return kernel_call3(pid, (long)status, options, NR_wait4);
}

static inline MUST_CHECK long sys_write(int fd, const void *buffer,
					size_t count)
{
	return kernel_call3(fd, (long)buffer, (long)count, NR_write);
}

/**
 * kernel_look() - sys_statx() for what @fd is open on
 *
 * This and the next are here for their many arguments, which are the same at
 * each place.
 */
MUST_CHECK long kernel_look(int fd, struct statx *st);

/**
 * kernel_map() - sys_mmap() for memory, zero, of which a page is taken when it
 * is first used
 * @sharing: MAP_PRIVATE, or MAP_SHARED with processes that are made later
 */
MUST_CHECK long kernel_map(void **out, size_t length, int sharing);

#endif
