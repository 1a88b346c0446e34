/* SPDX-License-Identifier: MIT */
/* Filters of calls: see serve/filter.h. */
#include "serve/filter.h"
#include "base/endian.h"
#include "kernel/calls.h"

/*
 * What must hold for a call that can do harm: the lower half of argument
 * @index, as far as @mask goes, is @value. The kernel takes each of these
 * arguments as 32 bits, or ignores or refuses what is above. As in calls.def.
 */
struct check {
	u16 nr;
	u8 index;
	u32 mask;
	u32 value;
};

#define ALL 0xffffffffU
/* Of mmap's arguments: nothing where they lie behind a pointer. */
#define MAP_SEEN (ARCH_MMAP_BLOCK ? 0 : ALL)
#define LOOKING                                                                \
	(O_PATH | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |             \
	 O_DIRECTORY | ARCH_LARGEFILE)

static const struct check checks[] = {
	/* fork, and no part of it shared */
	{ NR_clone, ARCH_CLONE_FLAGS, ALL, SIGCHLD },
	{ NR_clone, !ARCH_CLONE_FLAGS, ALL, 0 },
	{ NR_ioctl, 1, ALL, SIOCOUTQ },
	/* one process, or its own group; no other one, and not all */
	{ NR_kill, 0, 1U << 31, 0 },
	{ NR_memfd_create, 1, ~MFD_NOEXEC_SEAL, MFD_CLOEXEC },
	/* fresh memory that is not to be executed, where that can be seen */
	{ NR_mmap, 2, MAP_SEEN, PROT_READ | PROT_WRITE },
	{ NR_mmap, 3, MAP_SEEN, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE },
	{ NR_mmap, 4, MAP_SEEN, (u32)-1 },
	/* neither for writing nor to be made */
	{ NR_openat, 2, (u32)~LOOKING, O_RDONLY },
	{ NR_openat2, 3, ALL, sizeof(struct open_how) },
	{ NR_prctl, 0, ALL, PR_SET_PDEATHSIG },
	{ NR_pwritev2, 5, ALL, RWF_NOWAIT },
	{ NR_seccomp, 0, ALL, SECCOMP_SET_MODE_FILTER },
	{ NR_seccomp, 1, ALL, 0 },
	/* not a directory */
	{ NR_unlinkat, 2, ALL, 0 },
};

/* Appends an instruction. Jumps are numbers of instructions to leave out. */
static void put(struct serve_filter *f, u16 code, u8 if_not, u32 k)
{
	BUG_ON(f->length == SERVE_FILTER_MAX);
	f->op[f->length++] =
		(struct sock_filter){ .code = code, .jf = if_not, .k = k };
}

static void load(struct serve_filter *f, size_t offset)
{
	put(f, BPF_LD + BPF_W + BPF_ABS, 0, (u32)offset);
}

/* Of the 64 bits at @offset, in the machine's order of bytes. */
static void load_half(struct serve_filter *f, size_t offset, bool upper)
{
	load(f, offset + (upper != IS_BIG_ENDIAN ? 4 : 0));
}

static void finish(struct serve_filter *f, u32 verdict)
{
	put(f, BPF_RET + BPF_K, 0, verdict);
}

static void skip_unless(struct serve_filter *f, u32 value, u8 count)
{
	put(f, BPF_JMP + BPF_JEQ + BPF_K, count, value);
}

static void demand(struct serve_filter *f, u32 value)
{
	skip_unless(f, value, 0);
	f->op[f->length - 1].jt = 1;
	finish(f, SECCOMP_RET_KILL_PROCESS);
}

static void demand_place(struct serve_filter *f, u64 from)
{
	const size_t at = offsetof(struct seccomp_data, instruction_pointer);

	load_half(f, at, false);
	demand(f, (u32)from);
	load_half(f, at, true);
	demand(f, (u32)(from >> 32));
}

static bool is_checked(u16 nr)
{
	for (unsigned i = 0; i < ARRAY_SIZE(checks); i++)
		if (checks[i].nr == nr)
			return true;
	return false;
}

static void allow_checked(struct serve_filter *f, u16 nr)
{
	u32 at = f->length;

	skip_unless(f, nr, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(checks); i++) {
		const struct check *c = &checks[i];

		if (c->nr != nr)
			continue;
		load_half(f,
			  offsetof(struct seccomp_data, args) + 8UL * c->index,
			  false);
		put(f, BPF_ALU + BPF_AND + BPF_K, 0, c->mask);
		demand(f, c->value & c->mask);
	}
	finish(f, SECCOMP_RET_ALLOW);
	f->op[at].jf = (u8)(f->length - at - 1);
}

void serve_filter_build(struct serve_filter *filter, u16 roles, u64 from)
{
	const size_t nr = offsetof(struct seccomp_data, nr);

	filter->length = 0;
	load(filter, offsetof(struct seccomp_data, arch));
	demand(filter, ARCH_AUDIT);
	load(filter, nr);
	for (const struct kernel_call *c = kernel_calls; c->roles; c++) {
		if (!(c->roles & roles) || is_checked(c->nr))
			continue;
		skip_unless(filter, c->nr, 1);
		finish(filter, SECCOMP_RET_ALLOW);
	}
	if (from)
		demand_place(filter, from);
	load(filter, nr);
	for (const struct kernel_call *c = kernel_calls; c->roles; c++)
		if ((c->roles & roles) && is_checked(c->nr))
			allow_checked(filter, c->nr);
	finish(filter, SECCOMP_RET_KILL_PROCESS);
}
