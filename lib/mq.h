/* mq: a connection to the broker that is waited on, kept alive and made again. */
#ifndef OCTI_MQ_H
#define OCTI_MQ_H

#include "wire.h"

struct mq; /* lives through any number of connections, one after the other */

/*
 * Told what the broker says while one of the functions below runs; what the event points to is
 * borrowed for the call. WIRE_LOST is told once for each connection that was there, whoever ended it;
 * WIRE_DEPTH, WIRE_UNKNOWN and WIRE_OTHER never; WIRE_BLOCKED and WIRE_UNBLOCKED with a text to
 * show. It may send, settle, drop and hang up, but not wait, connect or ask.
 */
typedef void mq_tell(void *ctx, const struct wire_event *event);

/* Not connected yet. The text of the options is borrowed for the life of the mq. write_timeout:
 * seconds that the network may keep what was written before the connection counts as lost. NULL: no
 * memory. */
struct mq *mq_new(const struct wire_options *options, double write_timeout, mq_tell *tell,
	void *ctx, struct fail *fail);

/* Hangs up and frees. NULL does nothing. */
void mq_free(struct mq *mq);

/* One attempt, until a time of clock_now, to have a connection on which messages sent are confirmed,
 * or on which those of a queue are delivered, at most prefetch of them unsettled (0: any); only when
 * there is none. They fail as wire_open, wire_confirms and wire_consume, and *code is theirs. */
bool mq_connect(struct mq *mq, double deadline, struct fail *fail);
bool mq_consume(struct mq *mq, const char *queue, uint16_t prefetch, double deadline, int *code,
	struct fail *fail);

bool mq_up(const struct mq *mq);           /* there is a connection */
int mq_fd(const struct mq *mq);            /* to poll; -1 without one */
bool mq_blocked(const struct mq *mq);      /* the broker accepts no messages for now */
const char *mq_where(const struct mq *mq); /* HOST:PORT, borrowed */

/*
 * Waits until the broker has said something, which is then told, or, with to_send, until there is
 * room to send 16 KB; at most until a time of clock_now, and never longer than a second. A heartbeat
 * that is due goes out meanwhile; a broker that is silent for two of them is lost. True: there is
 * room. A signal ends the wait. Only with a connection.
 */
bool mq_wait(struct mq *mq, bool to_send, double until);

/* Whether a signal has ended a wait since this was last asked. */
bool mq_interrupted(struct mq *mq);

/* For who waits elsewhere: seconds until mq_wait has something to do though nothing comes; HUGE_VAL
 * for never. It is to be followed by mq_beat, which sends a heartbeat each half of what is agreed
 * with the broker. */
double mq_timeout(const struct mq *mq);
void mq_beat(struct mq *mq);

/* Whether there is room to send now. */
bool mq_room(struct mq *mq);

/* A message as wire_publish and wire_part say it, when there is room; between two waits not more than
 * 16 KB. False: the connection is lost, which is told. */
bool mq_send(struct mq *mq, const char *exchange, const char *routing, uint64_t size);
bool mq_send_part(struct mq *mq, const void *bytes, size_t n);
size_t mq_part_max(const struct mq *mq);

/* Holds small writes together (on), or lets them go, as a wait that is not to_send does too. */
void mq_cork(struct mq *mq, bool on);

/* Of a message delivered, when there is room: done; to be delivered again; to be dropped, or sent
 * where the queue sends its dead letters. A loss is told. */
enum mq_verdict { MQ_ACK, MQ_REQUEUE, MQ_DROP };
void mq_settle(struct mq *mq, uint64_t tag, enum mq_verdict verdict);

/* Ends the delivery, when there is room; what is on the way still comes. A loss is told. */
void mq_cancel(struct mq *mq);

/* Messages ready in a queue, within connect_timeout. FAIL_NO when there is no such queue or it may
 * not be looked at, FAIL_RETRY when the broker cannot be asked for now. *messages is set on success
 * only. Only with a connection. */
bool mq_depth(struct mq *mq, const char *queue, uint64_t *messages, struct fail *fail);

/* Forgets the connection; mq_hang_up says goodbye first, when the broker listens. Both tell WIRE_LOST
 * with this reason. Without a connection they do nothing. */
void mq_drop(struct mq *mq, const char *why);
void mq_hang_up(struct mq *mq, const char *why);

#endif
