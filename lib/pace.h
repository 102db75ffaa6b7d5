/* pace: so many a minute, and no more. */
#ifndef OCTI_PACE_H
#define OCTI_PACE_H

#include "fail.h"

#include <stddef.h>

/* Zero-initialised, there is no limit. */
struct pace {
	size_t limit;  /* in any minute; 0: any number */
	double *times; /* when the last so many went (clock.h), as a ring */
	size_t next;
};

/* FAIL_RETRY (memory). */
bool pace_init(struct pace *pace, size_t limit, struct fail *fail);

/* How many may go now (SIZE_MAX: any number); notes that so many go (at most those); seconds until so many (1
 * to `limit`) may, not positive when they may now. */
size_t pace_room(const struct pace *pace);
void pace_note(struct pace *pace, size_t count);
double pace_due(const struct pace *pace, size_t count);

void pace_release(struct pace *pace);

#endif
