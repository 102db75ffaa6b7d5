/* inbox: the connector's own queue, whatever happens to its connection. */
#ifndef OCTI_INBOX_H
#define OCTI_INBOX_H

#include "agent.h"
#include "consume.h"

/* The first rows are the owner's to fill. */
struct inbox {
	struct agent *agent;
	uint16_t prefetch; /* messages in hand, at most */
	size_t max_bytes;  /* of a message; 0: no limit */
	void (*deliver)(void *ctx, const struct consume_message *message); /* see consume.h */
	void (*lost)(void *ctx); /* all tags are void */
	void *ctx;

	struct consumer *consumer;
	bool connected, was_connected, said_lost, closing;
	double at, delay; /* when to connect, and how long to wait for the next time */
};

/* Connects with the first inbox_connect. The agent's `linked` follows, and it is ready when that has been
 * done. FAIL_RETRY (memory). inbox_close is due in any case. */
bool inbox_open(struct inbox *inbox, struct fail *fail);

/*
 * Connects when it is time to. A broker that is away is tried again, after half a second at first, up to
 * ten; a queue that is gone has the agent register the connector. False: the first broker that answered
 * refuses us, or where it is is configured wrongly (FAIL_USAGE), and it makes no sense to go on.
 */
bool inbox_connect(struct inbox *inbox, struct fail *fail);

/* To wait for until it can be read (-1: there is no connection); seconds until inbox_connect or inbox_serve
 * is due all the same, HUGE_VAL: never. */
int inbox_fd(const struct inbox *inbox);
double inbox_timeout(const struct inbox *inbox);

/* Takes what has come, and says when the connection is lost. */
void inbox_serve(struct inbox *inbox);

/* Connects anew: where the broker is, and who we are, has changed. */
void inbox_renew(struct inbox *inbox);

/* As consume_ack and so on; without effect for a tag that is void. */
void inbox_ack(struct inbox *inbox, uint64_t tag);
void inbox_requeue(struct inbox *inbox, uint64_t tag);

/* No new message, and no new connection, from now on. */
void inbox_finish(struct inbox *inbox);

/* In a process made by fork: closes the descriptor. */
void inbox_forget(struct inbox *inbox);

void inbox_close(struct inbox *inbox);

#endif
