/* consume: the messages of a queue, each kept by the broker until it is settled. */
#ifndef OCTI_CONSUME_H
#define OCTI_CONSUME_H

#include "wire.h"

struct consumer; /* lives through any number of connections, one after the other */

/* Why consume_open or consume_serve returned false. After each of them the connection is gone, and
 * what was delivered on it and not settled comes again, to us or to another. */
enum consume_end {
	CONSUME_UP,       /* it did not */
	CONSUME_AWAY,     /* no broker, or the connection is lost: open again after a while */
	CONSUME_REFUSED,  /* login, vhost, certificate or queue is not for us (FAIL_NO), or a
			    * certificate or key cannot be read (FAIL_USAGE) */
	CONSUME_NO_QUEUE, /* there is no such queue (404, FAIL_NO): register, then open again */
	CONSUME_CANCELLED, /* the broker ended the delivery (FAIL_RETRY), for the queue was
			    * deleted, or moved: open again, and CONSUME_NO_QUEUE tells which */
	CONSUME_TOO_LATE, /* a message was not settled in the broker's time (406, consumer_timeout,
			    * 30 minutes on a stock broker; FAIL_RETRY): open again */
};

struct consume_message {
	uint64_t tag;     /* settles it; unlike those of earlier connections */
	bool redelivered; /* it was delivered before, to us or to another, and not settled */
	bool too_large;   /* above max_bytes: the body is empty; settle it nevertheless */
	uint64_t size;    /* of the body in bytes */
	struct buf *body; /* may be emptied with buf_take, else is forgotten afterwards */
};

/* All text is borrowed until the consumer is freed or opened again. */
struct consume_options {
	struct wire_options broker;
	const char *queue;
	uint16_t prefetch; /* messages delivered and not settled, at most; 0 is 1 */
	size_t max_bytes;  /* of a body; 0: no limit */
	/* Called by consume_serve for each message that is complete, in the broker's order. It may
	 * settle this and other messages and call consume_cancel, and none of the other functions. */
	void (*deliver)(void *ctx, const struct consume_message *message);
	void *ctx;
};

/* Not connected yet. NULL: no memory. */
struct consumer *consume_new(struct fail *fail);

/* Closes the connection, if there is one, and frees. NULL does nothing. */
void consume_free(struct consumer *consumer);

/*
 * Connects, within connect_timeout (looking up the name has the system's own limit), and asks for
 * the messages of the queue; no message is delivered yet. A connection that is there is closed
 * first. False: one attempt has failed, consume_end says how.
 */
bool consume_open(
	struct consumer *consumer, const struct consume_options *options, struct fail *fail);

/* Says goodbye, after what is settled has been sent, within two seconds; delivers nothing. What is not
 * settled is delivered again, to us or to another. The consumer may be opened again. */
void consume_close(struct consumer *consumer);

/* For poll with POLLIN; -1 when there is no connection. It changes when the consumer is opened. */
int consume_fd(const struct consumer *consumer);

/* Seconds, at least 0, until consume_serve wants to be called though nothing has come: a heartbeat
 * is due, the broker's is overdue, something could not be sent yet, or the connection was lost in
 * another call. HUGE_VAL when there is no connection and consume_serve has said so. Ask anew before
 * each poll: consume_open may have read ahead, and a message that is settled may have to wait. */
double consume_timeout(const struct consumer *consumer);

/*
 * Takes all that has come, without waiting, and sends heartbeats. False: the connection is gone,
 * all its tags are void, and consume_end tells why; so it is when there is no connection. (When the
 * broker ends the delivery, the goodbye to it may take a second.)
 *
 * Our heartbeats go out every 5 seconds (half of what is agreed with the broker, 10 or less) and
 * only from here. RabbitMQ hangs up after 20 seconds of silence at the least: between two calls
 * there may be 10 seconds, not more. A broker that is silent for 20 seconds is lost to us.
 */
bool consume_serve(struct consumer *consumer, struct fail *fail);

/* Why the last consume_open or consume_serve returned false; CONSUME_UP when it did not. */
enum consume_end consume_end(const struct consumer *consumer);

/*
 * Settle a message: it is done; it is to be delivered again, at once when others have room for it
 * (the broker does not count how often, nor wait); it is dropped, or goes where the queue sends its
 * dead letters. They do not wait: what does not fit on the way now goes with a later consume_serve.
 * A tag that is settled already, or of an earlier connection, is ignored. Whether the broker has heard
 * it is never certain: a connection that is lost soon after may bring the message again.
 */
void consume_ack(struct consumer *consumer, uint64_t tag);
void consume_requeue(struct consumer *consumer, uint64_t tag);
void consume_drop(struct consumer *consumer, uint64_t tag);

/* No new message is delivered from now on: those on the way are given back. The messages delivered
 * stay ours, and consume_serve is still to be called. Lasts until the consumer is opened again. */
void consume_cancel(struct consumer *consumer);

#endif
