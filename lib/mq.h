/* mq: publishing to the broker, with confirms. */
#ifndef OCTI_MQ_H
#define OCTI_MQ_H

#include "buf.h"

struct mq; /* a connection with one channel, re-made when it is lost */

/* All text is borrowed for the life of the connection. */
struct mq_options {
	const char *host;
	uint16_t port;
	const char *vhost;
	const char *user;
	const char *pass;
	bool tls;
	bool verify;            /* check the broker's certificate and name */
	const char *ca;         /* each a path, or PEM text; NULL: the system's authorities */
	const char *cert, *key; /* client certificate; NULL: none */
	const char *passphrase; /* of the key; NULL: none */
	double connect_timeout; /* seconds for one attempt, TLS and login included */
	double timeout;         /* seconds without any progress before giving up; nacks and lost
				 * connections are retried until then */
	void (*say)(void *ctx, const char *text); /* what is worth a line: reconnecting, waiting */
	void *ctx;
};

enum mq_gate { MQ_GO, MQ_WAIT, MQ_STOP };

/* `count` messages for one exchange and key, made when they are wanted: a message that has to be
 * sent again is made again, so none is kept. */
struct mq_batch {
	const char *exchange, *routing;
	const char *queue; /* named in errors; its depth is what mq_depth tells */
	size_t count;
	size_t window;       /* messages sent and not yet confirmed, at most */
	size_t window_bytes; /* and their bytes, at most (one message may be larger) */

	/* Puts message `index` (from 0) into the empty body. */
	bool (*make)(void *ctx, size_t index, struct buf *body, struct fail *fail);
	/* What message `index` is, for errors ("object 17 (indicator--...)"); writes into text. */
	void (*name)(void *ctx, size_t index, struct buf *text);
	/* NULL, or asked once a second at most, and before the first message: may more be sent?
	 * MQ_WAIT is asked again after a second, while heartbeats are served; MQ_STOP has set fail. */
	enum mq_gate (*gate)(void *ctx, struct mq *mq, struct fail *fail);
	/* NULL, or told how many are confirmed, not more often than ten times a second. */
	void (*progress)(void *ctx, size_t confirmed);
	void *ctx;
};

/* Connects and logs in, trying for connect_timeout. NULL: FAIL_RETRY when the broker is not
 * there, FAIL_NO when it refuses the login, the vhost or our trust in its certificate. */
struct mq *mq_open(const struct mq_options *options, struct fail *fail);
void mq_close(struct mq *mq);

/*
 * Publishes all of the batch in order, persistent, mandatory, content_encoding "utf-8" (what
 * pycti sets), and returns true when every message is confirmed. *confirmed counts those that are,
 * on failure too. A message that the broker returns as unroutable is FAIL_NO and names the queue; one
 * it nacks is sent again after a growing delay; a lost connection is re-made and exactly the
 * unconfirmed messages are sent again; one above the broker's maximum (406) is FAIL_NO and named.
 */
bool mq_publish(struct mq *mq, const struct mq_batch *batch, size_t *confirmed, struct fail *fail);

/* Messages ready in a queue, by a passive declare on a channel of its own. */
bool mq_depth(struct mq *mq, const char *queue, uint64_t *messages, struct fail *fail);

#endif
