/* SPDX-License-Identifier: MIT */
/*
 * What start-up leaves for the program. A program defines program_main();
 * start.c calls it once the program can be trusted to run: relocated, its
 * constants sealed, the stack guard set, descriptors 0 to 2 in use.
 */
#ifndef KERNEL_START_H
#define KERNEL_START_H

#include "base/types.h"

/**
 * program_main() - the program
 * @argc: how many arguments
 * @argv: the arguments, ended by NULL
 * @envp: "NAME=value" strings, ended by NULL
 *
 * Return: the exit status, 0 to 255.
 */
int program_main(int argc, char **argv, char **envp);

#endif
