/* SPDX-License-Identifier: MIT */
/*
 * ppc, the PowerPC of 32 bits, by nolibc alone.
 *
 * compiler: powerpc-linux-gnu
 * kernel: powerpc
 * flags: -msoft-float -mno-altivec
 */
#ifndef ARCH_NOLIBC_PPC_H
#define ARCH_NOLIBC_PPC_H

/* linux/audit.h: EM_PPC. */
#define ARCH_AUDIT 20U

/* Arguments of 64 bits begin in an odd register: r3 is the first. */
#define ARCH_EVEN_PAIRS 1
#define ARCH_LARGEFILE 0200000

/*
 * At -Os gcc has registers saved and restored by functions of its library
 * (Power Architecture 32-bit ABI supplement, "Register Saving and Restoring
 * Functions"): from N to 31 below the address in r11; those with _x return from
 * the function that calls them as well.
 */
#define FROM_14(name, end, instruction, then)                                  \
	__asm__(".irp n, 14, 15, 16, 17, 18, 19, 20, 21, 22, "                 \
		"23, 24, 25, 26, 27, 28, 29, 30, 31\n"                         \
		".globl " name "\\n" end "\n" name "\\n" end ": " instruction  \
		" \\n, 4 * (\\n - 32)(11)\n"                                   \
		".endr\n" then "\n")
#define ARCH_HELPERS                                                           \
	FROM_14("_savegpr_", "", "stw", "blr");                                \
	FROM_14("_restgpr_", "", "lwz", "blr");                                \
	FROM_14("_restgpr_", "\\()_x", "lwz",                                  \
		"lwz 0, 4(11)\nmtlr 0\nmr 1, 11\nblr")

#endif
