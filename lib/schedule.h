/* schedule: when something that is done again and again is due. */
#ifndef OCTI_SCHEDULE_H
#define OCTI_SCHEDULE_H

#include "cron.h"

enum schedule_kind {
	SCHEDULE_ONCE,
	SCHEDULE_RATE,  /* every `period`, counted from the first run */
	SCHEDULE_DELAY, /* `period` after the end of the last run */
	SCHEDULE_CRON,
};

/* All times are seconds of the calendar (schedule_now), which can be set, forth and back. */
struct schedule {
	enum schedule_kind kind;
	double period;
	struct cron cron;
};

double schedule_now(void);

/* When the first run is due: at once, but for cron. */
double schedule_first(const struct schedule *schedule, double now);

/*
 * The time that a run which was due at `due` and begins now stands for, the last one not after `now`: one run makes up
 * for all that were missed before it, and the grid of a rate stays where it is.
 */
double schedule_begun(const struct schedule *schedule, double due, double now);

/* When the run is due that follows one which stood for `due` and ended at `ended`; when that is before `ended`, at once.
 * HUGE_VAL: never. */
double schedule_next(const struct schedule *schedule, double due, double ended);

/* The same time, or, when the clock was set back so far that it cannot be the right one, a period from now:
 * with a rate or a delay nothing is due later than the period, and `spread`, from now. */
double schedule_sane(const struct schedule *schedule, double due, double spread, double now);

#endif
