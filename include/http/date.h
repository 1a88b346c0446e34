/* SPDX-License-Identifier: MIT */
/*
 * Dates: RFC 9110 section 5.6.7. Time is seconds since 1970-01-01 UTC without
 * leap seconds, as the kernel counts; the years 1970 to 9999.
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include "base/buf.h"

#define HTTP_DATE_LENGTH 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

struct http_date {
	u32 year;  /* 1994 */
	u32 month; /* 0 to 11 */
	u32 day;   /* 1 to 31 */
	u32 hour;
	u32 minute;
	u32 second;
	u32 weekday; /* 0 is Sunday */
};

/** http_date_split() - the parts of time @t; out of range it is clamped */
struct http_date http_date_split(s64 t);

/** http_date_month() - "Jan" to "Dec" for 0 to 11 */
struct span http_date_month(u32 month);

/** http_date_put_time() - append "08:49:37" */
void http_date_put_time(struct buf *out, const struct http_date *d);

/** http_date_put() - append @t as IMF-fixdate, HTTP_DATE_LENGTH bytes */
void http_date_put(struct buf *out, s64 t);

/**
 * http_date_parse() - read any of the three forms that a recipient must accept
 * @now: today, for the two-digit year of the second form
 * @t:   set on success
 *
 * Return: whether @s is a date.
 */
bool http_date_parse(struct span s, s64 now, s64 *t) MUST_CHECK;

#endif
