/* connector: one as the platform knows it: its state, its queue, its pings. */
#ifndef OCTI_CONNECTOR_H
#define OCTI_CONNECTOR_H

#include "registration.h"

#include <time.h>

/* What the platform holds of a connector that is registered: the members of a registration without s3 and jwks, and
 * name, active, connector_type, connector_state_reset. Changes nothing. One that the platform does not know is
 * FAIL_NO, *unknown true. */
bool connector_look(struct platform *platform, const char *id,
	struct registration *registration, bool *unknown, struct fail *fail);

/* Adds the connector's id: that of the registration in $OCTI_REGISTRATION, else CONNECTOR_ID. */
bool connector_own_id(struct platform *platform, struct buf *id, struct fail *fail);

/* What a ping tells of the connector's runs (ConnectorInfoInput; the threshold is configured).
 * Zero-initialised: nothing has run. */
struct connector_info {
	bool run_and_terminate;    /* it ends after a run */
	bool buffering;            /* it does not run, for its queue is too full */
	double queue_megabytes;    /* in its queues, as last looked at */
	time_t last_run, next_run; /* 0: none */
};

/*
 * One ping. state: the text to store ("null" for no state, as pycti). Fills answer with the
 * connector as the platform tells it, one JSON object: when its connector_state is not what was
 * sent, a reset was pending, and nothing was stored. info NULL: what is stored of it stays. A
 * connector that the platform does not know is FAIL_NO, *unknown true.
 */
bool connector_ping(struct platform *platform, const char *id, const char *state,
	const struct connector_info *info, struct buf *answer, bool *unknown,
	struct fail *fail);

/* A ping that leaves the state as it is: reads it and sends it back. *reset: a reset was pending. What
 * another process stores between the two is lost, and nothing on the platform prevents it. */
bool connector_beat(struct platform *platform, const char *id,
	const struct connector_info *info, struct buf *answer, bool *reset, bool *unknown,
	struct fail *fail);

/* The connector's state is in hand of one process at a time: of who reads it to send it back, or of who stores
 * another. Waits for the platform's lock, if it has one; lock_drop (lock.h) gives it back. */
bool connector_turn(const struct platform *platform, int *turn, struct fail *fail);

/* Whether the answer of a ping says that the state is as it was sent. */
bool connector_kept(const struct buf *answer, const char *state);

/* The stored state, "" for none, and whether a reset is pending. */
bool connector_state(struct platform *platform, const char *id, struct buf *state, bool *reset,
	bool *unknown, struct fail *fail);

/* What the platform remembers for the connector. Zero-initialised; connector_forget at the end. */
struct connector_memory {
	struct buf state; /* the text, "" for none */
	struct buf
		reset_at; /* when it was last reset, or the connector made; another text each time */
	bool reset;       /* the next ping is ignored, for it was reset just now */
};
bool connector_recall(struct platform *platform, const char *id,
	struct connector_memory *memory, struct fail *fail);
void connector_forget(struct connector_memory *memory);

/* Bytes in the connector's queues, as the platform counts them. */
bool connector_queue_bytes(
	struct platform *platform, const char *id, double *bytes, struct fail *fail);

/* Deletes the connector, its works, its queues and its state. */
bool connector_unregister(struct platform *platform, const char *id, struct fail *fail);

#endif
