/* publish, and the connection below it, against a broker on 127.0.0.1:$MQ_TEST_PORT, sometimes
 * through a relay that does to the connection what networks and brokers do. */
#include "publish.h"
#include "broker.h"
#include "relay.h"

#include <poll.h>
#include <signal.h>
#include <sys/time.h>

/* What a batch is made of, and what has happened to it. */
struct story {
	size_t size;              /* of each message; message i has i % 7 bytes more */
	size_t made, asked, told; /* calls; the last number told */
	unsigned said;
	char first_said[300], last_said[300];
	const char *queue; /* emptied, or measured, by some gates */
	uint64_t depth;
	bool slow; /* messages take a while to make, so that answers meet one about to be sent */
	size_t repeated_sum; /* of the indices that queue_holds found again */
};

static bool make(void *ctx, size_t index, struct buf *body, struct fail *fail)
{
	(void)fail;
	struct story *story = ctx;
	story->made++;
	if (story->slow)
		poll(NULL, 0, 1);
	if (story->size == 0)
		return true;
	buf_format(body, "%zu ", index);
	size_t len = story->size + index % 7;
	char *room = body->len < len ? buf_room(body, len - body->len) : NULL;
	if (room) {
		memset(room, 'x', len - body->len);
		body->data[len] = '\0';
		body->len = len;
	}
	return true;
}

static bool make_nothing(void *ctx, size_t index, struct buf *body, struct fail *fail)
{
	(void)ctx, (void)body;
	return index < 2 || fail_set(fail, FAIL_NO, "object %zu: no", index);
}

static void name(void *ctx, size_t index, struct buf *text)
{
	(void)ctx;
	buf_format(text, "object %zu", index);
}

static void say(void *ctx, const char *text)
{
	struct story *story = ctx;
	if (story->said++ == 0)
		snprintf(story->first_said, sizeof story->first_said, "%s", text);
	snprintf(story->last_said, sizeof story->last_said, "%s", text);
}

static void progress(void *ctx, size_t confirmed)
{
	struct story *story = ctx;
	CHECK(confirmed >= story->told);
	story->told = confirmed;
}

static struct publish_options options_for(struct story *story, uint16_t port)
{
	return (struct publish_options){ .broker = { .host = "127.0.0.1",
						 .port = port,
						 .vhost = "/",
						 .user = "guest",
						 .pass = "guest",
						 .verify = true,
						 .connect_timeout = 5 },
		.timeout = 10,
		.say = say,
		.ctx = story };
}

static struct batch batch_for(struct story *story, const char *queue, size_t count)
{
	return (struct batch){ .exchange = "",
		.routing = queue,
		.queue = queue,
		.count = count,
		.window = 100,
		.window_bytes = 1 << 20,
		.make = make,
		.name = name,
		.progress = progress,
		.ctx = story };
}

static struct publisher *must_open(const struct publish_options *options)
{
	struct fail fail = { 0 };
	struct publisher *publisher = publish_open(options, &fail);
	if (!publisher)
		fprintf(stderr, "%s\n", fail_text(&fail));
	CHECK(publisher != NULL);
	return publisher;
}

static void must_publish(struct publisher *publisher, const struct batch *batch)
{
	((struct story *)batch->ctx)->told = 0;
	struct fail fail = { 0 };
	size_t confirmed = 0;
	bool ok = publish_batch(publisher, batch, &confirmed, &fail);
	if (!ok)
		fprintf(stderr, "%s\n", fail_text(&fail));
	CHECK(ok && confirmed == batch->count && !fail.kind);
}

/* Everything of the batch is in the queue, in order when there are no repeats, which are counted. */
static size_t queue_holds(const char *queue, const struct batch *batch)
{
	struct story *story = batch->ctx;
	struct buf body = { 0 };
	struct fail fail = { 0 };
	unsigned char *seen = calloc(batch->count, 1);
	size_t repeats = 0, next = 0;
	bool in_order = true;
	amqp_message_t message;
	while (queue_take(queue, &message)) {
		size_t index = next;
		if (story->size) {
			char digits[24] = "";
			memcpy(digits, message.body.bytes,
				message.body.len < 20 ? message.body.len : 20);
			index = strtoul(digits, NULL, 10);
		}
		bool known = index < batch->count;
		CHECK(known);
		in_order = in_order && index == next++;
		repeats += seen[index];
		story->repeated_sum += seen[index] ? index : 0;
		seen[index] = 1;
		buf_clear(&body);
		make(story, index, &body, &fail);
		CHECK(body.len == message.body.len &&
			(body.len == 0 || !memcmp(body.data, message.body.bytes, body.len)));
		CHECK(message.properties._flags ==
			(AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_ENCODING_FLAG));
		CHECK(message.properties.delivery_mode == 2);
		CHECK(message.properties.content_encoding.len == 5 &&
			!memcmp(message.properties.content_encoding.bytes, "utf-8", 5));
		amqp_destroy_message(&message);
	}
	size_t missing = 0;
	for (size_t i = 0; i < batch->count; i++)
		missing += !seen[i];
	CHECK(missing == 0);
	CHECK(in_order || repeats > 0);
	free(seen);
	buf_release(&body);
	return repeats;
}

static void test_plain(void)
{
	static const struct {
		size_t size, count, window, window_bytes;
	} cases[] = {
		{ 300, 2000, 100, 1 << 20 },
		{ 300, 20, 1, 1 << 20 },
		{ 300, 200, 1000, 0 }, /* a window larger than the batch, no limit in bytes */
		{ 300, 50, 0, 1 },     /* nothing fits: one at a time */
		{ 3000000, 5, 10, 4 << 20 }, /* many frames each */
		{ 0, 3, 10, 10 },
	};
	struct story story = { 0 };
	struct publish_options options = options_for(&story, broker_port);
	struct publisher *publisher = must_open(&options);
	struct fail fail = { 0 };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		queue_new("mq.plain", 0);
		story = (struct story){ .size = cases[i].size };
		struct batch batch = batch_for(&story, "mq.plain", cases[i].count);
		batch.window = cases[i].window;
		batch.window_bytes = cases[i].window_bytes;
		must_publish(publisher, &batch);
		CHECK(story.told == batch.count && story.made == batch.count &&
			story.said == 0);
		uint64_t depth = 0;
		CHECK(publish_depth(publisher, "mq.plain", &depth, &fail) &&
			depth == batch.count);
		CHECK(queue_holds("mq.plain", &batch) == 0);
	}
	story.told = 0;
	struct batch none = batch_for(&story, "mq.plain", 0);
	must_publish(publisher, &none);

	size_t confirmed;
	none.count = 10;
	none.make = make_nothing;
	CHECK(!publish_batch(publisher, &none, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "object 2: no");
	CHECK(confirmed <= 2);
	publish_close(publisher);
	queue_delete("mq.plain");
}

static void test_refusals(void)
{
	struct story story = { .size = 100 };
	struct publish_options options = options_for(&story, broker_port);
	struct publisher *publisher = must_open(&options);
	struct fail fail = { 0 };
	size_t confirmed = 99;
	queue_new("mq.there", 0);

	struct batch batch = batch_for(&story, "mq.nowhere", 500);
	CHECK(!publish_batch(publisher, &batch, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_NO,
		"queue mq.nowhere: message 1 (object 0) is unroutable: 312 NO_ROUTE");
	CHECK(confirmed == 0 && story.told == 0);

	batch.exchange = "mq.no-exchange";
	CHECK(!publish_batch(publisher, &batch, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_NO,
		"exchange mq.no-exchange: 404 NOT_FOUND - no exchange 'mq.no-exchange' in "
		"vhost "
		"'/'");
	CHECK(confirmed == 0);

	uint64_t depth = 99;
	CHECK(!publish_depth(publisher, "mq.nowhere", &depth, &fail));
	CHECK_FAIL(&fail, FAIL_NO,
		"queue mq.nowhere: 404 NOT_FOUND - no queue 'mq.nowhere' in vhost '/'");
	CHECK(publish_depth(publisher, "mq.there", &depth, &fail) && depth == 0);

	batch = batch_for(&story, "mq.there", 500);
	must_publish(publisher, &batch);
	CHECK(story.said == 0);
	CHECK(queue_holds("mq.there", &batch) == 0);
	publish_close(publisher);
	queue_delete("mq.there");
}

static void test_logins(void)
{
	struct story story = { 0 };
	struct fail fail = { 0 };
	struct buf wanted = { 0 };
	struct publish_options options = options_for(&story, broker_port);
	options.broker.pass = "not-this-one";
	CHECK(!publish_open(&options, &fail));
	CHECK(strstr(fail_text(&fail), "403 ACCESS_REFUSED") &&
		!strstr(fail_text(&fail), options.broker.pass) && fail.kind == FAIL_NO);
	fail_clear(&fail);

	options.broker.pass = "guest";
	options.broker.vhost = "/none";
	CHECK(!publish_open(&options, &fail));
	buf_format(&wanted, "the broker 127.0.0.1:%u: 530 NOT_ALLOWED - vhost /none not found",
		(unsigned)broker_port);
	CHECK_FAIL(&fail, FAIL_NO, buf_str(&wanted));

	options.broker.vhost = "/";
	options.broker.port = 1;
	CHECK(!publish_open(&options, &fail));
	CHECK_FAIL(
		&fail, FAIL_RETRY, "cannot reach the broker 127.0.0.1:1: Connection refused");

	options.broker.host = "::1";
	CHECK(!publish_open(&options, &fail));
	CHECK(strstr(fail_text(&fail), "cannot reach the broker [::1]:1: "));
	CHECK(fail.kind == FAIL_RETRY);
	fail_clear(&fail);

	options = options_for(&story, broker_port);
	options.broker.tls = true; /* where there is none */
	CHECK(!publish_open(&options, &fail));
	CHECK(fail.kind != FAIL_NONE);
	fail_clear(&fail);

	options.broker.ca = "/nonexistent/ca.pem";
	CHECK(!publish_open(&options, &fail));
	CHECK_FAIL(
		&fail, FAIL_USAGE, "broker CA /nonexistent/ca.pem: No such file or directory");
	options.broker.ca = "-----BEGIN NOTHING-----\n";
	CHECK(!publish_open(&options, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "broker CA (inline): no certificate in it");
	buf_release(&wanted);
}

/* Takes one message out each time after the first. */
static enum batch_gate gate_empties(void *ctx, struct publisher *publisher, struct fail *fail)
{
	(void)publisher, (void)fail;
	struct story *story = ctx;
	amqp_message_t message;
	if (story->asked++ && queue_take(story->queue, &message))
		amqp_destroy_message(&message);
	return BATCH_GO;
}

static enum batch_gate gate_goes(void *ctx, struct publisher *publisher, struct fail *fail)
{
	(void)ctx, (void)publisher, (void)fail;
	return BATCH_GO;
}

static void test_full_queue(void)
{
	struct story story = { .size = 100, .queue = "mq.tiny" };
	struct publish_options options = options_for(&story, broker_port);
	struct publisher *publisher = must_open(&options);
	struct fail fail = { 0 };
	size_t confirmed = 0;
	queue_new("mq.tiny", 1);
	struct batch batch = batch_for(&story, "mq.tiny", 2);
	batch.gate = gate_empties;
	must_publish(publisher, &batch);
	CHECK(story.made > 2 && story.said == 1);
	CHECK_TEXT(story.last_said,
		"queue mq.tiny: the broker refuses messages (nack; is the queue full?): trying "
		"again");
	publish_close(publisher);

	queue_new("mq.tiny", 1);
	options.timeout = 1;
	publisher = must_open(&options);
	batch = batch_for(&story, "mq.tiny", 300);
	batch.gate = gate_goes;
	story.told = 0;
	CHECK(!publish_batch(publisher, &batch, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY,
		"queue mq.tiny: 1 of 300 messages confirmed, and none for 1 s: the broker "
		"refuses "
		"messages (nack; is the queue full?)");
	CHECK(confirmed == 1 && story.told == 1);
	publish_close(publisher);
	queue_delete("mq.tiny");
}

static enum batch_gate gate_measures(void *ctx, struct publisher *publisher, struct fail *fail)
{
	struct story *story = ctx;
	story->asked++;
	if (!publish_depth(publisher, story->queue, &story->depth, fail))
		return BATCH_STOP;
	return story->asked == 1 ? BATCH_WAIT : BATCH_GO;
}

static volatile sig_atomic_t alarmed;

static void on_alarm(int number)
{
	alarmed = number;
}

static enum batch_gate gate_stops(void *ctx, struct publisher *publisher, struct fail *fail)
{
	(void)publisher;
	struct story *story = ctx;
	story->asked++;
	if (!alarmed)
		return BATCH_WAIT;
	fail_set(fail, FAIL_RETRY, "interrupted");
	return BATCH_STOP;
}

static void test_gate(void)
{
	struct story story = { .size = 100, .queue = "mq.gate" };
	struct publish_options options = options_for(&story, broker_port);
	options.timeout = 0.5; /* shorter than the gate's wait, which does not count */
	struct publisher *publisher = must_open(&options);
	struct fail fail = { 0 };
	size_t confirmed = 99;
	queue_new("mq.gate", 0);
	struct batch batch = batch_for(&story, "mq.gate", 500);
	batch.gate = gate_measures;
	must_publish(publisher, &batch);
	CHECK(story.asked >= 2 && queue_holds("mq.gate", &batch) == 0);

	struct sigaction action = { .sa_handler = on_alarm };
	sigaction(SIGALRM, &action, NULL);
	struct itimerval soon = { .it_value = { .tv_usec = 100000 } };
	setitimer(ITIMER_REAL, &soon, NULL);
	story = (struct story){ .size = 100 };
	batch.gate = gate_stops;
	CHECK(!publish_batch(publisher, &batch, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "interrupted");
	CHECK(confirmed == 0 && story.made == 0 && story.asked == 2);
	publish_close(publisher);
	queue_delete("mq.gate");
}

/* All arrives though the connection is lost on the way. */
static void test_lost(enum deed deed, const char *reason)
{
	struct story story = { .size = 1000 };
	struct relay relay = relay_start(deed, 500000);
	struct publish_options options = options_for(&story, relay.port);
	struct publisher *publisher = must_open(&options);
	queue_new("mq.lost", 0);
	struct batch batch = batch_for(&story, "mq.lost", 2000);
	must_publish(publisher, &batch);
	CHECK(story.said == 2 && strstr(story.last_said, "is back after"));
	CHECK(strstr(story.last_said, "messages again") && strstr(story.first_said, reason));
	CHECK(story.made > 2000 && story.made <= 2000 + batch.window + 1);
	CHECK(queue_holds("mq.lost", &batch) <= batch.window);
	publish_close(publisher);
	relay_stop(&relay);
	queue_delete("mq.lost");
}

static void test_relayed(void)
{
	struct story story = { .size = 1000 };
	struct fail fail = { 0 };
	size_t confirmed = 0;
	queue_new("mq.relayed", 0);

	struct relay relay = relay_start(SHUFFLE, 0);
	struct publish_options options = options_for(&story, relay.port);
	struct publisher *publisher = must_open(&options);
	struct batch batch = batch_for(&story, "mq.relayed", 2000);
	must_publish(publisher, &batch);
	CHECK(story.said == 0 && queue_holds("mq.relayed", &batch) == 0);
	publish_close(publisher);
	relay_stop(&relay);

	/* what was refused is sent again, each of it once, and nothing else is */
	relay = relay_start(REFUSE, 0);
	options.broker.port = relay.port;
	publisher = must_open(&options);
	story = (struct story){ .size = 16300, .slow = true }; /* a chunk each */
	batch.count = batch.window = 300;
	must_publish(publisher, &batch);
	CHECK(story.said == 1 && queue_holds("mq.relayed", &batch) == REFUSED);
	CHECK(story.repeated_sum == REFUSED * (REFUSED - 1) / 2);
	batch = batch_for(&story, "mq.relayed", 2000);
	publish_close(publisher);
	relay_stop(&relay);

	relay = relay_start(BLOCK, 500000);
	options.broker.port = relay.port;
	publisher = must_open(&options);
	story = (struct story){ .size = 1000 };
	must_publish(publisher, &batch);
	CHECK(story.said == 2 && strstr(story.last_said, "accepts messages again"));
	CHECK(queue_holds("mq.relayed", &batch) == 0);
	publish_close(publisher);
	relay_stop(&relay);

	relay = relay_start(TOO_LARGE, 100000);
	options.broker.port = relay.port;
	publisher = must_open(&options);
	story = (struct story){ .size = 2995 };
	CHECK(!publish_batch(publisher, &batch, &confirmed, &fail));
	CHECK(strstr(fail_text(&fail),
		" of 3001 bytes: 406 PRECONDITION_FAILED - message size "
		"3001 is larger than configured max size 3000"));
	CHECK(strncmp(fail_text(&fail), "queue mq.relayed: message ", 26) == 0);
	CHECK(fail.kind == FAIL_NO && confirmed < 2000);
	fail_clear(&fail);
	publish_close(publisher);
	relay_stop(&relay);
	queue_delete("mq.relayed");
}

/* A broker that has fallen asleep, seen while many small or one large message is sent. */
static void test_frozen(size_t size)
{
	struct story story = { .size = size };
	struct fail fail = { 0 };
	size_t confirmed = 0;
	queue_new("mq.frozen", 0);
	struct relay relay = relay_start(FREEZE, 300000);
	struct publish_options options = options_for(&story, relay.port);
	options.timeout = 1;
	struct publisher *publisher = must_open(&options);
	struct batch batch = batch_for(&story, "mq.frozen", 2000);
	CHECK(!publish_batch(publisher, &batch, &confirmed, &fail));
	CHECK(strstr(fail_text(&fail), " of 2000 messages confirmed, and none for 1 s"));
	CHECK(fail.kind == FAIL_RETRY && confirmed < 2000);
	fail_clear(&fail);
	publish_close(publisher);
	relay_stop(&relay);
	queue_delete("mq.frozen");
}

int main(void)
{
	if (!hand_begin("publish"))
		return 2;
	test_plain();
	test_refusals();
	test_logins();
	test_full_queue();
	test_gate();
	test_lost(CUT, "): reconnecting");
	test_lost(FORCE, "320 CONNECTION_FORCED - going down");
	test_relayed();
	test_frozen(1000);
	test_frozen(20000000);
	hand_close();
	return check_end("publish");
}
