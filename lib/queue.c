#include "queue.h"

#include "broker.h"
#include "connector.h"
#include "clock.h"
#include "metrics.h"
#include "progress.h"
#include "publish.h"
#include "work.h"

struct delivery {
	struct platform *platform;
	const struct registration *registration;
	const struct parcel *parcel;
	const struct message *message;
	const struct queue_options *options;
	struct buf content; /* of the message that is made, kept for its memory */
	struct progress progress;
	struct queue_result *result;
	size_t made;    /* messages, from the first on */
	double stopped; /* when a signal was seen; 0: none */
	bool waiting;
	bool dead; /* the work is gone */
};

size_t queue_count(const struct parcel *parcel, const struct message *message)
{
	return message->no_split ? 1 : split_count(parcel->split);
}

bool queue_body(const struct parcel *parcel, const struct message *message, size_t index,
	struct buf *content, struct buf *body, struct fail *fail)
{
	buf_clear(content);
	if (message->no_split)
		parcel_whole(parcel, content);
	else
		parcel_part(parcel, index, content);
	if (!buf_ok(content, fail))
		return false;
	message_print(message, index + 1, content->data, content->len, body);
	return buf_ok(body, fail);
}

static bool make(void *ctx, size_t index, struct buf *body, struct fail *fail)
{
	struct delivery *delivery = ctx;
	if (!queue_body(
		    delivery->parcel, delivery->message, index, &delivery->content, body, fail))
		return false;
	if (index >= delivery->made) {
		delivery->made = index + 1;
		delivery->result->bytes += body->len;
	}
	return true;
}

static void name(void *ctx, size_t index, struct buf *text)
{
	const struct delivery *delivery = ctx;
	if (delivery->message->no_split) {
		buf_text(text, "the whole bundle");
		return;
	}
	buf_format(text, "object %zu (", index + 1);
	split_part_id(delivery->parcel->split, index, text);
	buf_char(text, ')');
}

static void say(void *ctx, const char *text)
{
	struct delivery *delivery = ctx;
	progress_clear(&delivery->progress);
	platform_warn(delivery->platform, "%s", text);
}

static void show(void *ctx, size_t confirmed)
{
	struct delivery *delivery = ctx;
	progress_show(&delivery->progress, confirmed,
		queue_count(delivery->parcel, delivery->message));
}

/* Whether the queues are full; the text says how. */
static bool is_full(struct delivery *delivery, struct publisher *publisher, bool *full,
	struct buf *how, struct fail *fail)
{
	const struct queue_options *options = delivery->options;
	const char *queue = registration_text(delivery->registration, "config.push");
	uint64_t messages = 0;
	double bytes = 0;
	*full = false;
	if (options->max_messages) {
		if (!publish_depth(publisher, queue, &messages, fail))
			return false;
		*full = messages >= options->max_messages;
		buf_format(how, "%llu messages", (unsigned long long)messages);
	}
	if (options->max_bytes > 0 && !*full) {
		if (!connector_queue_bytes(delivery->platform,
			    registration_text(delivery->registration, "id"), &bytes, fail))
			return false;
		*full = bytes >= options->max_bytes;
		if (options->look)
			options->look(options->ctx, bytes, *full);
		buf_clear(how);
		buf_format(how, "%.1f MB", bytes / 1e6);
	}
	return true;
}

static enum batch_gate gate(void *ctx, struct publisher *publisher, struct fail *fail)
{
	struct delivery *delivery = ctx;
	struct buf how = { 0 };
	bool full;
	enum batch_gate answer = BATCH_GO;
	if (clock_stopped() && !(delivery->stopped > 0))
		delivery->stopped = clock_now();
	if (clock_stopped() && clock_now() - delivery->stopped >= delivery->options->patience) {
		fail_set(fail, FAIL_RETRY, "stopped by signal %d", clock_stopped());
		return BATCH_STOP;
	}
	if (!is_full(delivery, publisher, &full, &how, fail)) {
		answer = BATCH_STOP;
	} else if (full && delivery->options->fail_when_full) {
		fail_set(fail, FAIL_RETRY, "queue %s is full: %s",
			registration_text(delivery->registration, "config.push"),
			buf_str(&how));
		answer = BATCH_STOP;
	} else if (full) {
		if (!delivery->waiting) {
			progress_clear(&delivery->progress);
			platform_warn(delivery->platform,
				"queue %s is full: %s; waiting for room",
				registration_text(delivery->registration, "config.push"),
				buf_str(&how));
		}
		answer = BATCH_WAIT;
	}
	delivery->waiting = answer == BATCH_WAIT;
	buf_release(&how);
	return answer;
}

/* Makes all messages once, to find one that the broker would not take. */
static bool check_sizes(struct delivery *delivery, struct fail *fail)
{
	size_t most = delivery->options->max_message;
	struct buf body = { 0 }, text = { 0 };
	bool ok = true;
	for (size_t i = 0; ok && most && i < queue_count(delivery->parcel, delivery->message);
		i++) {
		buf_clear(&body);
		ok = queue_body(delivery->parcel, delivery->message, i, &delivery->content,
			&body, fail);
		if (!ok || body.len <= most)
			continue;
		name(delivery, i, &text);
		ok = fail_set(fail, FAIL_NO,
			"%s makes a message of %zu bytes, above the limit of %zu",
			buf_str(&text), body.len, most);
	}
	buf_release(&body);
	buf_release(&text);
	return ok;
}

/* What the work has to expect: a report for each object, from the worker that splits it again. */
static size_t expectations(const struct parcel *parcel, const struct message *message)
{
	size_t parts = split_count(parcel->split);
	return message->no_split ? parts + split_incompatible_count(parcel->split) : parts;
}

static bool expect(struct delivery *delivery, struct queue_result *result, struct fail *fail)
{
	const char *work_id = delivery->message->work_id;
	bool alive = true;
	if (!work_id)
		return true;
	if (!delivery->options->owned && !work_alive(delivery->platform, work_id, &alive, fail))
		return false;
	delivery->dead = !alive;
	if (!alive)
		return fail_set(fail, FAIL_NO,
			"there is no work %s; the workers would drop what is sent for it",
			work_id);
	result->expected = expectations(delivery->parcel, delivery->message);
	if (!work_expect(delivery->platform, work_id, (long long)result->expected, fail))
		return false;
	result->unsent = result->expected;
	return true;
}

/* Tells a work that is not ours of what was not sent. */
static void own_up(
	struct delivery *delivery, const struct queue_result *result, const struct fail *fail)
{
	struct fail again = { 0 };
	struct buf error = { 0 };
	const char *work_id = delivery->message->work_id;
	buf_format(&error, "%zu of %zu messages not sent: %s",
		queue_count(delivery->parcel, delivery->message) - result->confirmed,
		queue_count(delivery->parcel, delivery->message), fail_text(fail));
	/* One expectation for the error; what was added beyond it goes. */
	bool ok = (result->unsent == 1 ||
			  work_expect(delivery->platform, work_id,
				  1 - (long long)result->unsent, &again)) &&
		work_report(delivery->platform, work_id, buf_str(&error),
			delivery->platform->tool->name, &again);
	if (!ok)
		log_say(&delivery->platform->log, LOG_ERROR, NULL,
			"work %s could not be told: %s", work_id, fail_text(&again));
	buf_release(&error);
	fail_clear(&again);
}

bool queue_send(struct platform *platform, const struct registration *registration,
	const struct parcel *parcel, const struct message *message,
	const struct queue_options *options, struct queue_result *result, struct fail *fail)
{
	struct delivery delivery = { .platform = platform,
		.registration = registration,
		.parcel = parcel,
		.message = message,
		.options = options,
		.progress = { .label = "sent" },
		.result = result };
	struct publish_options to = {
		.timeout = options->timeout, .say = say, .ctx = &delivery
	};
	struct batch batch = { .exchange =
				       registration_text(registration, "config.push_exchange"),
		.routing = registration_text(registration, "config.push_routing"),
		.queue = registration_text(registration, "config.push"),
		.count = queue_count(parcel, message),
		.window = options->window,
		.window_bytes = options->window_bytes,
		.make = make,
		.name = name,
		.gate = gate,
		.progress = show,
		.ctx = &delivery };
	*result = (struct queue_result){ 0 };
	if (!broker_options(registration, platform->conf, &to.broker, fail))
		return false;
	broker_warn(platform, &to.broker);
	struct publisher *publisher =
		check_sizes(&delivery, fail) ? publish_open(&to, fail) : NULL;
	bool ok = publisher && expect(&delivery, result, fail) &&
		publish_batch(publisher, &batch, &result->confirmed, fail);
	progress_clear(&delivery.progress);
	result->reports =
		message->no_split && result->confirmed ? result->expected : result->confirmed;
	if (result->unsent)
		result->unsent -= result->reports;
	metrics_add(platform->metrics, METRIC_BUNDLES_SENT, result->confirmed);
	metrics_add(platform->metrics, METRIC_RECORDS_SENT, result->reports);
	if (!ok && message->work_id && !options->owned && !delivery.dead)
		own_up(&delivery, result, fail);
	publish_close(publisher);
	buf_release(&delivery.content);
	return ok;
}
