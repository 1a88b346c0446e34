/* SPDX-License-Identifier: MIT */
/* scratchd: files and nothing else, a program without routes. */
#include "kernel/start.h"
#include "serve/app.h"

int program_main(int argc, char **argv, char **envp)
{
	static const struct serve_app files = { 0 };

	return serve_app_run(&files, argc, argv, envp);
}
