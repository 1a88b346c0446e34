/* SPDX-License-Identifier: MIT */
/*
 * Included before every file that is proved: what the compiler has built in,
 * as functions with contracts, and words for the contracts of the rest. A trap
 * is never reached.
 */
#ifndef TESTS_PROOF_WP_H
#define TESTS_PROOF_WP_H

#include <string.h>

/*@ requires \false;
    assigns \nothing;
    ensures \false; */
void proof_trap(void);

#define __builtin_trap() proof_trap()
#define __builtin_expect(value, likely) (value)
/* Not known to the prover, and on this machine without effect or not called. */
#define _Alignas(bytes)
#define __builtin_bswap32(value) (value)
#define __builtin_bswap64(value) (value)

#include "base/buf.h"
#include "http/conn.h"

/*@ requires !broken;
    assigns \nothing; */
static inline void BUG_ON(bool broken);

/* Of bytes, or of eight or four of them as a number. */
#define __builtin_memcpy(to, from, n)                                          \
	(sizeof(*(to)) == 8   ? proof_load((u64 *)(to), from, n)               \
	 : sizeof(*(to)) == 4 ? proof_load_half((u32 *)(to), from, n)          \
			      : proof_memcpy((char *)(to), from, n))
/* Of a request, and of nothing else. */
#define __builtin_memset(to, byte, n) proof_clear(to, byte, n)
#define __builtin_memcmp(a, b, n) proof_memcmp(a, b, n)

/* A literal's bytes, without the search for its end. */
#define buf_puts(b, literal) buf_put(b, SPAN(literal))

/*@ predicate readable(struct span s) =
      \valid_read(s.ptr + (0 .. s.len - 1));
    predicate within(struct span part, struct span whole) =
      part.ptr == whole.ptr + (part.ptr - whole.ptr) &&
      0 <= part.ptr - whole.ptr &&
      part.ptr - whole.ptr + part.len <= whole.len;
    predicate writable{L}(struct buf *b) =
      \valid(b) && b->len <= b->cap && \valid(b->ptr + (0 .. b->cap - 1)) &&
      \separated(b, b->ptr + (0 .. b->cap - 1));
 */

/*@ predicate body_valid(struct http_body *b) =
      0 <= b->state <= HTTP_BODY_DONE &&
      (b->state == HTTP_BODY_DATA ==> b->left > 0);
 */

/*@ predicate request_valid(struct http_request *r) =
      \valid_read(r) && readable(r->fields) &&
      \forall integer f; 0 <= f < HTTP_FIELDS ==> readable(r->value[f]);
    predicate framing_valid(struct http_request *r) =
      HTTP_NO_BODY <= r->framing <= HTTP_CHUNKED &&
      (r->framing == HTTP_LENGTH ==> r->content_length > 0);
    predicate fields_end_at(struct http_request *r, char *place) =
      (r->fields.ptr == \null && r->fields.len == 0) ||
      (r->line.ptr != \null && r->fields.ptr + r->fields.len == place);
    predicate request_begun(struct http_request *r, char *in, integer n) =
      request_valid(r) && r->line_start <= r->scanned <= n &&
      r->fields.len <= r->line_start && r->framing == HTTP_NO_BODY &&
      fields_end_at(r, in + r->line_start);
    predicate request_fresh(struct http_request *r) =
      r->line.ptr == \null && r->fields.ptr == \null && r->fields.len == 0 &&
      r->scanned == 0 && r->line_start == 0 && r->framing == HTTP_NO_BODY &&
      \forall integer f; 0 <= f < HTTP_FIELDS ==> r->value[f].ptr == \null &&
   r->value[f].len == 0;
 */

/*@ requires \valid(to + (0 .. n - 1)) && \valid_read(from + (0 .. n - 1));
    assigns to[0 .. n - 1] \from from[0 .. n - 1];
    ensures \forall integer i; 0 <= i < n ==> to[i] == \old(from[i]); */
void proof_memcpy(char *to, const char *from, size_t n);

/*@ requires \valid(to) && n == 8 && \valid_read(from + (0 .. 7));
    assigns *to \from from[0 .. 7]; */
void proof_load(u64 *to, const char *from, size_t n);

/*@ requires \valid(to) && n == 4 && \valid_read(from + (0 .. 3));
    assigns *to \from from[0 .. 3]; */
void proof_load_half(u32 *to, const char *from, size_t n);

/*@ requires \valid_read(a + (0 .. n - 1)) && \valid_read(b + (0 .. n - 1));
    assigns \nothing; */
int proof_memcmp(const char *a, const char *b, size_t n);

/*@ requires \valid(r) && byte == 0 && n == sizeof(struct http_request);
    assigns *r;
    ensures request_fresh(r); */
void proof_clear(struct http_request *r, int byte, size_t n);

/*@ requires \false;
    assigns \nothing; */
void proof_memmove(void *to, const void *from, size_t n);

/* Of records, by bytes: nothing that is proved does that. */
#define __builtin_memmove(to, from, n) proof_memmove(to, from, n)

#endif
