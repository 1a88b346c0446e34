/* SPDX-License-Identifier: MIT */
/*
 * http/date.h against a calendar that counts day by day, and the forms of RFC
 * 9110 section 5.6.7.
 */
#include "tap.h"
#include "http/date.h"

#define DAY 86400LL

/* The calendar: what day it is, told by turning its pages. */
struct calendar {
	unsigned year, month, day, weekday;
};

static unsigned days_of_month(const struct calendar *c)
{
	switch (c->month) {
	case 1:
		if (c->year % 400 == 0)
			return 29;
		if (c->year % 100 == 0)
			return 28;
		return c->year % 4 == 0 ? 29 : 28;
	case 3:
	case 5:
	case 8:
	case 10:
		return 30;
	default:
		return 31;
	}
}

static void turn_page(struct calendar *c)
{
	c->weekday = c->weekday == 6 ? 0 : c->weekday + 1;
	if (c->day++ < days_of_month(c))
		return;
	c->day = 1;
	if (c->month++ < 11)
		return;
	c->month = 0;
	c->year++;
}

static const char *const day_names[] = { "Sun", "Mon", "Tue", "Wed",
					 "Thu", "Fri", "Sat" };
static const char *const long_day_names[] = { "Sunday",	  "Monday",
					      "Tuesday",  "Wednesday",
					      "Thursday", "Friday",
					      "Saturday" };
static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr",
					   "May", "Jun", "Jul", "Aug",
					   "Sep", "Oct", "Nov", "Dec" };

static void put_two(struct buf *out, unsigned v)
{
	buf_put_char(out, (char)('0' + v / 10));
	buf_put_char(out, (char)('0' + v % 10));
}

static void put_string(struct buf *out, const char *s)
{
	buf_put(out, span_from_string(s));
}

static void put_time(struct buf *out, unsigned second)
{
	put_two(out, second / 3600);
	buf_put_char(out, ':');
	put_two(out, second / 60 % 60);
	buf_put_char(out, ':');
	put_two(out, second % 60);
}

static void put_year(struct buf *out, unsigned year)
{
	put_two(out, year / 100);
	put_two(out, year % 100);
}

static void put_fixdate(struct buf *out, const struct calendar *c,
			unsigned second)
{
	put_string(out, day_names[c->weekday]);
	buf_puts(out, ", ");
	put_two(out, c->day);
	buf_put_char(out, ' ');
	put_string(out, month_names[c->month]);
	buf_put_char(out, ' ');
	put_year(out, c->year);
	buf_put_char(out, ' ');
	put_time(out, second);
	buf_puts(out, " GMT");
}

static void put_rfc850(struct buf *out, const struct calendar *c,
		       unsigned second)
{
	put_string(out, long_day_names[c->weekday]);
	buf_puts(out, ", ");
	put_two(out, c->day);
	buf_put_char(out, '-');
	put_string(out, month_names[c->month]);
	buf_put_char(out, '-');
	put_two(out, c->year % 100);
	buf_put_char(out, ' ');
	put_time(out, second);
	buf_puts(out, " GMT");
}

static void put_asctime(struct buf *out, const struct calendar *c,
			unsigned second)
{
	put_string(out, day_names[c->weekday]);
	buf_put_char(out, ' ');
	put_string(out, month_names[c->month]);
	buf_put_char(out, ' ');
	if (c->day < 10)
		buf_put_char(out, ' ');
	buf_put_u64(out, c->day, 1);
	buf_put_char(out, ' ');
	put_time(out, second);
	buf_put_char(out, ' ');
	put_year(out, c->year);
}

static void check_split(const struct calendar *c, unsigned second, s64 t)
{
	struct http_date d = http_date_split(t);

	CHECK_EQ(d.year, c->year);
	CHECK_EQ(d.month, c->month);
	CHECK_EQ(d.day, c->day);
	CHECK_EQ(d.hour, second / 3600);
	CHECK_EQ(d.minute, second / 60 % 60);
	CHECK_EQ(d.second, second % 60);
	CHECK_EQ(d.weekday, c->weekday);
}

static void check_parse(struct span text, s64 now, s64 want)
{
	s64 t = -1;

	CHECK(http_date_parse(text, now, &t));
	CHECK_EQ(t, want);
}

static void check_day(const struct calendar *c, unsigned second, s64 t)
{
	char text[64];
	char want[64];
	struct buf b = BUF(text);
	struct buf w = BUF(want);

	check_split(c, second, t);
	http_date_put(&b, t);
	put_fixdate(&w, c, second);
	CHECK(span_equal(buf_span(&b), buf_span(&w)));
	CHECK_EQ(b.len, HTTP_DATE_LENGTH);
	check_parse(buf_span(&b), 0, t);
	b.len = 0;
	put_asctime(&b, c, second);
	check_parse(buf_span(&b), 0, t);
	b.len = 0;
	put_rfc850(&b, c, second);
	/* Read a day later it is of the past, and less than 50 years ago. */
	check_parse(buf_span(&b), t + DAY, t);
}

/* Each day of 430 years, at a time of day that wanders. */
static void test_each_day(void)
{
	struct calendar c = { 1970, 0, 1, 4 };

	for (s64 day = 0; c.year <= 2400; day++) {
		unsigned second = (unsigned)(day * 12347 % DAY);

		tap_note("day", day);
		check_day(&c, second, day * DAY + second);
		turn_page(&c);
	}
}

static void check_put(s64 t, const char *want)
{
	char text[HTTP_DATE_LENGTH];
	struct buf b = BUF(text);

	http_date_put(&b, t);
	CHECK(!b.full);
	CHECK(span_equal(buf_span(&b), span_from_string(want)));
}

static void test_put(void)
{
	check_put(784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
	check_put(0, "Thu, 01 Jan 1970 00:00:00 GMT");
	check_put(951782400, "Tue, 29 Feb 2000 00:00:00 GMT");
	check_put(2147483648, "Tue, 19 Jan 2038 03:14:08 GMT");
	check_put(4294967296, "Sun, 07 Feb 2106 06:28:16 GMT");
	check_put(253402300799, "Fri, 31 Dec 9999 23:59:59 GMT");
	/* Out of range it is clamped. */
	check_put(253402300800, "Fri, 31 Dec 9999 23:59:59 GMT");
	check_put((s64)(~0ULL >> 1), "Fri, 31 Dec 9999 23:59:59 GMT");
	check_put(-1, "Thu, 01 Jan 1970 00:00:00 GMT");
	check_put(-(s64)(~0ULL >> 1) - 1, "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void test_put_needs_room(void)
{
	char text[HTTP_DATE_LENGTH - 1];
	struct buf b = BUF(text);

	http_date_put(&b, 0);
	CHECK(b.full);
}

static void test_month(void)
{
	for (u32 i = 0; i < 12; i++)
		CHECK(span_equal(http_date_month(i),
				 span_from_string(month_names[i])));
}

static int month_thirteen(void *unused)
{
	volatile u32 month = 12;

	(void)unused;
	return (int)http_date_month(month).len;
}

static void test_month_thirteen_dies(void)
{
	CHECK(tap_traps(month_thirteen, NULL));
}

/* 2026-06-15 12:00:00 */
#define NOW 1781524800LL

static const struct {
	const char *text;
	s64 t;
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Sun Nov 06 08:49:37 1994", 784111777 },
	{ "Wed Nov 16 08:49:37 1994", 784975777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
	/* A leap second is the next minute's first. */
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	/* Two digits: at most 50 years ahead. */
	{ "Saturday, 01-Jan-00 00:00:00 GMT", 946684800 },
	{ "Monday, 15-Jun-26 11:59:59 GMT", NOW - 1 },
	{ "Wednesday, 01-Jan-75 00:00:00 GMT", 3313526400 },
	{ "Saturday, 01-Jan-77 00:00:00 GMT", 220924800 },
	{ "Friday, 31-Dec-99 23:59:59 GMT", 946684799 },
	/* Half a century and half a year ahead is more than 50 years. */
	{ "Friday, 31-Dec-76 00:00:00 GMT", 220838400 },
	{ "Wednesday, 01-Jan-76 00:00:00 GMT", 3345062400 },
};

static void test_parse(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(dates); i++) {
		struct span s = tap_guarded(span_from_string(dates[i].text));
		s64 t = -1;

		tap_note("dates", i);
		CHECK(http_date_parse(s, NOW, &t));
		CHECK_EQ(t, dates[i].t);
		tap_unguard(s);
		/* Nothing shorter is a date. */
		for (size_t n = 0; n < s.len; n++) {
			struct span part =
				tap_guarded((struct span){ dates[i].text, n });

			CHECK(!http_date_parse(part, NOW, &t));
			tap_unguard(part);
		}
	}
}

static const char *const invalid[] = {
	"Sun, 06 Nov 1994 08:49:37 GMT ",
	" Sun, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 1994 08:49:37 UTC",
	"Sun, 06 Nov 1994 08:49:37 +0000",
	"Sun, 06 Nov 1994 08:49:37 gmt",
	"sun, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 NOV 1994 08:49:37 GMT",
	"Sun,06 Nov 1994 08:49:37 GMT",
	"Sun 06 Nov 1994 08:49:37 GMT",
	"Sun, 6 Nov 1994 08:49:37 GMT",
	"Sun,  6 Nov 1994 08:49:37 GMT",
	"Sun, 006 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nox 1994 08:49:37 GMT",
	"Sun, 06 11 1994 08:49:37 GMT",
	"Sun, 06 Nov 94 08:49:37 GMT",
	"Sun, 06 Nov 19940 08:49:37 GMT",
	"Sun, 06 Nov -994 08:49:37 GMT",
	"Sun, 06 Nov 1994 8:49:37 GMT",
	"Sun, 06 Nov 1994 08:49 GMT",
	"Sun, 06 Nov 1994 08.49.37 GMT",
	"Sun, 06 Nov 1994 24:00:00 GMT",
	"Sun, 06 Nov 1994 08:60:37 GMT",
	"Sun, 06 Nov 1994 08:49:61 GMT",
	"Sun, 06 Nov 1994 +8:49:37 GMT",
	"Sun, 06-Nov-1994 08:49:37 GMT",
	"Sun, 00 Nov 1994 08:49:37 GMT",
	"Sun, 31 Nov 1994 08:49:37 GMT",
	"Sun, 32 Oct 1994 08:49:37 GMT",
	"Tue, 29 Feb 1994 00:00:00 GMT",
	"Tue, 29 Feb 2100 00:00:00 GMT",
	"Tue, 30 Feb 2000 00:00:00 GMT",
	"Wed, 31 Dec 1969 23:59:59 GMT",
	"Sat, 01 Jan 0000 00:00:00 GMT",
	"Sunday, 06 Nov 1994 08:49:37 GMT",
	"Sunday, 06-Nov-1994 08:49:37 GMT",
	"Sun, 06-Nov-94 08:49:37 GMT",
	"Sunday, 06-Nov-94 08:49:37",
	"Sunday, 29-Feb-94 08:49:37 GMT",
	"Sunday Nov  6 08:49:37 1994",
	"Sun Nov 6 08:49:37 1994",
	"Sun Nov   6 08:49:37 1994",
	"Sun Nov    08:49:37 1994",
	"Sun Nov  0 08:49:37 1994",
	"Sun Nov 31 08:49:37 1994",
	"Sun Nov  6 08:49:37 1994 GMT",
	"Sun Nov  6 08:49:37 1994\n",
	"Sun Nov  6 08:49:37 94",
	"784111777",
	"0",
	"*",
	"1994-11-06T08:49:37Z",
};

static void test_invalid(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(invalid); i++) {
		struct span s = tap_guarded(span_from_string(invalid[i]));
		s64 t = 42;

		tap_note("invalid", i);
		CHECK(!http_date_parse(s, NOW, &t));
		CHECK_EQ(t, 42);
		tap_unguard(s);
	}
}

int program_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	RUN(test_each_day);
	RUN(test_put);
	RUN(test_put_needs_room);
	RUN(test_month);
	RUN(test_month_thirteen_dies);
	RUN(test_parse);
	RUN(test_invalid);
	return tap_end();
}
