#include "schedule.h"
#include "check.h"

#include <math.h>

static const struct schedule once = { .kind = SCHEDULE_ONCE },
			     rate = { .kind = SCHEDULE_RATE, .period = 60 },
			     delay = { .kind = SCHEDULE_DELAY, .period = 60 };

static bool is(double a, double b)
{
	return a > b - 1e-6 && a < b + 1e-6;
}

int main(void)
{
	struct fail fail = { 0 };
	struct schedule cron = { .kind = SCHEDULE_CRON };
	setenv("TZ", "UTC0", 1);
	CHECK(cron_read("*/10 * * * *", &cron.cron, &fail));

	/* the first run */
	CHECK(is(schedule_first(&once, 1000), 1000));
	CHECK(is(schedule_first(&rate, 1000.5), 1000.5));
	CHECK(is(schedule_first(&delay, 1000), 1000));
	CHECK(is(schedule_first(&cron, 1000), 1200));
	CHECK(is(schedule_first(&cron, 1200.5), 1800));

	/* the next: a rate does not drift, however long a run takes */
	CHECK(isinf(schedule_next(&once, 1000, 1010)));
	CHECK(is(schedule_next(&rate, 1000, 1010), 1060));
	CHECK(is(schedule_next(&rate, 1000, 1059.9), 1060));
	CHECK(is(schedule_next(&delay, 1000, 1010), 1070));
	CHECK(is(schedule_next(&cron, 1200, 1210), 1800));
	double due = 1000;
	for (int i = 0; i < 1000; i++)
		due = schedule_next(&rate, due, due + 7.3);
	CHECK(is(due, 1000 + 60 * 1000));

	/* a run that took too long: at once */
	CHECK(is(schedule_next(&rate, 1000, 1060), 1060));
	CHECK(is(schedule_next(&rate, 1000, 1130), 1060));
	CHECK(is(schedule_next(&cron, 1200, 4000), 1800));

	/* one that begins late makes up for those before it, and the grid stays where it was */
	CHECK(is(schedule_begun(&once, 1000, 5000), 1000));
	CHECK(is(schedule_begun(&rate, 1000, 1000.5), 1000));
	CHECK(is(schedule_begun(&rate, 1000, 1059.9), 1000));
	CHECK(is(schedule_begun(&rate, 1000, 1630), 1600));
	CHECK(is(schedule_begun(&delay, 1000, 1630), 1630));
	CHECK(is(schedule_begun(&cron, 1200, 1200), 1200));
	CHECK(is(schedule_begun(&cron, 1200, 4000), 4000));
	CHECK(is(schedule_begun(&rate, 1000, 500), 1000));
	CHECK(is(schedule_next(&rate, 1120, 1135), 1180));
	CHECK(is(schedule_next(&cron, 4000, 4010), 4200));
	due = schedule_begun(&rate, 1000, 1000 + 60 * 500 + 7);
	CHECK(is(schedule_next(&rate, due, due + 9), 1000 + 60 * 501));

	/* the clock was set back while it ran, or while it waits */
	CHECK(is(schedule_next(&rate, 1000, 500), 560));
	CHECK(is(schedule_next(&cron, 4200, 1000), 1200));
	CHECK(is(schedule_sane(&rate, 1060, 0, 1010), 1060));
	CHECK(is(schedule_sane(&rate, 1060, 0, 500), 560));
	CHECK(is(schedule_sane(&delay, 1060, 10, 995), 1060));
	CHECK(is(schedule_sane(&delay, 1060, 10, 500), 560));
	CHECK(is(schedule_sane(&cron, 4200, 0, 500), 4200));
	CHECK(isinf(schedule_sane(&once, HUGE_VAL, 0, 500)));
	return check_end("schedule");
}
