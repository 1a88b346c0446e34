/* SPDX-License-Identifier: MIT */
/*
 * The master: the process that was started, and PID 1 in a container. It opens
 * what has to be opened before there are workers, starts them, restarts what
 * dies, passes signals on, and reaps. It serves nothing itself.
 *
 *	SIGTERM, SIGINT  workers finish what was asked, then all end; a SIGINT
 *	                 after that does not wait
 *	SIGHUP           the root is opened anew and new workers take over
 *	SIGCHLD          a child ended
 */
#ifndef SERVE_MASTER_H
#define SERVE_MASTER_H

#include "serve/options.h"

/**
 * serve_master_run() - serve until told to end
 * @o: completed by what the machine allows
 *
 * Return: the exit status: 0, 1 if a call failed that the server cannot do
 * without, 2 if an option asks for more than there is.
 */
int serve_master_run(struct serve_options *o);

#endif
