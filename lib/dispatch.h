/* dispatch: parcels of one work, sent where the configuration says, after a review when it wants one. */
#ifndef OCTI_DISPATCH_H
#define OCTI_DISPATCH_H

#include "queue.h"
#include "sink.h"

/* The first rows are the owner's to fill. Borrowed until dispatch_close. */
struct dispatch {
	struct platform *platform;
	const struct registration *registration;
	struct queue_options queue;
	struct parcel_options
		reading; /* how parcels are to be read; dispatch_open completes it */

	struct sinks sinks;
	bool reviewed;       /* CONNECTOR_VALIDATE_BEFORE_IMPORT: into a draft */
	struct buf draft_id; /* made for the first parcel */
	size_t objects;      /* in the parcels that were sent */
	size_t reports;      /* that the workers will make for them; SIZE_MAX: not known */
};

/* FAIL_USAGE when the configuration contradicts itself. dispatch_close is due in any case. */
bool dispatch_open(struct dispatch *dispatch, struct fail *fail);

/* Whether what is sent belongs to a work: it goes to the platform, not only to files. */
bool dispatch_wants_work(const struct dispatch *dispatch);

/* Sends a parcel under a work (NULL: none) that is ours to close. */
bool dispatch_send(struct dispatch *dispatch, const struct parcel *parcel, const char *work_id,
	struct fail *fail);

void dispatch_close(struct dispatch *dispatch);

#endif
