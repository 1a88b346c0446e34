/* SPDX-License-Identifier: MIT */
/*
 * Dates: see http/date.h. Days are turned into dates by counting in years that
 * begin on 1 March, so that the leap day is the last of a year (the method is
 * in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms").
 */
#include "http/date.h"

#define DAY 86400
#define LAST_SECOND 253402300799 /* 9999-12-31 23:59:59 */

/* Their first three letters are the short names. */
static const char day_names[7][10] = { "Sunday",    "Monday",	"Tuesday",
				       "Wednesday", "Thursday", "Friday",
				       "Saturday" };
static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr",
					 "May", "Jun", "Jul", "Aug",
					 "Sep", "Oct", "Nov", "Dec" };

struct http_date http_date_split(s64 t)
{
	if (t < 0)
		t = 0;
	if (t > LAST_SECOND)
		t = LAST_SECOND;
	u32 days = (u32)(t / DAY);
	u32 rest = (u32)(t % DAY);
	/* Days since 0000-03-01; 146097 days are 400 years. */
	u32 z = days + 719468;
	u32 era = z / 146097;
	u32 doe = z - era * 146097;
	u32 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	u32 doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	u32 mp = (5 * doy + 2) / 153; /* 0 is March */

	return (struct http_date){
		.year = yoe + era * 400 + (mp >= 10),
		.month = mp < 10 ? mp + 2 : mp - 10,
		.day = doy - (153 * mp + 2) / 5 + 1,
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
		.weekday = (days + 4) % 7, /* 1970-01-01 was a Thursday */
	};
}

static s64 join(const struct http_date *d)
{
	u32 m = d->month + 1;
	u32 y = d->year - (m <= 2);
	u32 era = y / 400;
	u32 yoe = y - era * 400;
	u32 doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d->day - 1;
	u32 doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	s64 days = (s64)era * 146097 + doe - 719468;

	return days * DAY + d->hour * 3600 + d->minute * 60 + d->second;
}

struct span http_date_month(u32 month)
{
	BUG_ON(month > 11);
	return (struct span){ month_names[month], 3 };
}

void http_date_put_time(struct buf *out, const struct http_date *d)
{
	buf_put_u64(out, d->hour, 2);
	buf_put_char(out, ':');
	buf_put_u64(out, d->minute, 2);
	buf_put_char(out, ':');
	buf_put_u64(out, d->second, 2);
}

static struct span short_day_name(u32 weekday)
{
	return (struct span){ day_names[weekday], 3 };
}

void http_date_put(struct buf *out, s64 t)
{
	struct http_date d = http_date_split(t);

	buf_put(out, short_day_name(d.weekday));
	buf_puts(out, ", ");
	buf_put_u64(out, d.day, 2);
	buf_put_char(out, ' ');
	buf_put(out, http_date_month(d.month));
	buf_put_char(out, ' ');
	buf_put_u64(out, d.year, 4);
	buf_put_char(out, ' ');
	http_date_put_time(out, &d);
	buf_puts(out, " GMT");
}

/* Take @n digits (the first may be a space if @padded) off the front. */
static bool take_number(struct span *s, size_t n, bool padded, u32 *value)
{
	u64 v;

	if (s->len < n)
		return false;
	struct span digits = { s->ptr, n };
	if (padded && digits.ptr[0] == ' ')
		digits = span_skip(digits, 1);
	if (!span_parse_u64(digits, &v))
		return false;
	*value = (u32)v;
	*s = span_skip(*s, n);
	return true;
}

static bool take(struct span *s, struct span what)
{
	if (!span_starts(*s, what))
		return false;
	*s = span_skip(*s, what.len);
	return true;
}

static bool take_month(struct span *s, u32 *month)
{
	for (u32 m = 0; m < 12; m++) {
		if (take(s, http_date_month(m))) {
			*month = m;
			return true;
		}
	}
	return false;
}

/*
 * A letter of @form is a part of the date, of two digits but for b, the name
 * of a month, and Y, a year of four; e is a day that may begin with a space.
 * The letters of the zone, and all else, stand for themselves.
 */
static bool parse_form(struct span s, struct span form, struct http_date *d)
{
	bool good = true;

	for (; form.len && good; form = span_skip(form, 1)) {
		char part = form.ptr[0];

		switch (part) {
		case 'b':
			good = take_month(&s, &d->month);
			break;
		case 'd':
		case 'e':
			good = take_number(&s, 2, part == 'e', &d->day);
			break;
		case 'y':
		case 'Y':
			good = take_number(&s, part == 'Y' ? 4 : 2, false,
					   &d->year);
			break;
		case 'h':
			good = take_number(&s, 2, false, &d->hour);
			break;
		case 'm':
			good = take_number(&s, 2, false, &d->minute);
			break;
		case 's':
			good = take_number(&s, 2, false, &d->second);
			break;
		default:
			good = take(&s, (struct span){ form.ptr, 1 });
		}
	}
	return good && !s.len;
}

/* rfc850-date, behind the long name: ", 06-Nov-94 08:49:37 GMT" */
static bool parse_rfc850(struct span s, s64 now, struct http_date *d)
{
	if (!parse_form(s, SPAN(", d-b-y h:m:s GMT"), d))
		return false;
	/* More than 50 years ahead means the past (RFC 9110 5.6.7). */
	struct http_date limit = http_date_split(now);

	d->year += limit.year / 100 * 100;
	limit.year += 50;
	if (join(d) > join(&limit))
		d->year -= 100;
	return true;
}

static bool is_valid(const struct http_date *d)
{
	static const u8 days[12] = { 31, 28, 31, 30, 31, 30,
				     31, 31, 30, 31, 30, 31 };
	bool leap =
		d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);

	/* Second 60 is a leap second. */
	return d->year >= 1970 && d->day >= 1 &&
	       d->day <= days[d->month] + (u32)(leap && d->month == 1) &&
	       d->hour < 24 && d->minute < 60 && d->second <= 60;
}

static bool parse_parts(struct span s, s64 now, struct http_date *d)
{
	for (u32 i = 0; i < 7; i++) {
		struct span name = { day_names[i], sizeof(day_names[i]) };
		struct span rest = s;

		name.len = span_find(name, '\0');
		if (take(&rest, name))
			return parse_rfc850(rest, now, d);
		/* IMF-fixdate, and what asctime() makes. */
		name.len = 3;
		if (take(&rest, name))
			return parse_form(rest, SPAN(", d b Y h:m:s GMT"), d) ||
			       parse_form(rest, SPAN(" b e h:m:s Y"), d);
	}
	return false;
}

bool http_date_parse(struct span s, s64 now, s64 *t)
{
	struct http_date d = { 0 };

	if (!parse_parts(s, now, &d) || !is_valid(&d))
		return false;
	*t = join(&d);
	return true;
}
