/* SPDX-License-Identifier: MIT */
/*
 * The structs and constants of the kernel's ABI that the calls in
 * kernel/sys.h take, written out so that the program builds without kernel
 * headers for every architecture. tests/abi holds each one against the
 * kernel's own headers. Names are the kernel's; a struct has "kernel_" before
 * its name only where the C library's struct of that name differs. What is
 * otherwise on some machine stands in an #ifndef: its port has it.
 */
#ifndef KERNEL_ABI_H
#define KERNEL_ABI_H

#include "base/types.h"
#include "kernel/arch.h"

/* open and friends: asm-generic/fcntl.h; the rest is in the port */
#define O_RDONLY 0
#define O_WRONLY 01
#define O_RDWR 02
#ifndef O_CREAT
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_NONBLOCK 04000
#endif
#define O_CLOEXEC 02000000
#define O_PATH 010000000

/* the *at calls: linux/fcntl.h */
#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EMPTY_PATH 0x1000
#define AT_STATX_SYNC_AS_STAT 0x0000

/* openat2: linux/openat2.h */
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08

struct open_how {
	u64 flags;
	u64 mode;
	u64 resolve;
};

/* statx: linux/stat.h */
#define STATX_BASIC_STATS 0x7ffU
#define STATX_MNT_ID 0x1000U

#define S_IFMT 0170000
#define S_IFIFO 0010000
#define S_IFCHR 0020000
#define S_IFDIR 0040000
#define S_IFREG 0100000
#define S_IFLNK 0120000
#define S_IFSOCK 0140000

struct statx_timestamp {
	s64 tv_sec;
	u32 tv_nsec;
	s32 reserved;
};

struct statx {
	u32 stx_mask;
	u32 stx_blksize;
	u64 stx_attributes;
	u32 stx_nlink;
	u32 stx_uid;
	u32 stx_gid;
	u16 stx_mode;
	u16 spare0;
	u64 stx_ino;
	u64 stx_size; /* bytes */
	u64 stx_blocks;
	u64 stx_attributes_mask;
	struct statx_timestamp stx_atime;
	struct statx_timestamp stx_btime;
	struct statx_timestamp stx_ctime;
	struct statx_timestamp stx_mtime;
	u32 stx_rdev_major;
	u32 stx_rdev_minor;
	u32 stx_dev_major;
	u32 stx_dev_minor;
	u64 spare2[14]; /* newer kernels use some of it */
};

/* getdents64: linux/dirent.h, inside the kernel */
struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;
	u16 d_reclen; /* bytes to the next one */
	u8 d_type;
	char d_name[]; /* ends with NUL */
};

/* memfd_create: linux/memfd.h */
#define MFD_CLOEXEC 0x0001U
#define MFD_NOEXEC_SEAL 0x0008U

/* memory: asm-generic/mman-common.h, asm-generic/mman.h */
#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS 0x20
#endif
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0x4000
#endif

/* sockets: linux/socket.h, asm-generic/socket.h, linux/in.h, linux/tcp.h,
 * linux/un.h */
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#ifndef SOCK_STREAM
#define SOCK_STREAM 1
#define SOL_SOCKET 1
#define SO_REUSEADDR 2
#endif
#define SOCK_CLOEXEC O_CLOEXEC
#define SOCK_NONBLOCK O_NONBLOCK
#define IPPROTO_TCP 6
#define TCP_NODELAY 1
#define TCP_DEFER_ACCEPT 9
#define IPPROTO_IPV6 41
#define IPV6_V6ONLY 26
#define SHUT_WR 1
#ifndef FIONBIO /* asm-generic/ioctls.h */
#define FIONBIO 0x5421
#define SIOCOUTQ 0x5411 /* TIOCOUTQ */
#define TIOCGPGRP 0x540f
#endif
#define MSG_DONTWAIT 0x40
#define MSG_NOSIGNAL 0x4000
#define MSG_MORE 0x8000

/* Addresses and ports are in network byte order: bytes, not numbers. */
struct sockaddr_in {
	u16 sin_family;
	u8 sin_port[2];
	u8 sin_addr[4];
	u8 sin_zero[8];
};

struct sockaddr_in6 {
	u16 sin6_family;
	u8 sin6_port[2];
	u32 sin6_flowinfo;
	u8 sin6_addr[16];
	u32 sin6_scope_id;
};

struct sockaddr_un {
	u16 sun_family;
	char sun_path[108]; /* ends with a NUL */
};

union sockaddr {
	u16 sa_family;
	struct sockaddr_un un;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct iovec {
	const void *iov_base;
	size_t iov_len;
};

struct user_msghdr {
	void *msg_name;
	s32 msg_namelen;
	struct iovec *msg_iov;
	size_t msg_iovlen;
	void *msg_control;
	size_t msg_controllen;
	u32 msg_flags;
};

/* epoll: linux/eventpoll.h */
#define EPOLL_CLOEXEC O_CLOEXEC
#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLLIN 0x001U
#define EPOLLOUT 0x004U
#define EPOLLERR 0x008U
#define EPOLLHUP 0x010U
#define EPOLLRDHUP 0x2000U
#define EPOLLEXCLUSIVE (1U << 28)
#define EPOLLET (1U << 31)

struct epoll_event {
	u32 events;
	u64 data;
} ARCH_EPOLL_PACKED;

/* signals: asm/signal.h, asm-generic/signal.h, linux/signalfd.h */
#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGKILL 9
#define SIGPIPE 13
#define SIGTERM 15
#ifndef SIGCHLD
#define SIGCHLD 17
#define SIGSYS 31
#define SIG_BLOCK 0
#define SIG_SETMASK 2
#endif
#define SFD_NONBLOCK O_NONBLOCK
#define SFD_CLOEXEC O_CLOEXEC

/*
 * The kernel's set of signals is an array of long, through which signal N is
 * bit N - 1. Those in use are all in the first one.
 */
#ifndef SIGSET_SIZE
#define SIGSET_SIZE 8
#endif
#define SIGSET_LONGS (SIGSET_SIZE / sizeof(long))

/*
 * The flags' place differs between architectures, and so does whether there
 * is a restorer: the only action in use is SIG_DFL, which is all zeros.
 */
struct kernel_sigaction {
	u64 zeros[4];
};

struct signalfd_siginfo {
	u32 ssi_signo;
	s32 ssi_errno;
	s32 ssi_code;
	u32 ssi_pid;
	u8 rest[112];
};

/* processes: linux/wait.h, linux/prctl.h, linux/resource.h */
#define WNOHANG 1
#define PR_SET_PDEATHSIG 1
#define PR_SET_NO_NEW_PRIVS 38
#ifndef RLIMIT_NOFILE
#define RLIMIT_NOFILE 7
#endif

struct rlimit64 {
	u64 rlim_cur;
	u64 rlim_max;
};

/* programs that judge calls: linux/seccomp.h, linux/filter.h,
 * linux/bpf_common.h */
#define SECCOMP_SET_MODE_FILTER 1
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#define SECCOMP_RET_ALLOW 0x7fff0000U
#define BPF_LD 0x00
#define BPF_ALU 0x04
#define BPF_JMP 0x05
#define BPF_RET 0x06
#define BPF_W 0x00
#define BPF_ABS 0x20
#define BPF_AND 0x50
#define BPF_JEQ 0x10
#define BPF_K 0x00

struct sock_filter {
	u16 code;
	u8 jt;
	u8 jf;
	u32 k;
};

struct sock_fprog {
	u16 len; /* instructions */
	struct sock_filter *filter;
};

/* What such a program reads. */
struct seccomp_data {
	s32 nr;
	u32 arch;
	u64 instruction_pointer;
	u64 args[6];
};

/* landlock: linux/landlock.h */
#define LANDLOCK_CREATE_RULESET_VERSION (1U << 0)
#define LANDLOCK_RULE_PATH_BENEATH 1
#define LANDLOCK_ACCESS_FS_EXECUTE (1ULL << 0)
#define LANDLOCK_ACCESS_FS_WRITE_FILE (1ULL << 1)
#define LANDLOCK_ACCESS_FS_READ_FILE (1ULL << 2)
#define LANDLOCK_ACCESS_FS_READ_DIR (1ULL << 3)
#define LANDLOCK_ACCESS_FS_REMOVE_DIR (1ULL << 4)
#define LANDLOCK_ACCESS_FS_REMOVE_FILE (1ULL << 5)
#define LANDLOCK_ACCESS_FS_MAKE_CHAR (1ULL << 6)
#define LANDLOCK_ACCESS_FS_MAKE_DIR (1ULL << 7)
#define LANDLOCK_ACCESS_FS_MAKE_REG (1ULL << 8)
#define LANDLOCK_ACCESS_FS_MAKE_SOCK (1ULL << 9)
#define LANDLOCK_ACCESS_FS_MAKE_FIFO (1ULL << 10)
#define LANDLOCK_ACCESS_FS_MAKE_BLOCK (1ULL << 11)
#define LANDLOCK_ACCESS_FS_MAKE_SYM (1ULL << 12)
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)

struct landlock_ruleset_attr {
	u64 handled_access_fs;
	u64 handled_access_net; /* version 4 */
	u64 scoped;		/* version 6 */
};

struct landlock_path_beneath_attr {
	u64 allowed_access;
	s32 parent_fd;
} __attribute__((packed));

/* time: linux/time.h, linux/time_types.h */
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1

struct kernel_timespec {
	s64 tv_sec;
	s64 tv_nsec;
};

/* poll: asm-generic/poll.h */
#define POLLIN 0x0001
#define POLLOUT 0x0004

struct pollfd {
	s32 fd;
	u16 events;
	u16 revents;
};

/* files: linux/fs.h, linux/splice.h */
#define RWF_NOWAIT 0x00000008
#define SPLICE_F_MOVE 0x01
#define SPLICE_F_NONBLOCK 0x02

/* the auxiliary vector: linux/auxvec.h */
#define AT_NULL 0
#define AT_PAGESZ 6
#define AT_RANDOM 25

/* ELF: linux/elf.h. A file's header, and one of a segment (kernel/elf.h). */
#define PT_NULL 0
#define PT_LOAD 1
#define PF_R 4

struct elf32_hdr {
	u8 e_ident[16];
	u16 e_type;
	u16 e_machine;
	u32 e_version;
	u32 e_entry;
	u32 e_phoff;
	u32 e_shoff;
	u32 e_flags;
	u16 e_ehsize;
	u16 e_phentsize;
	u16 e_phnum;
	u16 e_shentsize;
	u16 e_shnum;
	u16 e_shstrndx;
};

struct elf32_phdr {
	u32 p_type;
	u32 p_offset;
	u32 p_vaddr;
	u32 p_paddr;
	u32 p_filesz;
	u32 p_memsz;
	u32 p_flags;
	u32 p_align;
};

struct elf64_hdr {
	u8 e_ident[16];
	u16 e_type;
	u16 e_machine;
	u32 e_version;
	u64 e_entry;
	u64 e_phoff;
	u64 e_shoff;
	u32 e_flags;
	u16 e_ehsize;
	u16 e_phentsize;
	u16 e_phnum;
	u16 e_shentsize;
	u16 e_shnum;
	u16 e_shstrndx;
};

struct elf64_phdr {
	u32 p_type;
	u32 p_flags;
	u64 p_offset;
	u64 p_vaddr;
	u64 p_paddr;
	u64 p_filesz;
	u64 p_memsz;
	u64 p_align;
};

#endif
