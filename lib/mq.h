/* mq: publishing to the broker, with confirms. */
#ifndef OCTI_MQ_H
#define OCTI_MQ_H

#include "buf.h"

struct mq; /* a connection, re-made when it is lost */

/* All text is borrowed for the life of the connection. */
struct mq_options {
	const char *host;
	uint16_t port;
	const char *vhost;
	const char *user;
	const char *pass;
	bool tls;
	bool verify;            /* check the broker's certificate and that host is in it */
	const char *ca;         /* each a file, or PEM text; NULL: the system's authorities */
	const char *cert, *key; /* client certificate (and its chain), NULL: none; and its key,
				 * NULL: in the same file or text */
	const char *passphrase; /* of the key; NULL: none */
	double connect_timeout; /* seconds for one attempt, TLS and login included */
	double timeout;         /* seconds without a new confirm before giving up; nacks, lost
				 * connections and a broker that accepts nothing (its memory or disk
				 * alarm) are borne until then; waiting for the gate does not count */
	/* NULL, or told what is worth a line: reconnecting, waiting. */
	void (*say)(void *ctx, const char *text);
	void *ctx;
};

enum mq_gate { MQ_GO, MQ_WAIT, MQ_STOP };

/* `count` messages for one exchange and key, made when they are wanted: a message that has to be
 * sent again is made again, so none is kept. */
struct mq_batch {
	const char *exchange, *routing;
	const char *queue; /* named in errors; its depth is what mq_depth tells */
	size_t count;
	size_t window;       /* messages sent and not yet confirmed, at most; 0 is 1 */
	size_t window_bytes; /* and their bytes, at most (one message may be larger); 0: no limit */

	/* Puts message `index` (from 0) into the empty body, the same each time. False: the batch
	 * ends with the fail it has set. */
	bool (*make)(void *ctx, size_t index, struct buf *body, struct fail *fail);
	/* NULL, or appends to text what message `index` is ("object 17 (indicator--...)"), for errors. */
	void (*name)(void *ctx, size_t index, struct buf *text);
	/* NULL, or asked before the first message, once a second, and at once when a signal has ended
	 * a wait (so that a flag set by a handler can be looked at): may more be sent? MQ_WAIT is
	 * asked again after a second, while heartbeats are served; MQ_STOP has set fail. It may call
	 * mq_depth; one that stops because mq_depth could not ask (the connection is lost) is not
	 * obeyed but asked again. Heartbeats are not served while it runs (seconds, not minutes), and it
	 * is not asked during an attempt to reconnect (connect_timeout). */
	enum mq_gate (*gate)(void *ctx, struct mq *mq, struct fail *fail);
	/* NULL, or told how many are confirmed, not more often than ten times a second and at the end. */
	void (*progress)(void *ctx, size_t confirmed);
	void *ctx;
};

/* Connects and logs in, with one attempt of connect_timeout (looking up the name has the system's
 * own limit). NULL: FAIL_RETRY when the broker is not there, FAIL_NO when it refuses the login, the
 * vhost or our certificate, or we refuse its; FAIL_USAGE when a certificate or key cannot be read. */
struct mq *mq_open(const struct mq_options *options, struct fail *fail);

/* Says goodbye when the broker listens. NULL does nothing. */
void mq_close(struct mq *mq);

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
bool mq_publish(
	struct mq *mq, const struct mq_batch *batch, size_t *confirmed, struct fail *fail);

/* Messages ready in a queue, by a passive declare on a channel of its own, within connect_timeout.
 * FAIL_NO when there is no such queue or it may not be looked at, FAIL_RETRY when the broker cannot
 * be asked for now. *messages is set on success only. */
bool mq_depth(struct mq *mq, const char *queue, uint64_t *messages, struct fail *fail);

#endif
