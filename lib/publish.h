/* publish: messages put on an exchange, each confirmed by the broker. */
#ifndef OCTI_PUBLISH_H
#define OCTI_PUBLISH_H

#include "batch.h"
#include "wire.h"

struct publisher; /* its connection is made again when it is lost */

/* All text is borrowed for the life of the publisher. */
struct publish_options {
	struct wire_options broker;
	double timeout; /* seconds without a new confirm before giving up; nacks, lost connections
			 * and a broker that accepts nothing (its memory or disk alarm) are borne
			 * until then; waiting for the gate does not count */
	/* NULL, or told what is worth a line: reconnecting, waiting. */
	void (*say)(void *ctx, const char *text);
	void *ctx;
};

/* Connects and logs in, with one attempt of connect_timeout. NULL: it fails as wire_open does. */
struct publisher *publish_open(const struct publish_options *options, struct fail *fail);

/* Says goodbye when the broker listens. NULL does nothing. */
void publish_close(struct publisher *publisher);

/*
 * Publishes all of the batch in order, persistent, mandatory, content_encoding "utf-8" (what
 * pycti sets), and returns true when every message is confirmed. *confirmed counts those that are,
 * on failure too (of those in flight then, some may have arrived as well).
 *
 * A message that the broker returns as unroutable is FAIL_NO and names the queue and the message;
 * so is one above the broker's maximum (406). An exchange that is missing (404) or forbidden (403)
 * is FAIL_NO. Messages that the broker nacks are sent again after a growing delay, before any
 * further ones; a lost connection is re-made and exactly the unconfirmed messages are sent again,
 * so that some may arrive twice but each at least once. When nothing is confirmed for `timeout`
 * seconds: FAIL_RETRY. After a failure the connection is closed, and made again when it is next used.
 */
bool publish_batch(struct publisher *publisher, const struct batch *batch, size_t *confirmed,
	struct fail *fail);

/* Messages ready in a queue, asked within connect_timeout. FAIL_NO when there is no such queue or it
 * may not be looked at, FAIL_RETRY when the broker cannot be asked for now. *messages is set on
 * success only. */
bool publish_depth(
	struct publisher *publisher, const char *queue, uint64_t *messages, struct fail *fail);

#endif
