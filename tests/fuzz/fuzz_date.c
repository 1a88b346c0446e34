/* SPDX-License-Identifier: MIT */
/*
 * http/date.h: a time and a date. What is written is read again as the same,
 * and days are counted a second time, year by year.
 */
#include "fuzz.h"
#include "http/date.h"

#define LAST_SECOND 253402300799 /* 9999-12-31 23:59:59 */

static bool is_leap(u32 year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static void check_split(s64 t)
{
	static const u8 lengths[12] = { 31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31 };
	struct http_date d = http_date_split(t);
	s64 days = (d.day - 1);

	MUST(d.year >= 1970 && d.year <= 9999 && d.month < 12);
	MUST(d.day >= 1 && d.day <= lengths[d.month] + (u32)(d.month == 1 &&
							     is_leap(d.year)));
	for (u32 year = 1970; year < d.year; year++)
		days += 365 + is_leap(year);
	for (u32 month = 0; month < d.month; month++)
		days += lengths[month] + (month == 1 && is_leap(d.year));
	MUST(d.hour < 24 && d.minute < 60 && d.second < 60);
	MUST(((days * 24 + d.hour) * 60 + d.minute) * 60 + d.second == t);
	MUST(d.weekday == (days + 4) % 7);
}

/* Written and read again; what is out of range is written as its end. */
static void check_written(s64 t, s64 now)
{
	char text[HTTP_DATE_LENGTH];
	struct buf out = BUF(text);
	s64 again;

	http_date_put(&out, t);
	MUST(!out.full && out.len == HTTP_DATE_LENGTH);
	MUST(http_date_parse(buf_span(&out), now, &again));
	MUST(again == (t < 0 ? 0 : t > LAST_SECOND ? LAST_SECOND : t));
	check_split(again);
}

void fuzz_one(struct span in)
{
	s64 now = (s64)fuzz_number(&in);
	struct span copy = fuzz_copy(in);
	s64 t = -1;

	check_written(now, 0);
	/* Four hours in ten thousand years are more likely in range. */
	check_written((s64)((u64)now % LAST_SECOND), now);
	if (http_date_parse(copy, now, &t)) {
		/* Its last second may be a leap second. */
		MUST(t >= 0 && t <= LAST_SECOND + 1);
		MUST(copy.len >= 24 && copy.len <= 33);
		check_written(t, now);
	} else {
		MUST(t == -1);
	}
	fuzz_free(copy);
}
