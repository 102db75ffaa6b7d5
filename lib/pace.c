#include "pace.h"

#include "clock.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static const double minute = 60;

bool pace_init(struct pace *pace, size_t limit, struct fail *fail)
{
	*pace = (struct pace){ .limit = limit };
	if (!limit)
		return true;
	pace->times = malloc(limit * sizeof *pace->times);
	if (!pace->times)
		return fail_memory(fail);
	for (size_t i = 0; i < limit; i++)
		pace->times[i] = -HUGE_VAL;
	return true;
}

size_t pace_room(const struct pace *pace)
{
	double before = clock_now() - minute;
	size_t low = 0, high = pace->limit;
	if (!pace->limit)
		return SIZE_MAX;
	while (low < high) { /* from the oldest on, those that went before it */
		size_t middle = low + (high - low) / 2;
		if (pace->times[(pace->next + middle) % pace->limit] <= before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void pace_note(struct pace *pace, size_t count)
{
	for (double now = clock_now(); pace->limit && count; count--) {
		pace->times[pace->next] = now;
		pace->next = (pace->next + 1) % pace->limit;
	}
}

double pace_due(const struct pace *pace, size_t count)
{
	if (!pace->limit)
		return 0;
	double due = pace->times[(pace->next + count - 1) % pace->limit] + minute - clock_now();
	return due > 0 ? due : 0;
}

void pace_release(struct pace *pace)
{
	free(pace->times);
	*pace = (struct pace){ 0 };
}
