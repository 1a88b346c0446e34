/* SPDX-License-Identifier: MIT */
/*
 * scratchd: files and nothing else, a program without routes. The first
 * argument may name a command; a site of that name is served as "./probe".
 */
#include "kernel/start.h"
#include "scratchd/commands.h"
#include "serve/app.h"

int program_main(int argc, char **argv, char **envp)
{
	struct span command = argc > 1 ? span_from_string(argv[1]) : SPAN("");

	if (span_equal(command, SPAN("probe")))
		return scratchd_probe(argv + 2);
	if (span_equal(command, SPAN("bundle")))
		return scratchd_bundle(argv + 2);
	return serve_site_run(argc, argv, envp);
}
