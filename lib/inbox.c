#include "inbox.h"

#include "broker.h"
#include "clock.h"

#include <math.h>
#include <unistd.h>

static const double first_delay = 0.5, last_delay = 10;

bool inbox_open(struct inbox *inbox, struct fail *fail)
{
	inbox->delay = first_delay;
	inbox->consumer = consume_new(fail);
	return inbox->consumer;
}

static void lose(struct inbox *inbox, struct fail *fail)
{
	enum consume_end end = consume_end(inbox->consumer);
	if (!inbox->said_lost)
		agent_say(inbox->agent, LOG_ERROR, NULL, "%s; trying again%s", fail_text(fail),
			end == CONSUME_TOO_LATE ? " (a handler may run longer than the "
						  "broker's consumer_timeout with --journal)"
						: "");
	fail_clear(fail);
	inbox->said_lost = true;
	inbox->connected = inbox->agent->linked = false;
	inbox->lost(inbox->ctx);
	inbox->at = clock_now() + inbox->delay * clock_jitter(0.3);
	inbox->delay = inbox->delay * 2 < last_delay ? inbox->delay * 2 : last_delay;
	if (end == CONSUME_NO_QUEUE || end == CONSUME_CANCELLED)
		agent_ping(inbox->agent); /* it registers anew, or makes the queues */
}

bool inbox_connect(struct inbox *inbox, struct fail *fail)
{
	const struct registration *registration = &inbox->agent->registration;
	struct consume_options options = { .queue = registration_text(
						   registration, "config.listen"),
		.prefetch = inbox->prefetch,
		.max_bytes = inbox->max_bytes,
		.deliver = inbox->deliver,
		.ctx = inbox->ctx };
	if (inbox->connected || inbox->closing || clock_now() < inbox->at)
		return true;
	if (!broker_options(registration, inbox->agent->platform.conf, &options.broker, fail))
		return false;
	broker_warn(&inbox->agent->platform, &options.broker);
	if (consume_open(inbox->consumer, &options, fail)) {
		agent_say(inbox->agent, LOG_INFO, NULL, "listening%s",
			inbox->said_lost ? " again" : "");
		inbox->connected = inbox->was_connected = inbox->agent->linked = true;
		agent_ready(inbox->agent);
		inbox->said_lost = false;
		inbox->delay = first_delay;
		return true;
	}
	/* A broker that has taken us may refuse us while it starts. */
	if (consume_end(inbox->consumer) == CONSUME_REFUSED && !inbox->was_connected)
		return false;
	lose(inbox, fail);
	return true;
}

int inbox_fd(const struct inbox *inbox)
{
	return inbox->connected ? consume_fd(inbox->consumer) : -1;
}

double inbox_timeout(const struct inbox *inbox)
{
	if (inbox->connected)
		return consume_timeout(inbox->consumer);
	return inbox->closing ? HUGE_VAL : inbox->at - clock_now();
}

void inbox_serve(struct inbox *inbox)
{
	struct fail fail = { 0 };
	if (inbox->connected && !consume_serve(inbox->consumer, &fail))
		lose(inbox, &fail);
}

void inbox_renew(struct inbox *inbox)
{
	consume_close(inbox->consumer);
	inbox->connected = inbox->agent->linked = false;
	inbox->at = 0;
	inbox->lost(inbox->ctx);
}

void inbox_ack(struct inbox *inbox, uint64_t tag)
{
	consume_ack(inbox->consumer, tag);
}

void inbox_requeue(struct inbox *inbox, uint64_t tag)
{
	consume_requeue(inbox->consumer, tag);
}

void inbox_finish(struct inbox *inbox)
{
	inbox->closing = true;
	consume_cancel(inbox->consumer);
}

void inbox_forget(struct inbox *inbox)
{
	if (inbox->consumer && consume_fd(inbox->consumer) >= 0)
		close(consume_fd(inbox->consumer));
}

void inbox_close(struct inbox *inbox)
{
	if (inbox->consumer)
		consume_close(inbox->consumer);
	consume_free(inbox->consumer);
	inbox->consumer = NULL;
}
