/* cron: times of day and days, as crontab(5) has them. */
#ifndef OCTI_CRON_H
#define OCTI_CRON_H

#include "fail.h"

#include <stdint.h>
#include <time.h>

/* A bit for each value. */
struct cron {
	uint64_t minutes;
	uint32_t hours, days, months, weekdays; /* days and months from 1, Sunday is 0 */
	bool any_day,
		any_weekday; /* the field begins with a star: it restricts nothing by itself */
	bool any_hour;
};

/*
 * Reads five fields: minute, hour, day of the month, month, day of the week; each a star, a number, a
 * name (jan, mon; in any case), a range, with a step after a slash, or a list of these; 7 is Sunday too.
 * Or one of @yearly @annually @monthly @weekly @daily @midnight @hourly. FAIL_USAGE names the field, and
 * says it too when no such day exists (February 30).
 */
bool cron_read(const char *text, struct cron *cron, struct fail *fail);

/*
 * The next such minute after `after`, in local time (TZ). When both kinds of day are restricted, one that
 * matches is enough. A time that a change of the clock leaves out comes at the first moment after it, one
 * that it brings twice comes the first time only; unless every hour matches (the field begins with a
 * star), then it is as the clock shows it.
 */
time_t cron_next(const struct cron *cron, time_t after);

#endif
