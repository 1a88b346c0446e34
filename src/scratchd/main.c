/* SPDX-License-Identifier: MIT */
/* scratchd: options in, exit status out. */
#include "kernel/start.h"
#include "serve/master.h"

int program_main(int argc, char **argv, char **envp)
{
	struct serve_options options;

	switch (serve_options_parse(&options, argc, argv, envp)) {
	case SERVE_RUN:
		return serve_master_run(&options);
	case SERVE_DONE:
		return 0;
	case SERVE_WRONG:
		break;
	}
	return 2;
}
