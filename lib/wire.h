/* wire: AMQP 0-9-1, as librabbitmq speaks it: the login, what is said and what is heard. */
#ifndef OCTI_WIRE_H
#define OCTI_WIRE_H

#include "buf.h"

struct wire; /* one connection to the broker */

/* All text is borrowed for as long as the struct is used. */
struct wire_options {
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
};

/* Adds HOST:PORT. */
void wire_where(const struct wire_options *options, struct buf *text);

/*
 * Connects, logs in and opens a channel, with one attempt until a time of clock_now (looking up the
 * name has the system's own limit). NULL: FAIL_RETRY when the broker is not there, FAIL_NO when it
 * refuses the login, the vhost or our certificate, or we refuse its; FAIL_USAGE when a certificate or
 * key cannot be read.
 */
struct wire *wire_open(const struct wire_options *options, double deadline, struct fail *fail);

/* Says goodbye, and waits a second for the answer. Only before wire_free. */
void wire_goodbye(struct wire *wire);

/* Forgets the connection. NULL does nothing. */
void wire_free(struct wire *wire);

/* Once, after wire_open: messages sent are to be confirmed; or those of a queue are to be delivered,
 * at most prefetch of them unsettled (0: any). False: they fail as wire_open does (and a queue that
 * is missing or forbidden is FAIL_NO), *code is the broker's code for the queue (404: there is none),
 * or 0, and wire_free is all that is left. */
bool wire_confirms(struct wire *wire, double deadline, struct fail *fail);
bool wire_consume(struct wire *wire, const char *queue, uint16_t prefetch, double deadline,
	int *code, struct fail *fail);

int wire_fd(const struct wire *wire);        /* not blocking; to poll */
bool wire_ahead(const struct wire *wire);    /* more has been read than was heard yet */
int wire_heartbeat(const struct wire *wire); /* seconds, as agreed with the broker; 0: none */
size_t wire_part_max(const struct wire *wire);

/*
 * What is said does not wait as long as the kernel has room for it; else it waits for the other side
 * to take it. False: the connection is broken, wire_why tells how, and wire_free is all that is left.
 */

/* A message, persistent, mandatory, content_encoding "utf-8" (what pycti sets): its size, then its
 * body in parts of wire_part_max bytes at most. */
bool wire_publish(struct wire *wire, const char *exchange, const char *routing, uint64_t size);
bool wire_part(struct wire *wire, const void *bytes, size_t n);

bool wire_ack(struct wire *wire, uint64_t tag);
bool wire_nack(struct wire *wire, uint64_t tag, bool requeue);
bool wire_cancel(struct wire *wire); /* what wire_consume began */
bool wire_beat(struct wire *wire);   /* a heartbeat */

/* Asks for the depth of a queue, by a passive declare on a channel of its own; one at a time. */
bool wire_ask(struct wire *wire, const char *queue);

/* What is heard. */
enum wire_kind {
	WIRE_CONFIRMED, /* tag, multiple: a message sent has arrived, */
	WIRE_REFUSED,   /* or has not */
	WIRE_RETURNED, /* text: a message sent is unroutable, for this reason; and comes back: */
	WIRE_DELIVERED, /* tag, redelivered: a message of the queue comes: */
	WIRE_SIZE,      /* size: its body has so many bytes; then, unless that is 0, */
	WIRE_BYTES,     /* bytes, size: the next part of its body */
	WIRE_CANCELLED, /* no more messages of the queue will be delivered */
	WIRE_BLOCKED,   /* text: no messages are accepted for now, for this reason; */
	WIRE_UNBLOCKED, /* now they are */
	WIRE_DEPTH,     /* size, consumers: the queue asked for has so many messages ready, */
	WIRE_UNKNOWN,   /* or code, text ("404 NOT_FOUND - ..."): it cannot be told */
	WIRE_CLOSED,    /* code, text: what was said is refused, and nothing more is heard */
	WIRE_LOST,      /* text: the connection has ended, for this reason */
	WIRE_OTHER,     /* nothing to act upon */
};

struct wire_event {
	enum wire_kind kind;
	uint64_t tag;
	bool multiple; /* and all messages before it */
	bool redelivered;
	int code;
	const char *text;
	const void *bytes;
	uint64_t size;
	uint32_t consumers;
};

/* Takes one event of what has come, without waiting; a heartbeat that is due goes out meanwhile. What
 * the event points to is borrowed until the next call. A connection that breaks is WIRE_LOST. False:
 * nothing more has come. */
bool wire_read(struct wire *wire, struct wire_event *event);

/* How the connection broke. Borrowed until the next call of anything else. */
const char *wire_why(const struct wire *wire);

#endif
