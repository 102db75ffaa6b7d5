/* errand: a handler that is run on one batch of events after another. */
#ifndef OCTI_ERRAND_H
#define OCTI_ERRAND_H

#include "outlet.h"
#include "pool.h"

/* Zero-initialised, the first rows filled by the owner; errand_release at the end. */
struct errand {
	struct outlet *outlet;
	size_t batch;   /* events of a run, at most */
	double linger;  /* seconds that the first may wait for the others */
	double timeout; /* seconds that a run may take; 0: any */

	struct pool pool;
	size_t count; /* events of the batch in hand */
	size_t alone; /* so many are to be run each by itself, for a batch with them has failed */
	struct fail end; /* what makes no sense to go on with */
};

void errand_open(struct errand *errand);

/*
 * Takes what a run has to say, and starts the next one: the events are on its standard input, one a line. They
 * are done when it exits with 0, and what it printed goes to our stdout then. Otherwise it runs again, later and
 * later, `max_tries` times; after that each event of the batch by itself, and then the event has failed. A program
 * that is not found (127) or cannot be run (126) is FAIL_USAGE.
 */
bool errand_serve(struct errand *errand, bool starting, struct fail *fail);
double errand_due(const struct errand *errand);

void errand_release(struct errand *errand);

#endif
