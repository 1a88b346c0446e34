/* SPDX-License-Identifier: MIT */
/*
 * The call numbers that every architecture added since 2012 shares
 * (kernel: include/uapi/asm-generic/unistd.h, since 6.11 scripts/syscall.tbl),
 * and the layout that goes with them. A port includes this at its end.
 */
#ifndef ARCH_GENERIC_H
#define ARCH_GENERIC_H

/* struct epoll_event has its natural layout, 16 bytes. */
#define ARCH_EPOLL_PACKED

#define NR_epoll_create1 20
#define NR_epoll_ctl 21
#define NR_epoll_pwait 22
#define NR_ioctl 29
#define NR_mkdirat 34
#define NR_unlinkat 35
#define NR_fchmod 52
#define NR_openat 56
#define NR_close 57
#define NR_pipe2 59
#define NR_getdents64 61
#define NR_read 63
#define NR_write 64
#define NR_pread64 67
#define NR_pwrite64 68
#define NR_sendfile 71
#define NR_ppoll 73
#define NR_signalfd4 74
#define NR_splice 76
#define NR_readlinkat 78
#define NR_exit_group 94
#define NR_clock_gettime 113
#define NR_sched_getaffinity 123
#define NR_kill 129
#define NR_rt_sigaction 134
#define NR_rt_sigprocmask 135
#define NR_setresuid 147
#define NR_setresgid 149
#define NR_setgroups 159
#define NR_prctl 167
#define NR_getpid 172
#define NR_getppid 173
#define NR_socket 198
#define NR_bind 200
#define NR_listen 201
#define NR_connect 203
#define NR_getsockname 204
#define NR_sendto 206
#define NR_recvfrom 207
#define NR_setsockopt 208
#define NR_shutdown 210
#define NR_sendmsg 211
#define NR_clone 220
#define NR_mmap 222
#define NR_mprotect 226
#define NR_accept4 242
#define NR_wait4 260
#define NR_prlimit64 261
#define NR_renameat2 276
#define NR_seccomp 277
#define NR_memfd_create 279
#define NR_pwritev2 287
#define NR_statx 291
#define NR_openat2 437
#define NR_landlock_create_ruleset 444
#define NR_landlock_add_rule 445
#define NR_landlock_restrict_self 446

#endif
