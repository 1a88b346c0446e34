/* SPDX-License-Identifier: MIT */
/*
 * Every number of the ABI that the project writes out, against the kernel's
 * own headers. Nothing here runs: a wrong number does not compile.
 *
 * Both sides use the same names, so this happens in an order:
 *
 *  1. the kernel's headers;
 *  2. our constants, of which tests/abi/run has made a list of assertions
 *     (constants.inc) with the help of the preprocessor;
 *  3. our header, with each of its structs under another name, and then the
 *     structs against each other. It is included as a system header: that it
 *     defines many a macro once more is what was checked just before.
 *
 * tests/abi/run also sees to it that no struct and no field is missing here.
 */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/socket.h>
#include <asm/unistd.h>
#include <linux/audit.h>
#include <linux/auxvec.h>
#include <linux/elf.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/landlock.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/seccomp.h>
#include <linux/signalfd.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <linux/tcp.h>
#include <linux/time.h>
#include <linux/time_types.h>
#include <linux/uio.h>
#include <linux/un.h>
#include <linux/wait.h>

/* From the kernel's internal headers, by tests/abi/run. */
#include "internal.inc"

#include "constants.inc"

#define elf32_hdr our_elf32_hdr
#define elf32_phdr our_elf32_phdr
#define elf64_hdr our_elf64_hdr
#define elf64_phdr our_elf64_phdr
#define epoll_event our_epoll_event
#define iovec our_iovec
#define kernel_timespec our___kernel_timespec
#define landlock_path_beneath_attr our_landlock_path_beneath_attr
#define landlock_ruleset_attr our_landlock_ruleset_attr
#define linux_dirent64 our_linux_dirent64
#define open_how our_open_how
#define pollfd our_pollfd
#define rlimit64 our_rlimit64
#define seccomp_data our_seccomp_data
#define signalfd_siginfo our_signalfd_siginfo
#define sock_filter our_sock_filter
#define sock_fprog our_sock_fprog
#define sockaddr our_sockaddr
#define sockaddr_in our_sockaddr_in
#define sockaddr_in6 our_sockaddr_in6
#define sockaddr_un our_sockaddr_un
#define statx our_statx
#define statx_timestamp our_statx_timestamp
#define user_msghdr our_user_msghdr
#include <kernel/abi.h>
#undef elf32_hdr
#undef elf32_phdr
#undef elf64_hdr
#undef elf64_phdr
#undef epoll_event
#undef iovec
#undef kernel_timespec
#undef landlock_path_beneath_attr
#undef landlock_ruleset_attr
#undef linux_dirent64
#undef open_how
#undef pollfd
#undef rlimit64
#undef seccomp_data
#undef signalfd_siginfo
#undef sock_filter
#undef sock_fprog
#undef sockaddr
#undef sockaddr_in
#undef sockaddr_in6
#undef sockaddr_un
#undef statx
#undef statx_timestamp
#undef user_msghdr

/*
 * Alignment is not compared: the kernel copies from and to any address, and
 * ours is smaller where bytes stand for a number in network order.
 */
#define STRUCT(name)                                                           \
	_Static_assert(sizeof(struct name) == sizeof(struct our_##name), #name)

/* A field that both sides name alike, or not. */
#define FIELD(name, field) FIELD2(name, field, field)
#define FIELD2(name, field, theirs)                                            \
	_Static_assert(__builtin_offsetof(struct name, theirs) ==              \
			       __builtin_offsetof(struct our_##name, field),   \
		       #name "." #field);                                      \
	_Static_assert(sizeof(((struct name *)0)->theirs) ==                   \
			       sizeof(((struct our_##name *)0)->field),        \
		       #name "." #field)

/* What lies behind the fields that are used: its place is the struct's end. */
#define REST(name, field)                                                      \
	_Static_assert(                                                        \
		__builtin_offsetof(struct our_##name, field) +                 \
				sizeof(((struct our_##name *)0)->field) ==     \
			sizeof(struct name),                                   \
		#name "." #field)

/* An array without a length at the end: its place. */
#define TAIL(name, field)                                                      \
	_Static_assert(__builtin_offsetof(struct name, field) ==               \
			       __builtin_offsetof(struct our_##name, field),   \
		       #name "." #field)

/* A block of zeros, ours alone, where the kernel reads a struct of its own. */
#define ZEROS(name, field, theirs)                                             \
	_Static_assert(sizeof(((struct name *)0)->field) >=                    \
			       sizeof(struct theirs),                          \
		       #name)

/*
 * Some of 32 bits show user space a type of old, of 32 signals; a kernel that
 * is asked with the wrong size refuses.
 */
_Static_assert(SIGSET_SIZE == sizeof(sigset_t) || sizeof(sigset_t) == 4,
	       "SIGSET_SIZE");

STRUCT(open_how);
FIELD(open_how, flags);
FIELD(open_how, mode);
FIELD(open_how, resolve);

STRUCT(statx_timestamp);
FIELD(statx_timestamp, tv_sec);
FIELD(statx_timestamp, tv_nsec);
REST(statx_timestamp, reserved);

STRUCT(statx);
FIELD(statx, stx_mask);
FIELD(statx, stx_blksize);
FIELD(statx, stx_attributes);
FIELD(statx, stx_nlink);
FIELD(statx, stx_uid);
FIELD(statx, stx_gid);
FIELD(statx, stx_mode);
FIELD2(statx, spare0, __spare0);
FIELD(statx, stx_ino);
FIELD(statx, stx_size);
FIELD(statx, stx_blocks);
FIELD(statx, stx_attributes_mask);
FIELD(statx, stx_atime);
FIELD(statx, stx_btime);
FIELD(statx, stx_ctime);
FIELD(statx, stx_mtime);
FIELD(statx, stx_rdev_major);
FIELD(statx, stx_rdev_minor);
FIELD(statx, stx_dev_major);
FIELD(statx, stx_dev_minor);
REST(statx, spare2);

STRUCT(linux_dirent64);
FIELD(linux_dirent64, d_ino);
FIELD(linux_dirent64, d_off);
FIELD(linux_dirent64, d_reclen);
FIELD(linux_dirent64, d_type);
TAIL(linux_dirent64, d_name);

STRUCT(sockaddr_in);
FIELD(sockaddr_in, sin_family);
FIELD(sockaddr_in, sin_port);
FIELD(sockaddr_in, sin_addr);
FIELD2(sockaddr_in, sin_zero, __pad);

STRUCT(sockaddr_in6);
FIELD(sockaddr_in6, sin6_family);
FIELD(sockaddr_in6, sin6_port);
FIELD(sockaddr_in6, sin6_flowinfo);
FIELD(sockaddr_in6, sin6_addr);
FIELD(sockaddr_in6, sin6_scope_id);

STRUCT(sockaddr_un);
FIELD(sockaddr_un, sun_family);
FIELD(sockaddr_un, sun_path);

STRUCT(iovec);
FIELD(iovec, iov_base);
FIELD(iovec, iov_len);

STRUCT(user_msghdr);
FIELD(user_msghdr, msg_name);
FIELD(user_msghdr, msg_namelen);
FIELD(user_msghdr, msg_iov);
FIELD(user_msghdr, msg_iovlen);
FIELD(user_msghdr, msg_control);
FIELD(user_msghdr, msg_controllen);
FIELD(user_msghdr, msg_flags);

STRUCT(epoll_event);
FIELD(epoll_event, events);
FIELD(epoll_event, data);

STRUCT(signalfd_siginfo);
FIELD(signalfd_siginfo, ssi_signo);
FIELD(signalfd_siginfo, ssi_errno);
FIELD(signalfd_siginfo, ssi_code);
FIELD(signalfd_siginfo, ssi_pid);
REST(signalfd_siginfo, rest);

ZEROS(kernel_sigaction, zeros, sigaction);

STRUCT(rlimit64);
FIELD(rlimit64, rlim_cur);
FIELD(rlimit64, rlim_max);

STRUCT(__kernel_timespec);
FIELD(__kernel_timespec, tv_sec);
FIELD(__kernel_timespec, tv_nsec);

STRUCT(pollfd);
FIELD(pollfd, fd);
FIELD(pollfd, events);
FIELD(pollfd, revents);

STRUCT(elf32_hdr);
FIELD(elf32_hdr, e_ident);
FIELD(elf32_hdr, e_type);
FIELD(elf32_hdr, e_machine);
FIELD(elf32_hdr, e_version);
FIELD(elf32_hdr, e_entry);
FIELD(elf32_hdr, e_phoff);
FIELD(elf32_hdr, e_shoff);
FIELD(elf32_hdr, e_flags);
FIELD(elf32_hdr, e_ehsize);
FIELD(elf32_hdr, e_phentsize);
FIELD(elf32_hdr, e_phnum);
FIELD(elf32_hdr, e_shentsize);
FIELD(elf32_hdr, e_shnum);
FIELD(elf32_hdr, e_shstrndx);

STRUCT(elf32_phdr);
FIELD(elf32_phdr, p_type);
FIELD(elf32_phdr, p_flags);
FIELD(elf32_phdr, p_offset);
FIELD(elf32_phdr, p_vaddr);
FIELD(elf32_phdr, p_paddr);
FIELD(elf32_phdr, p_filesz);
FIELD(elf32_phdr, p_memsz);
FIELD(elf32_phdr, p_align);

STRUCT(elf64_hdr);
FIELD(elf64_hdr, e_ident);
FIELD(elf64_hdr, e_type);
FIELD(elf64_hdr, e_machine);
FIELD(elf64_hdr, e_version);
FIELD(elf64_hdr, e_entry);
FIELD(elf64_hdr, e_phoff);
FIELD(elf64_hdr, e_shoff);
FIELD(elf64_hdr, e_flags);
FIELD(elf64_hdr, e_ehsize);
FIELD(elf64_hdr, e_phentsize);
FIELD(elf64_hdr, e_phnum);
FIELD(elf64_hdr, e_shentsize);
FIELD(elf64_hdr, e_shnum);
FIELD(elf64_hdr, e_shstrndx);

STRUCT(elf64_phdr);
FIELD(elf64_phdr, p_type);
FIELD(elf64_phdr, p_flags);
FIELD(elf64_phdr, p_offset);
FIELD(elf64_phdr, p_vaddr);
FIELD(elf64_phdr, p_paddr);
FIELD(elf64_phdr, p_filesz);
FIELD(elf64_phdr, p_memsz);
FIELD(elf64_phdr, p_align);

STRUCT(sock_filter);
FIELD(sock_filter, code);
FIELD(sock_filter, jt);
FIELD(sock_filter, jf);
FIELD(sock_filter, k);

STRUCT(sock_fprog);
FIELD(sock_fprog, len);
FIELD(sock_fprog, filter);

STRUCT(seccomp_data);
FIELD(seccomp_data, nr);
FIELD(seccomp_data, arch);
FIELD(seccomp_data, instruction_pointer);
FIELD(seccomp_data, args);

STRUCT(landlock_ruleset_attr);
FIELD(landlock_ruleset_attr, handled_access_fs);
FIELD(landlock_ruleset_attr, handled_access_net);
FIELD(landlock_ruleset_attr, scoped);

STRUCT(landlock_path_beneath_attr);
FIELD(landlock_path_beneath_attr, allowed_access);
FIELD(landlock_path_beneath_attr, parent_fd);

/* The machine, as filters see it. */
#if defined(__x86_64__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_X86_64, "ARCH_AUDIT");
#elif defined(__AARCH64EB__)
/* Which linux/audit.h does not name. */
_Static_assert(ARCH_AUDIT == (EM_AARCH64 | __AUDIT_ARCH_64BIT), "ARCH_AUDIT");
#elif defined(__aarch64__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_AARCH64, "ARCH_AUDIT");
#elif defined(__riscv) && __riscv_xlen == 32
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_RISCV32, "ARCH_AUDIT");
#elif defined(__riscv)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_RISCV64, "ARCH_AUDIT");
#elif defined(__powerpc64__) && defined(__BIG_ENDIAN__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_PPC64, "ARCH_AUDIT");
#elif defined(__powerpc64__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_PPC64LE, "ARCH_AUDIT");
#elif defined(__powerpc__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_PPC, "ARCH_AUDIT");
#elif defined(__loongarch__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_LOONGARCH64, "ARCH_AUDIT");
#elif defined(__mips__) && defined(__MIPSEB__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_MIPS, "ARCH_AUDIT");
#elif defined(__mips__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_MIPSEL, "ARCH_AUDIT");
#elif defined(__i386__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_I386, "ARCH_AUDIT");
#elif defined(__ARMEB__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_ARMEB, "ARCH_AUDIT");
#elif defined(__arm__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_ARM, "ARCH_AUDIT");
#elif defined(__s390x__)
_Static_assert(ARCH_AUDIT == AUDIT_ARCH_S390X, "ARCH_AUDIT");
#endif

/*
 * Where the call of a plain name has 32-bit times, offsets or 16-bit users,
 * it is made by another name.
 */
#if __SIZEOF_LONG__ == 4
_Static_assert(ARCH_LARGEFILE == O_LARGEFILE, "ARCH_LARGEFILE");
#undef __NR_mmap
#define __NR_mmap __NR_mmap2
#undef __NR_clock_gettime
#define __NR_clock_gettime __NR_clock_gettime64
#undef __NR_ppoll
#define __NR_ppoll __NR_ppoll_time64
#undef __NR_sendfile
#define __NR_sendfile __NR_sendfile64
#endif
#ifdef __NR_setgroups32
#undef __NR_setgroups
#define __NR_setgroups __NR_setgroups32
#undef __NR_setresgid
#define __NR_setresgid __NR_setresgid32
#undef __NR_setresuid
#define __NR_setresuid __NR_setresuid32
#endif

/* Call numbers, by the rows of calls.def. */
#define CALL(name, arguments, roles, purpose)                                  \
	_Static_assert(NR_##name == __NR_##name, "NR_" #name);
#include "../../src/kernel/calls.def"
#undef CALL

/* Error numbers, by the rows of errno.def; a port may have the kernel's own. */
#ifndef __mips__
#define ERRNO(name, number, text) _Static_assert(name == (number), #name);
#define ERRNO_QUIET(name, number) _Static_assert(name == (number), #name);
#include <kernel/errno.def>
#undef ERRNO
#endif
