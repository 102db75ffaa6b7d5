/* position: how far a stream has been followed, as pycti keeps it in the connector's state. */
#ifndef OCTI_POSITION_H
#define OCTI_POSITION_H

#include "conf.h"
#include "span.h"

/* Zero-initialised; position_release at the end. */
struct position {
	struct buf from; /* where it goes on: the id of an event, or a date */
	struct buf
		recover; /* the database is read up to this date first, as it was configured; empty: it is not */
	struct buf held; /* an id under which more is to come: not to go on from */
};

/* Where the configuration begins: at CONNECTOR_LIVE_STREAM_START_TIMESTAMP, else at the beginning, with the
 * database up to CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE ("no": without it), else up to now. */
bool position_begin(struct position *position, const struct conf *conf, struct fail *fail);

/* Where the state (a checked object) left off: connectorLastEventId or start_from, connectorStartTime or
 * recover_until. False when it says nothing of a stream (or on failure). */
bool position_read(struct position *position, struct span state, struct fail *fail);

/* Up to which date the database is read; NULL: it is not, as pycti has it for "no" and its like. Borrowed. */
const char *position_until(const struct position *position);

/* Adds that state with the position in it. */
void position_print(const struct position *position, struct span state, struct buf *to);

/*
 * Something of this id has come. A dependency comes before the event that it belongs to, under the same id,
 * so that there, and at a heartbeat behind it, nothing moves. The platform's `no-recover` has an id of
 * its own making, behind events that are still to come; it says in `resume_from` (NULL: it does not) where they
 * begin. True when the position moved.
 */
enum position_sort { POSITION_EVENT, POSITION_BEAT, POSITION_DEPENDENCY, POSITION_NO_RECOVER };
bool position_pass(struct position *position, const char *id, enum position_sort sort,
	const char *resume_from);

/* Reads the database again, up to now. */
void position_catch_up(struct position *position);

/* Whether events that were to come are older than the stream's first, and will not come from the database
 * either. `id` and `date` are that event's, as the platform tells them. */
bool position_missed(const struct position *position, const char *id, const char *date);

bool position_ok(const struct position *position, struct fail *fail);
void position_copy(struct position *to, const struct position *from);
void position_release(struct position *position);

#endif
