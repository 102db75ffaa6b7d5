/* claim: that a run of a connector may go on, alone if it is to be, and the work that shows it on the platform. */
#ifndef OCTI_CLAIM_H
#define OCTI_CLAIM_H

#include "platform.h"

#include <time.h>

/* The first rows are the owner's to fill. Texts are borrowed. */
struct claim {
	struct platform *platform;
	const char *connector_id;
	const char *path; /* of a lock that runs on this machine take; NULL: they may overlap */
	const char *work; /* what works are called; NULL: after the connector and the time */
	bool unseen;      /* what is sent belongs to no work */

	int lock;           /* -1: none (lock.h) */
	struct buf work_id; /* empty: none is open */
};

/* Closes the works that killed runs left open, in error. */
bool claim_sweep(const struct claim *claim, struct fail *fail);

/*
 * Does that too; and with a lock makes sure that no other copy runs that has one: on this machine by the
 * lock, on others by the works that the connector has open, for which ours is opened now. Of two that begin
 * together, and see each other's work, the one whose work is younger gives way. *taken: another one runs,
 * and fail says which.
 */
bool claim_take(struct claim *claim, time_t began, bool *taken, struct fail *fail);

/* Opens the work, unless that was done, or there is to be none. */
bool claim_open(struct claim *claim, time_t began, struct fail *fail);

/* The id of the work that was opened; NULL: none. Borrowed. */
const char *claim_work(const struct claim *claim);

/* Gives back the lock; the work stays as it is. */
void claim_release(struct claim *claim);

#endif
