/* consume against a broker on 127.0.0.1:$MQ_TEST_PORT, sometimes through a relay that does to the
 * connection what networks and brokers do. */
#include "consume.h"
#include "broker.h"
#include "clock.h"
#include "relay.h"

#include <math.h>

static const char queue[] = "consume.queue";

enum { MANY = 1000, PREFETCH = 8 };

/* What was delivered. */
struct story {
	struct consumer *consumer;
	unsigned delivered, redelivered;
	uint64_t tags[PREFETCH]; /* held, not settled */
	size_t held, most_held;
	unsigned times[MANY]; /* each message was delivered */
	struct buf last;
	bool too_large;
	uint64_t size;
	size_t cancel_at; /* delivered, when no more are wanted; 0: never */
};

static void deliver(void *ctx, const struct consume_message *message)
{
	struct story *story = ctx;
	unsigned long number = strtoul(buf_str(message->body), NULL, 10);
	CHECK(story->held < PREFETCH);
	story->tags[story->held++] = message->tag;
	if (story->held > story->most_held)
		story->most_held = story->held;
	story->delivered++;
	story->redelivered += message->redelivered;
	if (number < MANY)
		story->times[number]++;
	story->too_large = message->too_large;
	story->size = message->size;
	buf_release(&story->last);
	story->last.len = message->body->len;
	story->last.data = buf_take(message->body);
	if (story->delivered == story->cancel_at)
		consume_cancel(story->consumer);
}

static struct consume_options options_for(struct story *story, uint16_t port, uint16_t prefetch)
{
	return (struct consume_options){
		.broker = { .host = "127.0.0.1",
			.port = port,
			.vhost = "/",
			.user = "guest",
			.pass = "guest",
			.connect_timeout = 5 },
		.queue = queue,
		.prefetch = prefetch,
		.deliver = deliver,
		.ctx = story,
	};
}

static void begin(struct story *story)
{
	struct fail fail = { 0 };
	*story = (struct story){ .consumer = consume_new(&fail) };
	CHECK(story->consumer != NULL);
}

static void must_open(struct story *story, uint16_t port, uint16_t prefetch)
{
	struct fail fail = { 0 };
	struct consume_options options = options_for(story, port, prefetch);
	bool ok = consume_open(story->consumer, &options, &fail);
	if (!ok)
		fprintf(stderr, "%s\n", fail_text(&fail));
	CHECK(ok && consume_end(story->consumer) == CONSUME_UP);
	CHECK(consume_fd(story->consumer) >= 0);
	story->held = 0;
}

/* Waits as a caller does, for this long at most, and serves once. */
static bool serve(struct story *story, double most, struct fail *fail)
{
	double left = consume_timeout(story->consumer);
	struct pollfd at = { .fd = consume_fd(story->consumer), .events = POLLIN };
	CHECK(left >= 0);
	poll(&at, 1, clock_milliseconds(left < most ? left : most));
	double start = clock_now();
	bool ok = consume_serve(story->consumer, fail);
	CHECK(clock_now() - start < 2);
	return ok;
}

static void must_serve(struct story *story, double most)
{
	struct fail fail = { 0 };
	bool ok = serve(story, most, &fail);
	if (!ok)
		fprintf(stderr, "%s\n", fail_text(&fail));
	CHECK(ok);
}

/* Serves until so many are held, or for so many seconds. */
static void hold(struct story *story, size_t count, double seconds)
{
	double end = clock_now() + seconds;
	while (story->held < count && clock_now() < end)
		must_serve(story, end - clock_now());
}

/* Serves until the connection is lost, for so many seconds at most; false: it is not. */
static bool lost(struct story *story, double seconds, struct fail *fail)
{
	double end = clock_now() + seconds;
	while (clock_now() < end)
		if (!serve(story, end - clock_now(), fail))
			return true;
	return false;
}

static uint64_t pick(struct story *story, size_t i)
{
	uint64_t tag = story->tags[i];
	story->tags[i] = story->tags[--story->held];
	return tag;
}

static void end(struct story *story)
{
	consume_free(story->consumer);
	buf_release(&story->last);
}

static void put_numbers(unsigned from, unsigned count)
{
	for (unsigned i = from; i < from + count; i++) {
		char text[16];
		int len = snprintf(text, sizeof text, "%u", i);
		queue_put(queue, text, (size_t)len);
	}
}

/* Everything once, in any order of settling; and never more than was asked for. */
static void test_many(void)
{
	struct story story;
	queue_new(queue, 0);
	put_numbers(0, MANY);
	begin(&story);
	must_open(&story, broker_port, PREFETCH);
	srand(2);
	double give_up = clock_now() + 60;
	for (unsigned settled = 0; settled < MANY && clock_now() < give_up;) {
		must_serve(&story, 1);
		while (story.held > (size_t)(rand() % 3)) {
			consume_ack(story.consumer, pick(&story, (size_t)rand() % story.held));
			settled++;
		}
	}
	CHECK(story.delivered == MANY && story.redelivered == 0);
	CHECK(story.most_held == PREFETCH);
	for (size_t i = 0; i < MANY; i++)
		CHECK(story.times[i] == 1);
	consume_close(story.consumer);
	CHECK(queue_ready(queue, 0) == 0);
	end(&story);
}

static void test_verdicts(void)
{
	struct story story;
	struct fail fail = { 0 };
	queue_new(queue, 0);
	put_numbers(0, 3);
	begin(&story);
	CHECK(consume_fd(story.consumer) == -1 && isinf(consume_timeout(story.consumer)));
	CHECK(!consume_serve(story.consumer, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "there is no connection to the broker");
	consume_ack(story.consumer, 1);
	consume_cancel(story.consumer);
	consume_close(story.consumer);

	/* one at a time, for the broker delivers no more than the prefetch */
	must_open(&story, broker_port, 0);
	hold(&story, 1, 5);
	hold(&story, 2, 0.5);
	CHECK(story.delivered == 1);
	uint64_t first = pick(&story, 0);
	consume_requeue(story.consumer, first);
	hold(&story, 1, 5);
	CHECK(story.delivered == 2 && story.redelivered == 1 && story.times[0] == 2);

	/* what is settled already is ignored */
	consume_drop(story.consumer, first);
	consume_ack(story.consumer, first);
	consume_ack(story.consumer, 12345);
	consume_drop(story.consumer, pick(&story, 0));
	hold(&story, 1, 5);
	CHECK(story.delivered == 3 && story.times[1] == 1);

	/* what is held comes again on the next connection, where its old tag says nothing */
	consume_close(story.consumer);
	must_open(&story, broker_port, 2);
	hold(&story, 2, 5);
	CHECK(story.delivered == 5 && story.redelivered == 2);
	CHECK(story.times[1] == 2 && story.times[2] == 1);
	consume_drop(story.consumer, first); /* the broker's number for it is used again */
	CHECK(story.tags[0] != first);
	must_serve(&story, 0.2);
	consume_close(story.consumer);
	CHECK(queue_ready(queue, 2) == 2);

	must_open(&story, broker_port, 2);
	hold(&story, 2, 5);
	consume_ack(story.consumer, pick(&story, 1));
	consume_ack(story.consumer, pick(&story, 0));
	consume_close(story.consumer); /* sends them first */
	CHECK(consume_end(story.consumer) == CONSUME_UP);
	CHECK(queue_ready(queue, 0) == 0);
	end(&story);
}

/* After consume_cancel nothing is delivered, and what is held can be settled. */
static void test_cancel(size_t at)
{
	struct story story;
	queue_new(queue, 0);
	put_numbers(0, 20);
	begin(&story);
	story.cancel_at = at;
	must_open(&story, broker_port, PREFETCH);
	hold(&story, at ? at : PREFETCH, 5);
	if (!at)
		consume_cancel(story.consumer);
	unsigned delivered = story.delivered;
	CHECK(delivered == (at ? at : PREFETCH));
	while (story.held)
		consume_ack(story.consumer, pick(&story, 0));
	hold(&story, 1, 1);
	CHECK(story.delivered == delivered);
	CHECK(queue_ready(queue, 20 - delivered) == 20 - delivered);
	end(&story);
}

static void test_refusals(void)
{
	struct story story;
	struct fail fail = { 0 };
	begin(&story);
	struct consume_options options = options_for(&story, broker_port, 1);
	options.queue = "consume.nowhere";
	CHECK(!consume_open(story.consumer, &options, &fail));
	CHECK(consume_end(story.consumer) == CONSUME_NO_QUEUE);
	CHECK_FAIL(&fail, FAIL_NO,
		"queue consume.nowhere: 404 NOT_FOUND - no queue 'consume.nowhere' in vhost "
		"'/'");
	CHECK(consume_fd(story.consumer) == -1 && isinf(consume_timeout(story.consumer)));

	options.broker.pass = "not-this-one";
	CHECK(!consume_open(story.consumer, &options, &fail));
	CHECK(consume_end(story.consumer) == CONSUME_REFUSED && fail.kind == FAIL_NO);
	CHECK(strstr(fail_text(&fail), "403 ACCESS_REFUSED"));
	fail_clear(&fail);

	options.broker.port = 1;
	CHECK(!consume_open(story.consumer, &options, &fail));
	CHECK(consume_end(story.consumer) == CONSUME_AWAY);
	CHECK_FAIL(
		&fail, FAIL_RETRY, "cannot reach the broker 127.0.0.1:1: Connection refused");

	/* the queue goes while we listen, and comes back */
	queue_new(queue, 0);
	put_numbers(0, 3);
	must_open(&story, broker_port, 2);
	hold(&story, 2, 5);
	queue_delete(queue);
	CHECK(lost(&story, 5, &fail));
	CHECK(consume_end(story.consumer) == CONSUME_CANCELLED);
	CHECK_FAIL(&fail, FAIL_RETRY,
		"queue consume.queue: the broker delivers no more (is the queue deleted?)");
	consume_ack(story.consumer, pick(&story, 0));
	options = options_for(&story, broker_port, 1);
	CHECK(!consume_open(story.consumer, &options, &fail));
	CHECK(consume_end(story.consumer) == CONSUME_NO_QUEUE);
	fail_clear(&fail);
	queue_new(queue, 0);
	put_numbers(7, 1);
	must_open(&story, broker_port, 2);
	hold(&story, 1, 5);
	CHECK(story.times[7] == 1);
	end(&story);
}

static void test_sizes(void)
{
	enum { LARGE = 5000000 };
	struct story story;
	char *body = malloc(LARGE);
	CHECK(body != NULL);
	for (size_t i = 0; i < LARGE; i++)
		body[i] = (char)('a' + i % 23);
	queue_new(queue, 0);
	queue_put(queue, body, LARGE);
	queue_put(queue, body, 0);
	queue_put(queue, body, 1000);
	begin(&story);
	must_open(&story, broker_port, 1);
	hold(&story, 1, 10);
	CHECK(story.size == LARGE && story.last.len == LARGE && !story.too_large);
	CHECK(memcmp(story.last.data, body, LARGE) == 0);
	consume_requeue(story.consumer, pick(&story, 0));
	hold(&story, 1, 10);
	consume_close(story.consumer);

	struct fail fail = { 0 };
	struct consume_options options = options_for(&story, broker_port, 3);
	options.max_bytes = 1000;
	story.held = 0;
	story.delivered = 0;
	CHECK(consume_open(story.consumer, &options, &fail));
	hold(&story, 1, 10);
	while (story.delivered < 3)
		must_serve(&story, 5);
	CHECK(story.size == 1000 && story.last.len == 1000 && !story.too_large);
	consume_ack(story.consumer, story.tags[1]);
	consume_ack(story.consumer, story.tags[2]);
	consume_requeue(story.consumer, story.tags[0]);
	story.held = 0;
	hold(&story, 1, 10);
	CHECK(story.size == LARGE && story.last.len == 0 && story.too_large);
	consume_ack(story.consumer, pick(&story, 0));
	consume_close(story.consumer);
	CHECK(queue_ready(queue, 0) == 0);
	end(&story);
	free(body);
}

/* What the broker and the network do to the connection. */
static void test_ends(void)
{
	static const struct {
		enum deed deed;
		enum consume_end end;
		const char *reason;
	} cases[] = {
		{ CUT, CONSUME_AWAY, "lost the broker 127.0.0.1:" },
		{ FORCE, CONSUME_AWAY, "320 CONNECTION_FORCED - going down" },
		{ LATE, CONSUME_TOO_LATE,
			"406 PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed "
			"out. Timeout value used: 1800000 ms." },
		{ TOO_LARGE, CONSUME_AWAY, "406 PRECONDITION_FAILED - message size" },
		{ CANCEL, CONSUME_CANCELLED, "the broker delivers no more" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct story story;
		struct fail fail = { 0 };
		queue_new(queue, 0);
		put_numbers(0, 4);
		begin(&story);
		/* the login and a few acks have passed */
		struct relay relay = relay_start(cases[i].deed, 600);
		must_open(&story, relay.port, 2);
		double give_up = clock_now() + 10;
		while (serve(&story, 0.1, &fail) && clock_now() < give_up) {
			while (story.held)
				consume_requeue(story.consumer, pick(&story, 0));
		}
		CHECK(consume_end(story.consumer) == cases[i].end);
		CHECK(fail.kind == FAIL_RETRY && strstr(fail_text(&fail), cases[i].reason));
		CHECK(!strncmp(fail_text(&fail), "queue consume.queue: ", 21));
		fail_clear(&fail);
		CHECK(consume_fd(story.consumer) == -1);
		CHECK(isinf(consume_timeout(story.consumer)));
		CHECK(!consume_serve(story.consumer, &fail));
		fail_clear(&fail);
		consume_requeue(story.consumer, 1);

		must_open(&story, relay.port, 4); /* which passes everything on now */
		hold(&story, 4, 10);
		CHECK(story.held == 4);
		while (story.held)
			consume_ack(story.consumer, pick(&story, 0));
		consume_close(story.consumer);
		CHECK(queue_ready(queue, 0) == 0);
		end(&story);
		relay_stop(&relay);
	}
}

/* Idle, and served seldom, for longer than the broker bears silence; meanwhile, on another
 * connection, the broker falls asleep. */
static void test_silence(void)
{
	struct story idle, asleep;
	struct fail fail = { 0 };
	queue_new(queue, 0);
	begin(&idle);
	begin(&asleep);
	must_open(&idle, broker_port, 1);
	struct relay relay = relay_start(PASS, 0);
	must_open(&asleep, relay.port, 1);
	must_serve(&asleep, 0.1);
	kill(relay.pid, SIGSTOP);

	double start = clock_now(), lost_after = 0;
	while (clock_now() - start < 26) {
		double nap = clock_now() + 9; /* an occupied caller */
		while (clock_now() < nap && clock_now() - start < 26) {
			poll(NULL, 0, 200);
			if (!lost_after && !consume_serve(asleep.consumer, &fail))
				lost_after = clock_now() - start;
		}
		must_serve(&idle, 0);
	}
	CHECK(lost_after > 15 && lost_after < 25);
	CHECK(consume_end(asleep.consumer) == CONSUME_AWAY);
	CHECK(fail.kind == FAIL_RETRY && strstr(fail_text(&fail), "heartbeat"));
	fail_clear(&fail);
	put_numbers(3, 1);
	hold(&idle, 1, 5);
	CHECK(idle.times[3] == 1 && idle.redelivered == 0);
	consume_ack(idle.consumer, pick(&idle, 0));
	end(&idle);
	end(&asleep);
	kill(relay.pid, SIGCONT);
	relay_stop(&relay);
	CHECK(queue_ready(queue, 0) == 0);
}

int main(void)
{
	if (!hand_begin("consume"))
		return 2;
	test_many();
	test_verdicts();
	test_cancel(0);
	test_cancel(3);
	test_refusals();
	test_sizes();
	test_ends();
	test_silence();
	queue_delete(queue);
	hand_close();
	return check_end("consume");
}
