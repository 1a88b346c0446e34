/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a connection, in and out: its exchange on its socket, and what
 * that means for the connection.
 */
#ifndef SERVE_TRANSFER_H
#define SERVE_TRANSFER_H

#include "serve/connection.h"

/* What a step of a connection says. */
enum serve_progress {
	SERVE_GO_ON, /* do the next step */
	SERVE_WAIT,  /* wait for the kernel */
	SERVE_ENDED, /* the connection is closed */
};

/** serve_transfer_begin() - take an exchange. Return: whether there was one */
bool serve_transfer_begin(struct serve_connection *c) MUST_CHECK;

/** serve_transfer_receive() - receive what there is, once */
enum serve_progress
serve_transfer_receive(struct serve_connection *c) MUST_CHECK;

/** serve_transfer_send() - send what there is, as much as the socket takes */
enum serve_progress serve_transfer_send(struct serve_connection *c) MUST_CHECK;

#endif
