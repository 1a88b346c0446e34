/* SPDX-License-Identifier: MIT */
/* What scratchd does besides serving: each is named by the first argument. */
#ifndef SCRATCHD_COMMANDS_H
#define SCRATCHD_COMMANDS_H

/**
 * scratchd_probe() - ask a server how it is: probe URL [--timeout S]
 * @args: what follows the command's name, up to a NULL
 *
 * Return: the exit status: 0 if the answer is 2xx or 3xx, else 1 after one
 * line that says why, 2 for arguments that make no sense.
 */
int scratchd_probe(char **args);

/**
 * scratchd_bundle() - make a bundle, or say or take out what is in one:
 *
 *	bundle SITE -o FILE [--base EXECUTABLE]
 *	bundle --list FILE
 *	bundle --extract FILE DIR
 *
 * @args: as above
 *
 * Return: the exit status: 0, 1 after a line that says what went wrong, 2 for
 * arguments that make no sense.
 */
int scratchd_bundle(char **args);

#endif
