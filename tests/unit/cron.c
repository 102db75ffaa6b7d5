#include "cron.h"
#include "check.h"

static time_t at(
	const char *text) /* 2026-11-24 14:05, local; s at its end: summer time, w: winter */
{
	char mark = text[strlen(text) - 1];
	struct tm tm = { .tm_isdst = mark == 's' ? 1 : mark == 'w' ? 0 : -1 };
	CHECK(sscanf(text, "%d-%d-%d %d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		      &tm.tm_min) == 5);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return mktime(&tm);
}

static void next(const char *cron, const char *after, const char *wanted)
{
	struct cron read;
	struct fail fail = { 0 };
	char text[32];
	CHECK(cron_read(cron, &read, &fail));
	time_t is = cron_next(&read, at(after));
	struct tm tm;
	strftime(text, sizeof text, "%Y-%m-%d %H:%M", localtime_r(&is, &tm));
	CHECK_TEXT(text, wanted);
	CHECK(tm.tm_sec == 0 && is > at(after));
}

static void refuses(const char *cron, const char *why)
{
	struct cron read;
	struct fail fail = { 0 };
	CHECK(!cron_read(cron, &read, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, why);
}

static void fields(void)
{
	next("* * * * *", "2026-11-24 14:05", "2026-11-24 14:06");
	next("*/15 * * * *", "2026-11-24 14:05", "2026-11-24 14:15");
	next("*/15 * * * *", "2026-11-24 14:45", "2026-11-24 15:00");
	next("7/20 * * * *", "2026-11-24 14:05", "2026-11-24 14:07");
	next("7/20 * * * *", "2026-11-24 14:48", "2026-11-24 15:07");
	next("0 6 * * *", "2026-11-24 06:00", "2026-11-25 06:00");
	next("30 2,14-16/2 * * *", "2026-11-24 14:30", "2026-11-24 16:30");
	next("0 0 31 * *", "2026-11-24 00:00", "2026-12-31 00:00");
	next("0 0 29 2 *", "2026-11-24 00:00", "2028-02-29 00:00");
	next("0 0 29 feb Mon", "2026-11-24 00:00", "2027-02-01 00:00");
	next("0 0 * 1-2 *", "2026-11-24 00:00", "2027-01-01 00:00");
	next("0 0 * * 7", "2026-11-24 00:00", "2026-11-29 00:00");
	next("0 0 * * 5-7", "2026-11-28 00:00", "2026-11-29 00:00");
	next("0 0 * * mon-FRI", "2026-11-27 00:00", "2026-11-30 00:00");
	/* both kinds of day: either; with a star: both */
	next("0 0 13 * fri", "2026-11-24 00:00", "2026-11-27 00:00");
	next("0 0 */2 * sun", "2026-11-24 00:00", "2026-11-29 00:00");
	next("@hourly", "2026-11-24 14:05", "2026-11-24 15:00");
	next("@daily", "2026-12-31 14:05", "2027-01-01 00:00");
	next("@weekly", "2026-11-24 14:05", "2026-11-29 00:00");
	next("@monthly", "2026-11-24 14:05", "2026-12-01 00:00");
	next("@yearly", "2026-11-24 14:05", "2027-01-01 00:00");
}

static void changes_of_the_clock(void)
{
	/* March 29, 2026: 02:00 is 03:00. October 25: 03:00 is 02:00. */
	next("30 2 * * *", "2026-03-28 02:30", "2026-03-29 03:00");
	next("30 2 * * *", "2026-03-29 03:00", "2026-03-30 02:30");
	next("30 3 * * *", "2026-03-28 03:30", "2026-03-29 03:30");
	next("*/30 * * * *", "2026-03-29 01:30", "2026-03-29 03:00");
	next("30 2 * * *", "2026-10-24 02:30", "2026-10-25 02:30");
	next("30 2 * * *", "2026-10-25 02:30s", "2026-10-26 02:30");
	next("30 2 * * *", "2026-10-25 02:30w", "2026-10-26 02:30");
	next("*/30 * * * *", "2026-10-25 02:30s", "2026-10-25 02:00");
	next("0 3 * * *", "2026-10-25 02:30s", "2026-10-25 03:00");
}

static void refusals(void)
{
	refuses("", "cron wants five fields: \"\"");
	refuses("* * * *", "cron wants five fields: \"* * * *\"");
	refuses("* * * * * *", "cron wants five fields: \"* * * * * *\"");
	refuses("60 * * * *", "no minute of cron: \"60\"");
	refuses("* 24 * * *", "no hour of cron: \"24\"");
	refuses("* * 0 * *", "no day of the month of cron: \"0\"");
	refuses("* * * 13 *", "no month of cron: \"13\"");
	refuses("* * * * 8", "no day of the week of cron: \"8\"");
	refuses("*/0 * * * *", "no minute of cron: \"*/0\"");
	refuses("5-3 * * * *", "no minute of cron: \"5-3\"");
	refuses("1, * * * *", "no minute of cron: \"1,\"");
	refuses("1-2-3 * * * *", "no minute of cron: \"1-2-3\"");
	refuses("* * * mars *", "no month of cron: \"mars\"");
	refuses("99999999999999999999 * * * *", "no minute of cron: \"99999999999999999999\"");
	refuses("0 0 30 2 *", "no such day ever comes: \"0 0 30 2 *\"");
	refuses("0 0 31 4,6 *", "no such day ever comes: \"0 0 31 4,6 *\"");
	refuses("@never", "no minute of cron: \"@never\"");
}

int main(void)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	fields();
	changes_of_the_clock();
	refusals();
	return check_end("cron");
}
