/* queue: a bundle put on the connector's push queue, and what the work is told of it. */
#ifndef OCTI_QUEUE_H
#define OCTI_QUEUE_H

#include "message.h"
#include "parcel.h"
#include "registration.h"

struct queue_options {
	size_t window; /* messages sent and not yet confirmed */
	size_t window_bytes;
	double timeout;   /* seconds without progress before giving up */
	double max_bytes; /* of the connector's queues, as the platform counts them; 0: any */
	uint64_t max_messages; /* of the push queue, as the broker counts them; 0: any */
	bool fail_when_full;   /* else wait for room */
	size_t max_message;    /* bytes that the broker takes in one message; 0: not known */
	/* NULL, or told each time when the platform has counted: whether it is too much. */
	void (*look)(void *ctx, double bytes, bool full);
	void *ctx;
	double patience; /* seconds that it goes on for when a signal came (clock.h) */
	bool owned;      /* the work is ours: its caller closes it, and tells what failed */
};

/* What came of it. */
struct queue_result {
	size_t expected;  /* what the work was told to expect */
	size_t confirmed; /* messages */
	uint64_t bytes;   /* of messages made, each counted once */
	size_t unsent;    /* of `expected`: what nothing will meet */
	size_t reports;   /* that the workers will make for what is confirmed */
};

/*
 * Publishes all parts of the parcel (with message->no_split, all in one message), after adding
 * the expectations to message->work_id when there is one. A work that is gone is FAIL_NO before
 * anything is sent, for the workers would drop the messages; so is a message above max_message,
 * and it is named. When sending fails and the work is
 * not ours, one error is reported for all that was not sent, and the rest is taken back.
 */
bool queue_send(struct platform *platform, const struct registration *registration,
	const struct parcel *parcel, const struct message *message,
	const struct queue_options *options, struct queue_result *result, struct fail *fail);

/* How many messages the parcel makes, and the body of one of them. */
size_t queue_count(const struct parcel *parcel, const struct message *message);
bool queue_body(const struct parcel *parcel, const struct message *message, size_t index,
	struct buf *content, struct buf *body, struct fail *fail);

#endif
