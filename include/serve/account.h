/* SPDX-License-Identifier: MIT */
/* What is kept of a request that was answered: its line, and the counters. */
#ifndef SERVE_ACCOUNT_H
#define SERVE_ACCOUNT_H

#include "serve/connection.h"

/**
 * serve_account_request() - @request was answered on @c
 * @bytes: of the body that were sent
 */
void serve_account_request(struct serve_connection *c,
			   const struct http_request *request, int status,
			   u64 bytes);

/** serve_account_answer() - the answer under way ends, as far as it got */
void serve_account_answer(struct serve_connection *c);

#endif
