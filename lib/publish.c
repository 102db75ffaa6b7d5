#include "publish.h"

#include "arrival.h"
#include "clock.h"
#include "mq.h"
#include "window.h"

#include <poll.h>
#include <stdlib.h>

enum {
	CHUNK = 16384,
	HEAD = 128
}; /* bytes sent between two waits; of a message but its body */

#define TICK 1.0              /* seconds between two questions to the gate */
#define REFUSED_FIRST 1.0     /* seconds before a refused message is sent again, at first, */
#define REFUSED_LAST 30.0     /* and at most */
#define LOST_FIRST 0.5        /* seconds before the broker is looked for again, at first, */
#define LOST_LAST 10.0        /* and at most */
#define PROGRESS_INTERVAL 0.1 /* seconds between two calls of progress */
#define SPREAD 0.25           /* of delays, so that many connectors do not come back in step */

/*
 * The batch being published. Each message is in one of four places: ahead (index >= next), in
 * flight or waiting to be sent again (both in the window), or confirmed (only counted). New ones
 * are sent when none waits.
 */
struct run {
	const struct batch *batch;
	struct fail *fail;
	struct window window;
	size_t next;
	size_t confirmed;

	bool made; /* body holds message made_index */
	size_t made_index;
	bool sending; /* and so many bytes of it are sent */
	size_t sent;

	struct arrival back;  /* the message on its way back, */
	struct buf back_text; /* for this reason */
	bool refused;         /* fail says why; what is in flight is only waited for */

	bool held;        /* by the gate */
	bool interrupted; /* a signal has ended a nap */
	double gate_at;   /* when it is asked again */
	double progress_at; /* when a message was last confirmed, or could not be expected to be */
	double told_at;     /* when progress was last called */
	size_t told;
	double again_at; /* when the waiting ones may be sent */
	double refused_delay, lost_delay;
	bool said_refused;
};

struct publisher {
	struct publish_options options;
	struct mq *mq;
	struct buf why;    /* the last trouble, for the text of a timeout */
	uint64_t next_tag; /* of the next message sent, between two batches */
	struct buf body;   /* of the message being sent */
	struct run *run;   /* NULL outside publish_batch */
	bool away;         /* publish_depth failed because the broker could not be asked */
};

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static void say(struct publisher *publisher, const char *text)
{
	if (publisher->options.say)
		publisher->options.say(publisher->options.ctx, text);
}

static void set_why(struct publisher *publisher, const char *text)
{
	buf_clear(&publisher->why);
	buf_text(&publisher->why, text);
}

static void take_lost(struct publisher *publisher, const char *why)
{
	struct run *run = publisher->run;
	set_why(publisher, why);
	publisher->next_tag = 1;
	if (!run)
		return;
	window_lose(&run->window);
	run->sending = run->made = false;
	run->back.begun = false;
	run->again_at = 0;
	run->gate_at = 0;
}

static void take_refusal(struct publisher *publisher)
{
	static const char refuses[] = "the broker refuses messages (nack; is the queue full?)";
	struct run *run = publisher->run;
	if (clock_now() < run->again_at)
		return;
	run->again_at = clock_now() + run->refused_delay * clock_jitter(SPREAD);
	run->refused_delay = smaller(run->refused_delay * 2, REFUSED_LAST);
	set_why(publisher, refuses);
	if (run->said_refused)
		return;
	run->said_refused = true;
	struct buf text = { 0 };
	buf_format(&text, "queue %s: %s: trying again", run->batch->queue, refuses);
	say(publisher, buf_str(&text));
	buf_release(&text);
}

static void take_confirm(struct publisher *publisher, const struct wire_event *event)
{
	struct run *run = publisher->run;
	bool confirmed = event->kind == WIRE_CONFIRMED;
	struct window_landed landed =
		window_land(&run->window, event->tag, event->multiple, confirmed);
	if (!confirmed && landed.slots)
		take_refusal(publisher);
	if (!landed.confirmed)
		return;
	run->confirmed += landed.confirmed;
	run->progress_at = clock_now();
	run->refused_delay = REFUSED_FIRST;
	run->lost_delay = LOST_FIRST;
	if (run->window.again_count == 0)
		buf_clear(&publisher->why);
}

static void take_returned(struct publisher *publisher)
{
	struct run *run = publisher->run;
	uint64_t tag = batch_returned(run->batch, &run->window, &run->back.body);
	const struct window_slot *slot = window_at(&run->window, tag);
	if (slot)
		window_return(&run->window, tag);
	if (run->refused && slot)
		return;
	run->refused = true;
	struct buf name = { 0 };
	if (slot)
		batch_name(run->batch, slot->index, &name);
	else
		buf_text(&name, "a message");
	fail_set(run->fail, FAIL_NO, "queue %s: %s is unroutable: %s", run->batch->queue,
		buf_str(&name), buf_str(&run->back_text));
	buf_release(&name);
	if (!slot)
		mq_drop(publisher->mq, "closed"); /* else its confirm would count */
}

static void take_closed(struct run *run, const struct wire_event *event)
{
	enum { FORBIDDEN = 403, NOT_FOUND = 404, PRECONDITION_FAILED = 406 };
	bool final = event->code == FORBIDDEN || event->code == NOT_FOUND ||
		event->code == PRECONDITION_FAILED;
	if (run->refused || !final)
		return;
	run->refused = true;
	const struct window_slot *slot = NULL;
	if (event->code == PRECONDITION_FAILED)
		slot = window_at(&run->window, batch_too_large(&run->window, event->text));
	if (!slot) {
		fail_set(run->fail, FAIL_NO, "exchange %s: %s", run->batch->exchange,
			event->text);
		return;
	}
	struct buf name = { 0 };
	batch_name(run->batch, slot->index, &name);
	fail_set(run->fail, FAIL_NO, "queue %s: %s of %zu bytes: %s", run->batch->queue,
		buf_str(&name), slot->bytes, event->text);
	buf_release(&name);
}

static void take(void *ctx, const struct wire_event *event)
{
	struct publisher *publisher = ctx;
	struct run *run = publisher->run;
	if (event->kind == WIRE_LOST) {
		take_lost(publisher, event->text);
	} else if (event->kind == WIRE_BLOCKED || event->kind == WIRE_UNBLOCKED) {
		set_why(publisher, event->kind == WIRE_BLOCKED ? event->text : "");
		say(publisher, event->text);
	} else if (!run) {
		return;
	} else if (event->kind == WIRE_CONFIRMED || event->kind == WIRE_REFUSED) {
		take_confirm(publisher, event);
	} else if (event->kind == WIRE_CLOSED) {
		take_closed(run, event);
	} else if (event->kind == WIRE_RETURNED) {
		arrival_begin(&run->back);
		buf_clear(&run->back_text);
		buf_text(&run->back_text, event->text);
	} else if (arrival_take(&run->back, event)) {
		take_returned(publisher);
	}
}

/* Makes the next message, when one may be sent now: what the broker says can change that. */
static bool prepare(struct publisher *publisher, bool *to_send)
{
	struct run *run = publisher->run;
	const struct window *window = &run->window;
	const struct batch *batch = run->batch;
	struct buf *body = &publisher->body;
	*to_send = run->sending;
	if (run->sending || run->refused || run->held || mq_blocked(publisher->mq) ||
		window_full(window))
		return true;
	if (window->again_count == 0 ? run->next >= batch->count : clock_now() < run->again_at)
		return true;
	size_t index = window->again_count ? window_again(window) : run->next;
	if (!run->made || run->made_index != index) {
		if (!batch_make(batch, index, body, run->fail))
			return false;
		run->made = true;
		run->made_index = index;
	}
	*to_send = window->flying == 0 || batch->window_bytes == 0 ||
		(window->bytes < batch->window_bytes &&
			body->len <= batch->window_bytes - window->bytes);
	return true;
}

/* Begins the message that prepare has just allowed. */
static bool send_head(struct publisher *publisher)
{
	struct run *run = publisher->run;
	if (run->window.again_count == 0)
		run->next++;
	window_send(&run->window, run->made_index, publisher->body.len);
	run->sending = true;
	run->sent = 0;
	return mq_send(
		publisher->mq, run->batch->exchange, run->batch->routing, publisher->body.len);
}

/* Sends a chunk: many small messages, or a part of a large one. False: the batch has failed. */
static bool send_chunk(struct publisher *publisher)
{
	struct run *run = publisher->run;
	const struct buf *body = &publisher->body;
	size_t most = mq_part_max(publisher->mq);
	mq_cork(publisher->mq, true);
	for (size_t room = CHUNK; room > 0;) {
		bool to_send;
		if (!prepare(publisher, &to_send))
			return false;
		if (!to_send || (!run->sending && !send_head(publisher)))
			return true;
		size_t len = body->len - run->sent;
		if (len > most)
			len = most;
		if (len > room)
			len = room;
		if (len > 0 && !mq_send_part(publisher->mq, body->data + run->sent, len))
			return true;
		run->sent += len;
		room -= room < len + HEAD ? room : len + HEAD;
		if (run->sent == body->len)
			run->sending = run->made = false;
	}
	return true;
}

/* Asks the gate when it is due, or when a signal came. False: it says stop. */
static bool ask_gate(struct publisher *publisher)
{
	struct run *run = publisher->run;
	const struct batch *batch = run->batch;
	double asked_at = clock_now();
	bool signal = mq_interrupted(publisher->mq) || run->interrupted;
	bool was_held = run->held, due = signal || asked_at >= run->gate_at;
	run->interrupted = false;
	if (!batch->gate || !due)
		return true;
	publisher->away = false;
	switch (batch->gate(batch->ctx, publisher, run->fail)) {
	case BATCH_GO:
		run->held = false;
		break;
	case BATCH_WAIT:
		run->held = true;
		break;
	case BATCH_STOP:
		if (!publisher->away)
			return false;
		fail_clear(run->fail); /* it could not know better: ask again later */
		run->held = true;
		break;
	}
	if (run->window.flying == 0 && mq_up(publisher->mq)) /* not the broker's time */
		run->progress_at =
			was_held ? clock_now() : run->progress_at + clock_now() - asked_at;
	run->gate_at = clock_now() + TICK;
	return true;
}

static void tell_progress(struct run *run, bool last)
{
	const struct batch *batch = run->batch;
	if (!batch->progress || (!last && run->told == run->confirmed))
		return;
	double t = clock_now();
	if (!last && t - run->told_at < PROGRESS_INTERVAL)
		return;
	run->told_at = t;
	run->told = run->confirmed;
	batch->progress(batch->ctx, run->confirmed);
}

/* False, with the reason, when nothing has been confirmed for too long. */
static bool in_time(struct publisher *publisher)
{
	struct run *run = publisher->run;
	if (clock_now() - run->progress_at < publisher->options.timeout)
		return true;
	if (!run->refused)
		fail_set(run->fail, FAIL_RETRY,
			"queue %s: %zu of %zu messages confirmed, and none for %g s%s%s",
			run->batch->queue, run->confirmed, run->batch->count,
			publisher->options.timeout, publisher->why.len ? ": " : "",
			buf_str(&publisher->why));
	return false;
}

/* Waits without a connection. False: the gate says stop. */
static bool nap(struct publisher *publisher, double until)
{
	for (double left; (left = until - clock_now()) > 0;) {
		if (poll(NULL, 0, clock_milliseconds(smaller(left, TICK))) < 0)
			publisher->run->interrupted = true;
		if (!ask_gate(publisher))
			return false;
	}
	return true;
}

/* Makes a lost connection again. */
static bool reconnect(struct publisher *publisher)
{
	struct run *run = publisher->run;
	const struct publish_options *options = &publisher->options;
	const char *where = mq_where(publisher->mq);
	double lost_at = clock_now(), give_up = run->progress_at + options->timeout;
	struct buf text = { 0 };
	struct fail fail = { 0 };
	bool ok = false;
	buf_format(&text, "lost the broker %s (%s): reconnecting", where,
		publisher->why.len ? buf_str(&publisher->why) : "closed");
	say(publisher, buf_str(&text));
	while (!mq_up(publisher->mq)) {
		double delay = run->lost_delay * clock_jitter(SPREAD);
		run->lost_delay = smaller(run->lost_delay * 2, LOST_LAST);
		if (!nap(publisher, smaller(clock_now() + delay, give_up)) ||
			!in_time(publisher))
			goto out;
		double deadline =
			smaller(clock_now() + options->broker.connect_timeout, give_up);
		if (mq_connect(publisher->mq, deadline, &fail))
			break;
		set_why(publisher, fail_text(&fail));
		if (fail.kind != FAIL_RETRY) {
			fail_set(run->fail, fail.kind, "%s", fail_text(&fail));
			goto out;
		}
	}
	ok = true;
	run->gate_at = 0;
	buf_clear(&text);
	buf_format(&text, "the broker %s is back after %.1f s: sending %zu messages again",
		where, clock_now() - lost_at, run->window.again_count);
	say(publisher, buf_str(&text));
out:
	buf_release(&text);
	fail_clear(&fail);
	return ok;
}

/* One turn: ask, send what may be sent, take what has come. False: the batch has failed. */
static bool turn(struct publisher *publisher)
{
	struct run *run = publisher->run;
	struct mq *mq = publisher->mq;
	bool to_send = false;
	if (!ask_gate(publisher))
		return false;
	if (!mq_up(mq))
		return !run->refused && reconnect(publisher);
	if (!prepare(publisher, &to_send))
		return false;
	double until = run->progress_at + publisher->options.timeout;
	if (run->window.again_count > 0 && run->again_at > clock_now())
		until = smaller(until, run->again_at);
	if (mq_wait(mq, to_send, until) && to_send && !send_chunk(publisher))
		return false;
	if (run->held && run->window.flying == 0 && mq_up(mq))
		run->progress_at = clock_now();
	tell_progress(run, false);
	if (run->refused && (run->window.flying == 0 || !mq_up(mq)))
		return false;
	return in_time(publisher);
}

static bool connect_now(struct publisher *publisher, struct fail *fail)
{
	double patience = publisher->options.broker.connect_timeout;
	return mq_up(publisher->mq) || mq_connect(publisher->mq, clock_now() + patience, fail);
}

bool publish_batch(struct publisher *publisher, const struct batch *batch, size_t *confirmed,
	struct fail *fail)
{
	struct run run = { .batch = batch,
		.fail = fail,
		.refused_delay = REFUSED_FIRST,
		.lost_delay = LOST_FIRST,
		.told = SIZE_MAX };
	size_t span = batch->window < batch->count ? batch->window : batch->count;
	bool ok = true;
	*confirmed = 0;
	if (!connect_now(publisher, fail) ||
		!window_init(&run.window, span, publisher->next_tag, fail))
		return false;
	run.progress_at = clock_now();
	buf_clear(&publisher->why);
	publisher->run = &run;
	while (ok && run.confirmed < batch->count)
		ok = turn(publisher);
	tell_progress(&run, true);
	*confirmed = run.confirmed;
	if (!ok) /* what is still in flight must not meet the next batch */
		mq_hang_up(publisher->mq, "stopped");
	publisher->next_tag = run.window.next_tag;
	publisher->run = NULL;
	arrival_release(&run.back);
	buf_release(&run.back_text);
	window_release(&run.window);
	return ok;
}

bool publish_depth(
	struct publisher *publisher, const char *queue, uint64_t *messages, struct fail *fail)
{
	bool ok = false;
	if (mq_up(publisher->mq) || !publisher->run)
		ok = connect_now(publisher, fail) &&
			mq_depth(publisher->mq, queue, messages, fail);
	else
		fail_set(fail, FAIL_RETRY,
			"queue %s: the broker %s cannot be asked: the connection is lost",
			queue, mq_where(publisher->mq));
	publisher->away = publisher->away || (!ok && fail->kind == FAIL_RETRY);
	return ok;
}

struct publisher *publish_open(const struct publish_options *options, struct fail *fail)
{
	struct publisher *publisher = calloc(1, sizeof *publisher);
	if (!publisher) {
		fail_memory(fail);
		return NULL;
	}
	publisher->options = *options;
	publisher->next_tag = 1;
	publisher->mq = mq_new(&options->broker, options->timeout, take, publisher, fail);
	if (publisher->mq && connect_now(publisher, fail))
		return publisher;
	publish_close(publisher);
	return NULL;
}

void publish_close(struct publisher *publisher)
{
	if (!publisher)
		return;
	mq_free(publisher->mq);
	buf_release(&publisher->why);
	buf_release(&publisher->body);
	free(publisher);
}
