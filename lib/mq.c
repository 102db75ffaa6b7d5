#include "mq.h"

#include "clock.h"

#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * One thread, one poll. Waiting is ours alone, because librabbitmq's own waits start again after a
 * signal, and one of them (0.11: a send that stays short until the heartbeat is due) has no end. So it
 * is only asked to read what has arrived, and only given what the kernel has said that there is room
 * for: 16 KB between two waits.
 */

#define TICK 1.0 /* seconds between two looks at the clock */

struct mq {
	struct wire_options options;
	double write_timeout;
	mq_tell *tell;
	void *ctx;
	struct buf where; /* HOST:PORT */
	struct buf why;   /* the last loss */

	struct wire *wire; /* NULL: none, or lost */
	int fd;            /* of wire */
	double heard;      /* when bytes last came in */
	double beat_at;    /* when mq_beat sends a heartbeat */
	uint64_t unsent;   /* bytes of the message being sent */
	bool blocked;
	bool corked;
	bool interrupted; /* a signal has ended a wait */

	struct { /* the last question about a queue */
		enum wire_kind
			answer;    /* WIRE_DEPTH, WIRE_UNKNOWN, or WIRE_OTHER for none yet */
		uint64_t messages; /* of WIRE_DEPTH */
		struct buf text;   /* of WIRE_UNKNOWN */
	} depth;
};

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static void forget(struct mq *mq)
{
	wire_free(mq->wire);
	mq->wire = NULL;
	mq->blocked = false;
}

void mq_drop(struct mq *mq, const char *why)
{
	if (!mq->wire)
		return;
	buf_clear(&mq->why);
	buf_text(&mq->why, why);
	forget(mq);
	struct wire_event event = { .kind = WIRE_LOST, .text = buf_str(&mq->why) };
	mq->tell(mq->ctx, &event);
}

void mq_hang_up(struct mq *mq, const char *why)
{
	if (!mq->wire)
		return;
	mq_cork(mq, false);
	if (mq->unsent == 0 && mq_room(mq))
		wire_goodbye(mq->wire);
	mq_drop(mq, why);
}

/* Options that only help: a connection works without them. */
static void tune_socket(struct mq *mq)
{
#ifdef TCP_USER_TIMEOUT
	/* the last resort for a write inside librabbitmq that the other side never takes */
	unsigned patience = (unsigned)clock_milliseconds(smaller(mq->write_timeout, 1e5));
	setsockopt(mq->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
#else
	(void)mq;
#endif
}

void mq_cork(struct mq *mq, bool on)
{
#ifdef TCP_CORK
	if (mq->corked == on)
		return;
	int value = on;
	setsockopt(mq->fd, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
	mq->corked = on;
#else
	(void)mq, (void)on;
#endif
}

static bool open_wire(struct mq *mq, double deadline, struct fail *fail)
{
	mq->wire = wire_open(&mq->options, deadline, fail);
	if (!mq->wire)
		return false;
	mq->fd = wire_fd(mq->wire);
	mq->heard = mq->beat_at = clock_now();
	mq->unsent = 0;
	mq->blocked = false;
	mq->corked = false;
	tune_socket(mq);
	return true;
}

bool mq_connect(struct mq *mq, double deadline, struct fail *fail)
{
	if (!open_wire(mq, deadline, fail))
		return false;
	if (wire_confirms(mq->wire, deadline, fail))
		return true;
	forget(mq);
	return false;
}

bool mq_consume(struct mq *mq, const char *queue, uint16_t prefetch, double deadline, int *code,
	struct fail *fail)
{
	*code = 0;
	if (!open_wire(mq, deadline, fail))
		return false;
	if (wire_consume(mq->wire, queue, prefetch, deadline, code, fail))
		return true;
	forget(mq);
	return false;
}

/* What the broker says in its own words, in ours. */
static void tell_blocked(struct mq *mq, struct wire_event *event)
{
	struct buf text = { 0 };
	mq->blocked = event->kind == WIRE_BLOCKED;
	buf_format(&text,
		mq->blocked ? "the broker %s accepts no messages for now: %s"
			    : "the broker %s accepts messages again",
		buf_str(&mq->where), mq->blocked ? event->text : "");
	event->text = buf_str(&text);
	mq->tell(mq->ctx, event);
	buf_release(&text);
}

static void take(struct mq *mq, struct wire_event *event)
{
	switch (event->kind) {
	case WIRE_DEPTH:
	case WIRE_UNKNOWN:
		mq->depth.answer = event->kind;
		mq->depth.messages = event->size;
		buf_clear(&mq->depth.text);
		buf_text(&mq->depth.text, event->text ? event->text : "");
		break;
	case WIRE_BLOCKED:
	case WIRE_UNBLOCKED:
		tell_blocked(mq, event);
		break;
	case WIRE_CLOSED: {
		struct buf text = { 0 }; /* the event's own goes with the connection */
		buf_text(&text, event->text);
		mq->tell(mq->ctx, event);
		mq_hang_up(mq, buf_str(&text));
		buf_release(&text);
		break;
	}
	case WIRE_LOST:
		mq_drop(mq, event->text);
		break;
	case WIRE_OTHER:
		break;
	default:
		mq->tell(mq->ctx, event);
	}
}

/* Takes all that has arrived, without waiting; a heartbeat that is due goes out meanwhile. */
static void listen_now(struct mq *mq)
{
	struct wire_event event;
	while (mq->wire && wire_read(mq->wire, &event))
		take(mq, &event);
}

bool mq_wait(struct mq *mq, bool to_send, double until)
{
	bool ahead = wire_ahead(mq->wire);
	struct pollfd at = { .fd = mq->fd, .events = to_send ? POLLIN | POLLOUT : POLLIN };
	if (!to_send)
		mq_cork(mq, false);
	double left = smaller(until - clock_now(), TICK);
	int n = poll(&at, 1, ahead ? 0 : clock_milliseconds(left));
	if (n < 0)
		mq->interrupted = true;
	bool spoken = n > 0 && at.revents & ~POLLOUT;
	if (spoken || ahead || n == 0)
		listen_now(mq);
	if (!mq->wire)
		return false;
	int heartbeat = wire_heartbeat(mq->wire);
	if (spoken) {
		mq->heard = clock_now();
	} else if (n == 0 && heartbeat > 0 && clock_now() - mq->heard > 2.0 * heartbeat) {
		mq_drop(mq, "no heartbeat");
		return false;
	}
	return n > 0 && at.revents & POLLOUT;
}

bool mq_interrupted(struct mq *mq)
{
	bool interrupted = mq->interrupted;
	mq->interrupted = false;
	return interrupted;
}

double mq_timeout(const struct mq *mq)
{
	int heartbeat = mq->wire ? wire_heartbeat(mq->wire) : 0;
	if (mq->wire && wire_ahead(mq->wire))
		return 0;
	if (heartbeat <= 0)
		return HUGE_VAL;
	double left = smaller(mq->beat_at, mq->heard + 2.0 * heartbeat + 0.1) - clock_now();
	return left > 0 ? left : 0;
}

/* The wire has done what it was told, or the connection is lost. */
static bool kept(struct mq *mq, bool done)
{
	if (!done)
		mq_drop(mq, wire_why(mq->wire));
	return done;
}

void mq_beat(struct mq *mq)
{
	int heartbeat = mq->wire ? wire_heartbeat(mq->wire) : 0;
	if (heartbeat <= 0 || clock_now() < mq->beat_at)
		return;
	mq->beat_at = clock_now() + heartbeat / 2.0;
	if (mq_room(mq))
		kept(mq, wire_beat(mq->wire));
}

bool mq_room(struct mq *mq)
{
	struct pollfd room = { .fd = mq->fd, .events = POLLOUT };
	return mq->wire && poll(&room, 1, 0) == 1 && room.revents == POLLOUT;
}

bool mq_send(struct mq *mq, const char *exchange, const char *routing, uint64_t size)
{
	mq->unsent = size;
	return kept(mq, wire_publish(mq->wire, exchange, routing, size));
}

bool mq_send_part(struct mq *mq, const void *bytes, size_t n)
{
	mq->unsent -= n;
	return kept(mq, wire_part(mq->wire, bytes, n));
}

size_t mq_part_max(const struct mq *mq)
{
	return wire_part_max(mq->wire);
}

void mq_settle(struct mq *mq, uint64_t tag, enum mq_verdict verdict)
{
	kept(mq,
		verdict == MQ_ACK ? wire_ack(mq->wire, tag)
				  : wire_nack(mq->wire, tag, verdict == MQ_REQUEUE));
}

void mq_cancel(struct mq *mq)
{
	kept(mq, wire_cancel(mq->wire));
}

static bool cannot_ask(
	const struct mq *mq, const char *queue, const char *why, struct fail *fail)
{
	return fail_set(fail, FAIL_RETRY, "queue %s: the broker %s cannot be asked: %s", queue,
		buf_str(&mq->where), why);
}

bool mq_depth(struct mq *mq, const char *queue, uint64_t *messages, struct fail *fail)
{
	double deadline = clock_now() + mq->options.connect_timeout;
	bool sent = false;
	mq->depth.answer = WIRE_OTHER;
	while (mq->wire && !mq->blocked && clock_now() < deadline &&
		mq->depth.answer == WIRE_OTHER) {
		if (!mq_wait(mq, !sent, deadline) || sent)
			continue;
		kept(mq, wire_ask(mq->wire, queue));
		sent = true;
	}
	if (mq->blocked)
		return cannot_ask(mq, queue, "it accepts nothing for now", fail);
	if (mq->wire && mq->depth.answer == WIRE_OTHER)
		mq_drop(mq, "no answer in time");
	if (!mq->wire)
		return cannot_ask(mq, queue, buf_str(&mq->why), fail);
	if (mq->depth.answer == WIRE_UNKNOWN)
		return fail_set(fail, FAIL_NO, "queue %s: %s", queue, buf_str(&mq->depth.text));
	*messages = mq->depth.messages;
	return true;
}

bool mq_up(const struct mq *mq)
{
	return mq->wire != NULL;
}

int mq_fd(const struct mq *mq)
{
	return mq->wire ? mq->fd : -1;
}

bool mq_blocked(const struct mq *mq)
{
	return mq->blocked;
}

const char *mq_where(const struct mq *mq)
{
	return buf_str(&mq->where);
}

struct mq *mq_new(const struct wire_options *options, double write_timeout, mq_tell *tell,
	void *ctx, struct fail *fail)
{
	struct mq *mq = calloc(1, sizeof *mq);
	if (!mq) {
		fail_memory(fail);
		return NULL;
	}
	mq->options = *options;
	mq->write_timeout = write_timeout;
	mq->tell = tell;
	mq->ctx = ctx;
	wire_where(options, &mq->where);
	if (buf_ok(&mq->where, fail))
		return mq;
	mq_free(mq);
	return NULL;
}

void mq_free(struct mq *mq)
{
	if (!mq)
		return;
	mq_hang_up(mq, "closed");
	buf_release(&mq->where);
	buf_release(&mq->why);
	buf_release(&mq->depth.text);
	free(mq);
}
