/* SPDX-License-Identifier: MIT */
/*
 * From the kernel's jump to _start to the program's own main.
 *
 * The kernel maps the file and jumps to _start with this stack, lowest address
 * first (fs/binfmt_elf.c, create_elf_tables):
 *
 *	stack -> argc
 *	         argv[0] ... argv[argc - 1], NULL
 *	         environment strings ..., NULL
 *	         auxiliary vector: pairs (type, value) ..., (AT_NULL, 0)
 *
 * There is no loader, so what one does is done here, in this order:
 *
 *  1. relocate: a static PIE runs at any address, and each pointer in its
 *     initialised data still holds the address that the linker saw. Until
 *     this is done no pointer constant may be read, and nothing may go
 *     through the global offset table: hence the hidden symbols, which the
 *     compiler reaches relative to the program counter.
 *  2. stack guard: sixteen random bytes come with the auxiliary vector.
 *     Functions that ran before have no guard, so this file is compiled
 *     without the stack protector.
 *  3. seal: constants with pointers had to be writable until now. Nobody else
 *     protects them for a static PIE.
 *  4. descriptors 0 to 2: if one is closed, the first socket would take its
 *     number and error lines would be sent to a client.
 */
#include "base/endian.h"
#include "base/mem.h"
#include "kernel/errno.h"
#include "kernel/start.h"
#include "kernel/sys.h"

/* At an even address, which s390 can compute; it would load an odd one. */
#define HIDDEN __attribute__((visibility("hidden"), aligned(2)))

/* Whether a relocation has an addend: on machines of 64 bits it does. */
#define ADDEND (sizeof(long) == 8)

/* Where linker.ld put things. */
extern char HIDDEN __ehdr_start[]; /* the file's first byte: the load address */
extern const unsigned long HIDDEN relocations_start[], relocations_end[];
extern char HIDDEN relro_start[], relro_end[];

/*
 * Compilers that check stack frames compare with this symbol (gcc and clang:
 * -mstack-protector-guard=global). It is sealed with the relocated constants.
 */
extern unsigned long __stack_chk_guard;
unsigned long __stack_chk_guard __attribute__((section(".data.rel.ro")));

void __stack_chk_fail(void) __attribute__((noreturn));

void __stack_chk_fail(void)
{
	__builtin_trap();
}

#ifdef ARCH_STUB
__asm__(".cfi_sections .debug_frame\n"
	".section .text.arch_syscall6,\"ax\",%progbits\n"
	".balign 16\n"
	".hidden arch_syscall6\n"
	".globl arch_syscall6\n"
	".hidden arch_syscall_return\n"
	".globl arch_syscall_return\n"
	".type arch_syscall6, %function\n" ARCH_STUB
	".size arch_syscall6, . - arch_syscall6\n"
	".section .text._start,\"ax\",%progbits\n"
	".hidden start_program\n"
	".globl _start\n"
	".type _start, %function\n" ARCH_ENTRY ".size _start, . - _start\n"
	".text\n");
#else
#define ARCH_EMIT
#undef ARCH_NOLIBC_H
#include "../../arch/nolibc.h"
#endif

static void relocate(void)
{
	unsigned long base = (unsigned long)__ehdr_start;
	const unsigned long *r = relocations_start;

	/*
	 * Elf64_Rela: where, type and symbol, and the address that the linker
	 * saw; or Elf32_Rel, which has the last one where it is to be written.
	 */
	for (; r < relocations_end; r += ADDEND ? 3 : 2) {
		unsigned long *at = (unsigned long *)(base + r[0]);

		/* Any other type would need symbols: the link was wrong. */
		BUG_ON(r[1] != ARCH_R_RELATIVE);
		*at = base + (ADDEND ? r[2] : *at);
	}
	/* Nothing below may be read ahead of the loop above. */
	__asm__ volatile("" : : : "memory");
}

static void set_stack_guard(const char *random)
{
	BUG_ON(!random);
	memcpy(&__stack_chk_guard, random, sizeof(__stack_chk_guard));
	/*
	 * A zero as the guard's first byte in memory stops a string function
	 * that runs over it or reads up to it.
	 */
	__stack_chk_guard &= IS_BIG_ENDIAN ? ~0UL >> 8 : ~0xffUL;
}

static void seal_constants(unsigned long page)
{
	unsigned long from = (unsigned long)relro_start & -page;

	/*
	 * The kernel rounds up to the end of a page, where linker.ld leaves
	 * the rest to no one else.
	 */
	BUG_ON(sys_mprotect((void *)from, (unsigned long)relro_end - from,
			    PROT_READ) < 0);
}

/*
 * There may be no /dev in a container, but there is always a root directory.
 * Reading and writing an O_PATH descriptor fails with EBADF.
 */
static void fill_standard_descriptors(void)
{
	long fd;

	do {
		fd = sys_openat(AT_FDCWD, "/", O_PATH);
	} while (fd >= 0 && fd <= 2);
	sys_close((int)fd); /* or nothing, if that failed */
}

void start_program(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **envp = argv + argc + 1;
	char **end = envp;
	unsigned long page = 0;
	const char *random = NULL;

	while (*end++)
		;
	for (unsigned long *aux = (unsigned long *)end; *aux; aux += 2) {
		if (aux[0] == AT_PAGESZ)
			page = aux[1];
		if (aux[0] == AT_RANDOM)
			random = (const char *)aux[1];
	}
	relocate();
	set_stack_guard(random);
	seal_constants(page);
	fill_standard_descriptors();
	sys_exit_group(program_main(argc, argv, envp));
}
