#include "consume.h"

#include "arrival.h"
#include "clock.h"
#include "mq.h"

#include <math.h>
#include <stdlib.h>

#define WRITE_TIMEOUT 20.0 /* seconds that the network may keep what was written */
#define FAREWELL 1.0       /* seconds to send what is settled, before the goodbye */
#define RETRY 0.05         /* seconds until what did not fit is sent again */

enum { TAG_BITS = 40 }; /* of the broker's tags; above them is the number of the connection */

/* A message that the broker has delivered and has not heard of since. */
struct letter {
	uint64_t tag; /* the broker's */
	bool settled; /* with a verdict that is not sent yet */
	enum mq_verdict verdict;
};

struct consumer {
	struct consume_options options;
	struct mq *mq;   /* NULL before it is first opened */
	uint64_t opened; /* connections so far */
	enum consume_end end;
	struct buf why;   /* the connection has ended */
	bool silent;      /* nobody has been told yet that it has */
	bool cancelling;  /* no message is delivered any more, */
	bool cancel_sent; /* and the broker knows */
	bool closing;

	struct letter *letters;       /* prefetch of them at most */
	size_t letter_count, waiting; /* waiting: those settled */

	struct arrival arrival; /* the message on its way */
	uint64_t tag;
	bool redelivered;
};

static void end_with(struct consumer *consumer, enum consume_end end, const char *why)
{
	if (consumer->end != CONSUME_UP)
		return;
	consumer->end = end;
	buf_clear(&consumer->why);
	buf_format(&consumer->why, "queue %s: %s", consumer->options.queue, why);
}

static void remove_letter(struct consumer *consumer, size_t i)
{
	consumer->waiting -= consumer->letters[i].settled;
	consumer->letters[i] = consumer->letters[--consumer->letter_count];
}

/* Sends what has had to wait, as far as there is room. */
static void flush(struct consumer *consumer)
{
	if (consumer->cancelling && !consumer->cancel_sent && mq_room(consumer->mq)) {
		consumer->cancel_sent = true;
		mq_cancel(consumer->mq);
	}
	for (size_t i = 0; consumer->waiting && i < consumer->letter_count;) {
		struct letter letter = consumer->letters[i];
		if (!letter.settled) {
			i++;
			continue;
		}
		if (!mq_room(consumer->mq))
			return;
		remove_letter(consumer, i);
		mq_settle(consumer->mq, letter.tag, letter.verdict);
	}
}

static void settle(struct consumer *consumer, uint64_t tag, enum mq_verdict verdict)
{
	if (tag >> TAG_BITS != consumer->opened)
		return;
	tag &= ((uint64_t)1 << TAG_BITS) - 1;
	for (size_t i = 0; i < consumer->letter_count; i++) {
		struct letter *letter = &consumer->letters[i];
		if (letter->tag != tag || letter->settled)
			continue;
		letter->settled = true;
		letter->verdict = verdict;
		consumer->waiting++;
		flush(consumer);
		return;
	}
}

void consume_ack(struct consumer *consumer, uint64_t tag)
{
	settle(consumer, tag, MQ_ACK);
}

void consume_requeue(struct consumer *consumer, uint64_t tag)
{
	settle(consumer, tag, MQ_REQUEUE);
}

void consume_drop(struct consumer *consumer, uint64_t tag)
{
	settle(consumer, tag, MQ_DROP);
}

void consume_cancel(struct consumer *consumer)
{
	if (!consumer->mq || !mq_up(consumer->mq))
		return;
	consumer->cancelling = true;
	flush(consumer);
}

static void take_delivered(struct consumer *consumer, const struct wire_event *event)
{
	if (consumer->letter_count >= consumer->options.prefetch) {
		end_with(consumer, CONSUME_AWAY, "the broker delivers more than it may");
		mq_drop(consumer->mq, "");
		return;
	}
	consumer->letters[consumer->letter_count++] = (struct letter){ .tag = event->tag };
	consumer->tag = consumer->opened << TAG_BITS | event->tag;
	consumer->redelivered = event->redelivered;
	arrival_begin(&consumer->arrival);
}

static void take_whole(struct consumer *consumer)
{
	struct arrival *arrival = &consumer->arrival;
	struct fail fail = { 0 };
	if (!buf_ok(&arrival->body, &fail)) {
		end_with(consumer, CONSUME_AWAY, fail_text(&fail));
		fail_clear(&fail);
		mq_drop(consumer->mq, "");
		return;
	}
	if (consumer->cancelling) {
		consume_requeue(consumer, consumer->tag);
		return;
	}
	struct consume_message message = { .tag = consumer->tag,
		.redelivered = consumer->redelivered,
		.too_large = arrival_too_large(arrival),
		.size = arrival->size,
		.body = &arrival->body };
	consumer->options.deliver(consumer->options.ctx, &message);
}

static void take_closed(struct consumer *consumer, const struct wire_event *event)
{
	enum { PRECONDITION_FAILED = 406 };
	bool late = event->code == PRECONDITION_FAILED && strstr(event->text, "timed out");
	end_with(consumer, late ? CONSUME_TOO_LATE : CONSUME_AWAY, event->text);
}

static void take_lost(struct consumer *consumer, const char *why)
{
	struct buf text = { 0 };
	buf_format(&text, "lost the broker %s (%s)", mq_where(consumer->mq), why);
	if (!consumer->closing)
		end_with(consumer, CONSUME_AWAY, buf_str(&text));
	buf_release(&text);
	consumer->letter_count = consumer->waiting = 0;
	consumer->arrival.begun = false;
}

static void take(void *ctx, const struct wire_event *event)
{
	struct consumer *consumer = ctx;
	if (event->kind == WIRE_LOST) {
		take_lost(consumer, event->text);
	} else if (consumer->closing) {
		return;
	} else if (event->kind == WIRE_DELIVERED) {
		take_delivered(consumer, event);
	} else if (event->kind == WIRE_CLOSED) {
		take_closed(consumer, event);
	} else if (event->kind == WIRE_CANCELLED) {
		end_with(consumer, CONSUME_CANCELLED,
			"the broker delivers no more (is the queue deleted?)");
		flush(consumer);
		mq_hang_up(consumer->mq, "");
	} else if (arrival_take(&consumer->arrival, event)) {
		take_whole(consumer);
	}
}

struct consumer *consume_new(struct fail *fail)
{
	struct consumer *consumer = calloc(1, sizeof *consumer);
	if (!consumer)
		fail_memory(fail);
	return consumer;
}

void consume_close(struct consumer *consumer)
{
	if (!consumer->mq)
		return;
	double deadline = clock_now() + FAREWELL;
	consumer->closing = true;
	flush(consumer);
	while (mq_up(consumer->mq) && consumer->waiting && clock_now() < deadline)
		if (mq_wait(consumer->mq, true, deadline))
			flush(consumer);
	mq_free(consumer->mq);
	consumer->mq = NULL;
	consumer->silent = false;
	consumer->closing = false;
	free(consumer->letters);
	consumer->letters = NULL;
}

void consume_free(struct consumer *consumer)
{
	if (!consumer)
		return;
	consume_close(consumer);
	arrival_release(&consumer->arrival);
	buf_release(&consumer->why);
	free(consumer);
}

bool consume_open(
	struct consumer *consumer, const struct consume_options *options, struct fail *fail)
{
	enum { NOT_FOUND = 404 };
	struct consume_options *own = &consumer->options;
	int code = 0;
	consume_close(consumer);
	*own = *options;
	own->prefetch = own->prefetch ? own->prefetch : 1;
	consumer->opened++;
	consumer->end = CONSUME_AWAY;
	consumer->cancelling = consumer->cancel_sent = false;
	consumer->arrival.max_bytes = own->max_bytes;
	consumer->letters = calloc(own->prefetch, sizeof *consumer->letters);
	if (!consumer->letters)
		return fail_memory(fail);
	consumer->mq = mq_new(&own->broker, WRITE_TIMEOUT, take, consumer, fail);
	double deadline = clock_now() + own->broker.connect_timeout;
	if (consumer->mq &&
		mq_consume(consumer->mq, own->queue, own->prefetch, deadline, &code, fail)) {
		consumer->end = CONSUME_UP;
		consumer->silent = true;
		return true;
	}
	if (code == NOT_FOUND)
		consumer->end = CONSUME_NO_QUEUE;
	else if (fail->kind != FAIL_RETRY)
		consumer->end = CONSUME_REFUSED;
	consume_close(consumer);
	return false;
}

int consume_fd(const struct consumer *consumer)
{
	return consumer->mq ? mq_fd(consumer->mq) : -1;
}

double consume_timeout(const struct consumer *consumer)
{
	if (!consumer->mq || !mq_up(consumer->mq))
		return consumer->silent ? 0 : HUGE_VAL;
	double left = mq_timeout(consumer->mq);
	bool unsent = consumer->waiting || consumer->cancelling > consumer->cancel_sent;
	return unsent && left > RETRY ? RETRY : left;
}

bool consume_serve(struct consumer *consumer, struct fail *fail)
{
	if (consumer->mq && mq_up(consumer->mq)) {
		mq_wait(consumer->mq, false, 0);
		flush(consumer);
		mq_beat(consumer->mq);
		if (mq_up(consumer->mq))
			return true;
	}
	consumer->silent = false;
	if (!consumer->mq)
		return fail_set(fail, FAIL_RETRY, "there is no connection to the broker");
	return fail_set(fail, FAIL_RETRY, "%s", buf_str(&consumer->why));
}

enum consume_end consume_end(const struct consumer *consumer)
{
	return consumer->end;
}
