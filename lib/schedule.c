#include "schedule.h"

#include <math.h>
#include <time.h>

double schedule_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double schedule_first(const struct schedule *schedule, double now)
{
	if (schedule->kind != SCHEDULE_CRON)
		return now;
	return (double)cron_next(&schedule->cron, (time_t)now);
}

double schedule_begun(const struct schedule *schedule, double due, double now)
{
	if (now <= due || schedule->kind == SCHEDULE_ONCE)
		return due;
	if (schedule->kind == SCHEDULE_RATE)
		return due +
			schedule->period * (double)(uint64_t)((now - due) / schedule->period);
	return now;
}

double schedule_next(const struct schedule *schedule, double due, double ended)
{
	if (ended < due) /* the clock was set back */
		due = ended;
	switch (schedule->kind) {
	case SCHEDULE_ONCE:
		return HUGE_VAL;
	case SCHEDULE_DELAY:
		return ended + schedule->period;
	case SCHEDULE_RATE:
		return due + schedule->period;
	case SCHEDULE_CRON:
		return (double)cron_next(&schedule->cron, (time_t)due);
	}
	return HUGE_VAL;
}

double schedule_sane(const struct schedule *schedule, double due, double spread, double now)
{
	bool paced = schedule->kind == SCHEDULE_RATE || schedule->kind == SCHEDULE_DELAY;
	return paced && due > now + schedule->period + spread ? now + schedule->period : due;
}
