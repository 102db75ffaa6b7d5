/* harvest: what the command of a run prints, on its way to the platform: whole when it has ended, or in parts as it comes. */
#ifndef OCTI_HARVEST_H
#define OCTI_HARVEST_H

#include "claim.h"
#include "dispatch.h"
#include "flow.h"
#include "kept.h"

/* The first rows are the owner's to fill. Borrowed until harvest_release. */
struct harvest {
	struct claim *claim;       /* whose work is opened before anything is sent */
	time_t began;              /* the run, which the work is called after */
	struct dispatch *dispatch; /* that sends it */
	uint64_t batch; /* send after so many objects; 0: when the command has ended */
	double linger;  /* send after so many seconds, too; 0: not */

	bool any; /* there is something: more than white space or, in parts, an object */
	struct fail failed; /* why no more is wanted */

	struct kept kept; /* when it is sent whole */
	struct flow flow; /* when it is sent in parts */
	struct buf part;
	size_t part_count;
	double part_since;
};

void harvest_open(struct harvest *harvest);

/* Whether it is sent in parts. */
bool harvest_parts(const struct harvest *harvest);

/* Takes what is printed (proc.h): ctx is the harvest. False, and `failed` says why, when no more is wanted: it cannot be
 * kept, or a part is no STIX or was not sent. */
bool harvest_take(void *ctx, const char *bytes, size_t n);

/* To be called now and then when it is sent in parts: one that is not full goes when it has waited long enough. */
void harvest_tick(void *ctx);

/* The command has come to a good end: the rest is sent, and every message confirmed. */
bool harvest_finish(struct harvest *harvest, struct fail *fail);

void harvest_release(struct harvest *harvest);

#endif
