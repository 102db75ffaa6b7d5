#include "cron.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
	"sep", "oct", "nov", "dec", NULL },
			 *const weekdays[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat",
				 NULL };

static const struct field {
	const char *name;
	unsigned low, high;
	const char *const *names; /* of low and those after it */
} fields[] = { { "minute", 0, 59, NULL }, { "hour", 0, 23, NULL },
	{ "day of the month", 1, 31, NULL }, { "month", 1, 12, months },
	{ "day of the week", 0, 7, weekdays } };

static bool take_value(const char **at, const struct field *field, unsigned *value)
{
	if (**at >= '0' && **at <= '9') {
		for (*value = 0; **at >= '0' && **at <= '9' && *value < 100; ++*at)
			*value = *value * 10 + (unsigned)(**at - '0');
		return *value >= field->low && *value <= field->high;
	}
	for (unsigned i = 0; field->names && field->names[i]; i++)
		if (!strncasecmp(*at, field->names[i], 3)) {
			*at += 3;
			*value = field->low + i;
			return true;
		}
	return false;
}

/* One item of a list. */
static bool take_item(const char **at, const struct field *field, uint64_t *bits)
{
	unsigned first = field->low, last = field->high, step = 1;
	if (**at == '*') {
		++*at;
	} else {
		if (!take_value(at, field, &first))
			return false;
		last = first;
		if (**at == '-') {
			++*at;
			if (!take_value(at, field, &last) || last < first)
				return false;
		} else if (**at == '/') {
			last = field->high;
		}
	}
	if (**at == '/') {
		static const struct field steps = { "step", 1, 59, NULL };
		++*at;
		if (!take_value(at, &steps, &step))
			return false;
	}
	for (unsigned value = first; value <= last; value += step)
		*bits |= 1ull << value;
	return true;
}

static bool read_field(const char *text, size_t len, const struct field *field, uint64_t *bits,
	struct fail *fail)
{
	const char *at = text;
	bool ok;
	*bits = 0;
	do
		ok = take_item(&at, field, bits);
	while (ok && *at == ',' && at++);
	return (ok && at == text + len) ||
		fail_set(fail, FAIL_USAGE, "no %s of cron: \"%.*s\"", field->name, (int)len,
			text);
}

static const char *expand(const char *text)
{
	static const char *const names[][2] = { { "@yearly", "0 0 1 1 *" },
		{ "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" },
		{ "@weekly", "0 0 * * 0" }, { "@daily", "0 0 * * *" },
		{ "@midnight", "0 0 * * *" }, { "@hourly", "0 * * * *" } };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(text, names[i][0]))
			return names[i][1];
	return text;
}

/* The weekday matches on some date when the date exists. */
static bool some_day_exists(const struct cron *cron)
{
	static const unsigned lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	for (unsigned month = 1; month <= 12; month++)
		if (cron->months >> month & 1 &&
			cron->days & ((2ull << lengths[month - 1]) - 1) & ~1ull)
			return true;
	return !cron->any_weekday && !cron->any_day; /* either is enough */
}

bool cron_read(const char *text, struct cron *cron, struct fail *fail)
{
	static const char blank[] = " \t";
	const char *at = expand(text);
	uint64_t bits[5];
	bool stars[5];
	for (size_t i = 0; i < 5; i++) {
		at += strspn(at, blank);
		size_t len = strcspn(at, blank);
		if (!len)
			return fail_set(
				fail, FAIL_USAGE, "cron wants five fields: \"%s\"", text);
		if (!read_field(at, len, &fields[i], &bits[i], fail))
			return false;
		stars[i] = *at == '*';
		at += len;
	}
	if (at[strspn(at, blank)])
		return fail_set(fail, FAIL_USAGE, "cron wants five fields: \"%s\"", text);
	*cron = (struct cron){ .minutes = bits[0],
		.hours = (uint32_t)bits[1],
		.days = (uint32_t)bits[2],
		.months = (uint32_t)bits[3],
		.weekdays = (uint32_t)((bits[4] | bits[4] >> 7) & 0x7f),
		.any_hour = stars[1],
		.any_day = stars[2],
		.any_weekday = stars[4] };
	return some_day_exists(cron) ||
		fail_set(fail, FAIL_USAGE, "no such day ever comes: \"%s\"", text);
}

static bool is_day(const struct cron *cron, const struct tm *tm)
{
	bool day = cron->days >> tm->tm_mday & 1, weekday = cron->weekdays >> tm->tm_wday & 1;
	bool either = !cron->any_day && !cron->any_weekday;
	return cron->months >> (tm->tm_mon + 1) & 1 &&
		(either ? day || weekday : day && weekday);
}

static struct tm local(time_t at)
{
	struct tm tm;
	localtime_r(&at, &tm);
	return tm;
}

static time_t next_day(const struct tm *tm)
{
	struct tm next = { .tm_year = tm->tm_year,
		.tm_mon = tm->tm_mon,
		.tm_mday = tm->tm_mday + 1,
		.tm_isdst = -1 };
	return mktime(&next);
}

/* An hour of the same name has just been. */
static bool comes_again(const struct tm *tm, time_t at)
{
	struct tm before = local(at - 3600);
	return before.tm_hour == tm->tm_hour && before.tm_mday == tm->tm_mday;
}

/* Between the hour before and this one, the clock left one out in which there was a time. */
static bool left_out(const struct cron *cron, const struct tm *tm, time_t at)
{
	struct tm before = local(at - 60);
	for (int hour = before.tm_hour + 1; hour < tm->tm_hour; hour++)
		if (cron->hours >> hour & 1)
			return true;
	return false;
}

time_t cron_next(const struct cron *cron, time_t after)
{
	time_t at = after - local(after).tm_sec + 60;
	for (;;) {
		struct tm tm = local(at);
		bool first = !tm.tm_min && !cron->any_hour;
		if (!is_day(cron, &tm))
			at = next_day(&tm);
		else if (first && left_out(cron, &tm, at))
			return at;
		else if (!(cron->hours >> tm.tm_hour & 1) ||
			(!cron->any_hour && comes_again(&tm, at)))
			at += (60 - tm.tm_min) * 60;
		else if (cron->minutes >> tm.tm_min & 1)
			return at;
		else
			at += 60;
	}
}
