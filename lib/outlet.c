#include "outlet.h"

#include "clock.h"
#include "journal.h"

void outlet_environment(const struct outlet *outlet, struct variables *to)
{
	variables_add(to, "OCTI_REGISTRATION", outlet->registration);
	variables_add(to, "OCTI_STREAM", outlet->stream);
	variables_add(to, "OCTI_STATE", NULL); /* is not this connector's, or ours to change */
}

bool outlet_done(struct outlet *outlet, size_t count, struct fail *fail)
{
	metrics_add(outlet->agent->metrics, METRIC_EVENTS_DONE, count);
	outlet->moved = outlet->moved || count;
	return backlog_drop(&outlet->backlog, count, &outlet->done, fail);
}

bool outlet_give_up(struct outlet *outlet, const char *why, struct fail *fail)
{
	const struct backlog_event *event = backlog_at(&outlet->backlog, 0);
	const struct log_note notes[] = { { "id", buf_str(&event->id), 0 },
		{ "tries", NULL, event->tries }, { NULL, NULL, 0 } };
	metrics_add(outlet->agent->metrics, METRIC_EVENTS_FAILED, 1);
	if (!outlet->dead_letter)
		return fail_set(fail, FAIL_NO,
			"event %s: %s; the position stays before it (--dead-letter would keep "
			"it and go on)",
			buf_str(&event->id), why);
	struct span line = backlog_line(&outlet->backlog, 0);
	struct buf body = { 0 };
	buf_add(&body, line.text, line.len);
	bool kept =
		buf_ok(&body, fail) && journal_write(outlet->dead_letter, &body, NULL, fail);
	buf_release(&body);
	if (!kept)
		return fail_at(fail, "dead letter");
	agent_say(outlet->agent, LOG_ERROR, notes, "%s; the event is kept in %s", why,
		outlet->dead_letter);
	outlet->moved = true;
	return backlog_drop(&outlet->backlog, 1, &outlet->done, fail);
}

double outlet_delay(unsigned tries)
{
	double delay = 1;
	for (; tries > 1 && delay < 300; tries--)
		delay *= 2;
	return (delay < 300 ? delay : 300) * clock_jitter(0.2);
}

void outlet_release(struct outlet *outlet)
{
	backlog_release(&outlet->backlog);
	position_release(&outlet->done);
	pace_release(&outlet->pace);
}
