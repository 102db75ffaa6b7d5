/* mq against a broker on 127.0.0.1:$MQ_TEST_PORT, sometimes through a relay that does to the
 * connection what networks and brokers do. */
#include "mq.h"
#include "check.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

static uint16_t broker_port;
static amqp_connection_state_t hand; /* a connection of the test's own */

static void hand_ok(void)
{
	CHECK(amqp_get_rpc_reply(hand).reply_type == AMQP_RESPONSE_NORMAL);
}

static void hand_open(void)
{
	hand = amqp_new_connection();
	CHECK(amqp_socket_open(amqp_tcp_socket_new(hand), "127.0.0.1", broker_port) == 0);
	CHECK(amqp_login(hand, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest")
			.reply_type == AMQP_RESPONSE_NORMAL);
	amqp_channel_open(hand, 1);
	hand_ok();
}

static void hand_close(void)
{
	amqp_connection_close(hand, AMQP_REPLY_SUCCESS);
	amqp_destroy_connection(hand);
}

/* An empty queue that holds so many messages at most and refuses more; 0: takes all. */
static void queue_new(const char *name, int most)
{
	amqp_table_entry_t entries[2] = { { .key = amqp_cstring_bytes("x-max-length") },
		{ .key = amqp_cstring_bytes("x-overflow") } };
	entries[0].value.kind = AMQP_FIELD_KIND_I32;
	entries[0].value.value.i32 = most;
	entries[1].value.kind = AMQP_FIELD_KIND_UTF8;
	entries[1].value.value.bytes = amqp_cstring_bytes("reject-publish");
	amqp_table_t limits = { .num_entries = 2, .entries = entries };
	amqp_queue_delete(hand, 1, amqp_cstring_bytes(name), 0, 0);
	hand_ok();
	amqp_queue_declare(hand, 1, amqp_cstring_bytes(name), 0, 1, 0, 0,
		most ? limits : amqp_empty_table);
	hand_ok();
}

static void queue_delete(const char *name)
{
	amqp_queue_delete(hand, 1, amqp_cstring_bytes(name), 0, 0);
	hand_ok();
}

/* Takes one message out; false when there is none. The body is the caller's to release. */
static bool queue_take(const char *name, amqp_message_t *message)
{
	amqp_maybe_release_buffers(hand);
	amqp_rpc_reply_t reply = amqp_basic_get(hand, 1, amqp_cstring_bytes(name), 1);
	CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL);
	if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD)
		return false;
	CHECK(amqp_read_message(hand, 1, message, 0).reply_type == AMQP_RESPONSE_NORMAL);
	return true;
}

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

static struct mq_options options_for(struct story *story, uint16_t port)
{
	return (struct mq_options){ .host = "127.0.0.1",
		.port = port,
		.vhost = "/",
		.user = "guest",
		.pass = "guest",
		.verify = true,
		.connect_timeout = 5,
		.timeout = 10,
		.say = say,
		.ctx = story };
}

static struct mq_batch batch_for(struct story *story, const char *queue, size_t count)
{
	return (struct mq_batch){ .exchange = "",
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

static struct mq *must_open(const struct mq_options *options)
{
	struct fail fail = { 0 };
	struct mq *mq = mq_open(options, &fail);
	if (!mq)
		fprintf(stderr, "%s\n", fail_text(&fail));
	CHECK(mq != NULL);
	return mq;
}

static void must_publish(struct mq *mq, const struct mq_batch *batch)
{
	((struct story *)batch->ctx)->told = 0;
	struct fail fail = { 0 };
	size_t confirmed = 0;
	bool ok = mq_publish(mq, batch, &confirmed, &fail);
	if (!ok)
		fprintf(stderr, "%s\n", fail_text(&fail));
	CHECK(ok && confirmed == batch->count && !fail.kind);
}

/* Everything of the batch is in the queue, in order when there are no repeats, which are counted. */
static size_t queue_holds(const char *queue, const struct mq_batch *batch)
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
	struct mq_options options = options_for(&story, broker_port);
	struct mq *mq = must_open(&options);
	struct fail fail = { 0 };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		queue_new("mq.plain", 0);
		story = (struct story){ .size = cases[i].size };
		struct mq_batch batch = batch_for(&story, "mq.plain", cases[i].count);
		batch.window = cases[i].window;
		batch.window_bytes = cases[i].window_bytes;
		must_publish(mq, &batch);
		CHECK(story.told == batch.count && story.made == batch.count &&
			story.said == 0);
		uint64_t depth = 0;
		CHECK(mq_depth(mq, "mq.plain", &depth, &fail) && depth == batch.count);
		CHECK(queue_holds("mq.plain", &batch) == 0);
	}
	story.told = 0;
	struct mq_batch none = batch_for(&story, "mq.plain", 0);
	must_publish(mq, &none);

	size_t confirmed;
	none.count = 10;
	none.make = make_nothing;
	CHECK(!mq_publish(mq, &none, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "object 2: no");
	CHECK(confirmed <= 2);
	mq_close(mq);
	queue_delete("mq.plain");
}

static void test_refusals(void)
{
	struct story story = { .size = 100 };
	struct mq_options options = options_for(&story, broker_port);
	struct mq *mq = must_open(&options);
	struct fail fail = { 0 };
	size_t confirmed = 99;
	queue_new("mq.there", 0);

	struct mq_batch batch = batch_for(&story, "mq.nowhere", 500);
	CHECK(!mq_publish(mq, &batch, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_NO,
		"queue mq.nowhere: message 1 (object 0) is unroutable: 312 NO_ROUTE");
	CHECK(confirmed == 0 && story.told == 0);

	batch.exchange = "mq.no-exchange";
	CHECK(!mq_publish(mq, &batch, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_NO,
		"exchange mq.no-exchange: 404 NOT_FOUND - no exchange 'mq.no-exchange' in "
		"vhost "
		"'/'");
	CHECK(confirmed == 0);

	uint64_t depth = 99;
	CHECK(!mq_depth(mq, "mq.nowhere", &depth, &fail));
	CHECK_FAIL(&fail, FAIL_NO,
		"queue mq.nowhere: 404 NOT_FOUND - no queue 'mq.nowhere' in vhost '/'");
	CHECK(mq_depth(mq, "mq.there", &depth, &fail) && depth == 0);

	batch = batch_for(&story, "mq.there", 500);
	must_publish(mq, &batch);
	CHECK(story.said == 0);
	CHECK(queue_holds("mq.there", &batch) == 0);
	mq_close(mq);
	queue_delete("mq.there");
}

static void test_logins(void)
{
	struct story story = { 0 };
	struct fail fail = { 0 };
	struct buf wanted = { 0 };
	struct mq_options options = options_for(&story, broker_port);
	options.pass = "not-this-one";
	CHECK(!mq_open(&options, &fail));
	CHECK(strstr(fail_text(&fail), "403 ACCESS_REFUSED") &&
		!strstr(fail_text(&fail), options.pass) && fail.kind == FAIL_NO);
	fail_clear(&fail);

	options.pass = "guest";
	options.vhost = "/none";
	CHECK(!mq_open(&options, &fail));
	buf_format(&wanted, "the broker 127.0.0.1:%u: 530 NOT_ALLOWED - vhost /none not found",
		(unsigned)broker_port);
	CHECK_FAIL(&fail, FAIL_NO, buf_str(&wanted));

	options.vhost = "/";
	options.port = 1;
	CHECK(!mq_open(&options, &fail));
	CHECK_FAIL(
		&fail, FAIL_RETRY, "cannot reach the broker 127.0.0.1:1: Connection refused");

	options.host = "::1";
	CHECK(!mq_open(&options, &fail));
	CHECK(strstr(fail_text(&fail), "cannot reach the broker [::1]:1: "));
	CHECK(fail.kind == FAIL_RETRY);
	fail_clear(&fail);

	options = options_for(&story, broker_port);
	options.tls = true; /* where there is none */
	CHECK(!mq_open(&options, &fail));
	CHECK(fail.kind != FAIL_NONE);
	fail_clear(&fail);

	options.ca = "/nonexistent/ca.pem";
	CHECK(!mq_open(&options, &fail));
	CHECK_FAIL(
		&fail, FAIL_USAGE, "broker CA /nonexistent/ca.pem: No such file or directory");
	options.ca = "-----BEGIN NOTHING-----\n";
	CHECK(!mq_open(&options, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "broker CA (inline): no certificate in it");
	buf_release(&wanted);
}

/* Takes one message out each time after the first. */
static enum mq_gate gate_empties(void *ctx, struct mq *mq, struct fail *fail)
{
	(void)mq, (void)fail;
	struct story *story = ctx;
	amqp_message_t message;
	if (story->asked++ && queue_take(story->queue, &message))
		amqp_destroy_message(&message);
	return MQ_GO;
}

static enum mq_gate gate_goes(void *ctx, struct mq *mq, struct fail *fail)
{
	(void)ctx, (void)mq, (void)fail;
	return MQ_GO;
}

static void test_full_queue(void)
{
	struct story story = { .size = 100, .queue = "mq.tiny" };
	struct mq_options options = options_for(&story, broker_port);
	struct mq *mq = must_open(&options);
	struct fail fail = { 0 };
	size_t confirmed = 0;
	queue_new("mq.tiny", 1);
	struct mq_batch batch = batch_for(&story, "mq.tiny", 2);
	batch.gate = gate_empties;
	must_publish(mq, &batch);
	CHECK(story.made > 2 && story.said == 1);
	CHECK_TEXT(story.last_said,
		"queue mq.tiny: the broker refuses messages (nack; is the queue full?): trying "
		"again");
	mq_close(mq);

	queue_new("mq.tiny", 1);
	options.timeout = 1;
	mq = must_open(&options);
	batch = batch_for(&story, "mq.tiny", 300);
	batch.gate = gate_goes;
	story.told = 0;
	CHECK(!mq_publish(mq, &batch, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY,
		"queue mq.tiny: 1 of 300 messages confirmed, and none for 1 s: the broker "
		"refuses "
		"messages (nack; is the queue full?)");
	CHECK(confirmed == 1 && story.told == 1);
	mq_close(mq);
	queue_delete("mq.tiny");
}

static enum mq_gate gate_measures(void *ctx, struct mq *mq, struct fail *fail)
{
	struct story *story = ctx;
	story->asked++;
	if (!mq_depth(mq, story->queue, &story->depth, fail))
		return MQ_STOP;
	return story->asked == 1 ? MQ_WAIT : MQ_GO;
}

static volatile sig_atomic_t alarmed;

static void on_alarm(int number)
{
	alarmed = number;
}

static enum mq_gate gate_stops(void *ctx, struct mq *mq, struct fail *fail)
{
	(void)mq;
	struct story *story = ctx;
	story->asked++;
	if (!alarmed)
		return MQ_WAIT;
	fail_set(fail, FAIL_RETRY, "interrupted");
	return MQ_STOP;
}

static void test_gate(void)
{
	struct story story = { .size = 100, .queue = "mq.gate" };
	struct mq_options options = options_for(&story, broker_port);
	options.timeout = 0.5; /* shorter than the gate's wait, which does not count */
	struct mq *mq = must_open(&options);
	struct fail fail = { 0 };
	size_t confirmed = 99;
	queue_new("mq.gate", 0);
	struct mq_batch batch = batch_for(&story, "mq.gate", 500);
	batch.gate = gate_measures;
	must_publish(mq, &batch);
	CHECK(story.asked >= 2 && queue_holds("mq.gate", &batch) == 0);

	struct sigaction action = { .sa_handler = on_alarm };
	sigaction(SIGALRM, &action, NULL);
	struct itimerval soon = { .it_value = { .tv_usec = 100000 } };
	setitimer(ITIMER_REAL, &soon, NULL);
	story = (struct story){ .size = 100 };
	batch.gate = gate_stops;
	CHECK(!mq_publish(mq, &batch, &confirmed, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "interrupted");
	CHECK(confirmed == 0 && story.made == 0 && story.asked == 2);
	mq_close(mq);
	queue_delete("mq.gate");
}

/* What the relay does to its first connection once so many bytes came from the client. */
enum deed { PASS, CUT, FREEZE, FORCE, BLOCK, TOO_LARGE, SHUFFLE, REFUSE };

enum { REFUSED = 10 }; /* messages of which REFUSE says that they were */

static void put(struct buf *to, unsigned bytes, uint64_t number)
{
	while (bytes-- > 0)
		buf_char(to, (char)(number >> 8 * bytes));
}

static void put_method(int fd, unsigned channel, uint32_t method, const struct buf *arguments)
{
	struct buf frame = { 0 };
	put(&frame, 1, AMQP_FRAME_METHOD);
	put(&frame, 2, channel);
	put(&frame, 4, 4 + arguments->len);
	put(&frame, 4, method);
	buf_add(&frame, buf_str(arguments), arguments->len);
	put(&frame, 1, AMQP_FRAME_END);
	if (send(fd, frame.data, frame.len, MSG_NOSIGNAL) < 0)
		_exit(0);
	buf_release(&frame);
}

static void put_close(
	int fd, unsigned channel, uint32_t method, unsigned code, const char *text)
{
	struct buf arguments = { 0 };
	put(&arguments, 2, code);
	put(&arguments, 1, strlen(text));
	buf_text(&arguments, text);
	put(&arguments, 4, 0);
	put_method(fd, channel, method, &arguments);
	buf_release(&arguments);
}

/* One confirm of many as many of one, the last first. With refuse, those of the first messages are
 * kept back until many more were sent, and are then refusals. */
static void put_confirms(int fd, const unsigned char *frame, uint64_t *last, bool refuse)
{
	uint64_t tag = 0;
	for (int i = 0; i < 8; i++)
		tag = tag << 8 | frame[11 + i];
	bool multiple = frame[19] & 1 || refuse;
	uint64_t first = multiple ? *last + 1 : tag;
	if (refuse && tag < 4 * REFUSED)
		return;
	for (uint64_t t = tag; t >= first; t--) {
		struct buf arguments = { 0 };
		put(&arguments, 8, t);
		put(&arguments, 1, 0);
		put_method(fd, 1,
			refuse && t <= REFUSED ? AMQP_BASIC_NACK_METHOD : AMQP_BASIC_ACK_METHOD,
			&arguments);
		buf_release(&arguments);
	}
	if (multiple && tag > *last)
		*last = tag;
}

/* Passes on whole frames from the broker. */
static void relay_down(int client, struct buf *in, enum deed deed, uint64_t *last)
{
	size_t at = 0;
	while (in->len - at >= 8) {
		const unsigned char *frame = (unsigned char *)in->data + at;
		size_t len = 8 +
			((size_t)frame[3] << 24 | frame[4] << 16 | frame[5] << 8 | frame[6]);
		if (in->len - at < len)
			break;
		bool ack = frame[0] == AMQP_FRAME_METHOD && len == 21 && frame[8] == 60 &&
			frame[10] == 80;
		if (ack && (deed == SHUFFLE || deed == REFUSE))
			put_confirms(client, frame, last, deed == REFUSE);
		else if (send(client, frame, len, MSG_NOSIGNAL) < 0)
			return;
		at += len;
	}
	memmove(in->data, in->data + at, in->len - at);
	in->len -= at;
}

/* False: the connection is to be closed. */
static bool relay_do(int client, enum deed deed)
{
	struct buf reason = { 0 };
	switch (deed) {
	case PASS:
	case SHUFFLE:
	case REFUSE:
		return true;
	case CUT:
		return false;
	case FREEZE:
		for (;;)
			pause();
	case FORCE:
		put_close(client, 0, AMQP_CONNECTION_CLOSE_METHOD, 320,
			"CONNECTION_FORCED - going down");
		return true;
	case TOO_LARGE:
		put_close(client, 1, AMQP_CHANNEL_CLOSE_METHOD, 406,
			"PRECONDITION_FAILED - message size 3001 is larger than configured max "
			"size "
			"3000");
		return true;
	case BLOCK:
		put(&reason, 1, 6);
		buf_text(&reason, "low on");
		put_method(client, 0, AMQP_CONNECTION_BLOCKED_METHOD, &reason);
		poll(NULL, 0, 300);
		buf_clear(&reason);
		put_method(client, 0, AMQP_CONNECTION_UNBLOCKED_METHOD, &reason);
		buf_release(&reason);
		return true;
	}
	return true;
}

static void relay_connection(int client, enum deed deed, size_t after)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(broker_port) };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int broker = socket(AF_INET, SOCK_STREAM, 0);
	struct buf in = { 0 };
	uint64_t last = 0;
	size_t passed = 0;
	bool done = false;
	if (connect(broker, (struct sockaddr *)&to, sizeof to) != 0)
		_exit(1);
	for (;;) {
		char part[4096];
		struct pollfd ends[2] = { { .fd = client, .events = POLLIN },
			{ .fd = broker, .events = POLLIN } };
		poll(ends, 2, -1);
		if (ends[0].revents) {
			ssize_t n = recv(client, part, sizeof part, 0);
			if (n <= 0 || send(broker, part, (size_t)n, MSG_NOSIGNAL) != n)
				break;
			passed += (size_t)n;
		}
		if (ends[1].revents) {
			char *room = buf_room(&in, sizeof part);
			ssize_t n = recv(broker, room, sizeof part, 0);
			if (n <= 0)
				break;
			in.len += (size_t)n;
			relay_down(client, &in, deed, &last);
		}
		if (passed < after || done)
			continue;
		done = true;
		if (!relay_do(client, deed))
			break;
	}
	buf_release(&in);
	close(broker);
	close(client);
}

struct relay {
	pid_t pid;
	uint16_t port;
};

static struct relay relay_start(enum deed deed, size_t after)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof at;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 5) == 0);
	getsockname(fd, (struct sockaddr *)&at, &size);
	struct relay relay = { .pid = fork(), .port = ntohs(at.sin_port) };
	CHECK(relay.pid >= 0);
	if (relay.pid == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(60);
		for (int client; (client = accept(fd, NULL, NULL)) >= 0; deed = PASS)
			relay_connection(client, deed, after);
		_exit(0);
	}
	close(fd);
	return relay;
}

static void relay_stop(const struct relay *relay)
{
	kill(relay->pid, SIGKILL);
	CHECK(waitpid(relay->pid, NULL, 0) == relay->pid);
}

/* All arrives though the connection is lost on the way. */
static void test_lost(enum deed deed, const char *reason)
{
	struct story story = { .size = 1000 };
	struct relay relay = relay_start(deed, 500000);
	struct mq_options options = options_for(&story, relay.port);
	struct mq *mq = must_open(&options);
	queue_new("mq.lost", 0);
	struct mq_batch batch = batch_for(&story, "mq.lost", 2000);
	must_publish(mq, &batch);
	CHECK(story.said == 2 && strstr(story.last_said, "is back after"));
	CHECK(strstr(story.last_said, "messages again") && strstr(story.first_said, reason));
	CHECK(story.made > 2000 && story.made <= 2000 + batch.window + 1);
	CHECK(queue_holds("mq.lost", &batch) <= batch.window);
	mq_close(mq);
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
	struct mq_options options = options_for(&story, relay.port);
	struct mq *mq = must_open(&options);
	struct mq_batch batch = batch_for(&story, "mq.relayed", 2000);
	must_publish(mq, &batch);
	CHECK(story.said == 0 && queue_holds("mq.relayed", &batch) == 0);
	mq_close(mq);
	relay_stop(&relay);

	/* what was refused is sent again, each of it once, and nothing else is */
	relay = relay_start(REFUSE, 0);
	options.port = relay.port;
	mq = must_open(&options);
	story = (struct story){ .size = 16300, .slow = true }; /* a chunk each */
	batch.count = batch.window = 300;
	must_publish(mq, &batch);
	CHECK(story.said == 1 && queue_holds("mq.relayed", &batch) == REFUSED);
	CHECK(story.repeated_sum == REFUSED * (REFUSED - 1) / 2);
	batch = batch_for(&story, "mq.relayed", 2000);
	mq_close(mq);
	relay_stop(&relay);

	relay = relay_start(BLOCK, 500000);
	options.port = relay.port;
	mq = must_open(&options);
	story = (struct story){ .size = 1000 };
	must_publish(mq, &batch);
	CHECK(story.said == 2 && strstr(story.last_said, "accepts messages again"));
	CHECK(queue_holds("mq.relayed", &batch) == 0);
	mq_close(mq);
	relay_stop(&relay);

	relay = relay_start(TOO_LARGE, 100000);
	options.port = relay.port;
	mq = must_open(&options);
	story = (struct story){ .size = 2995 };
	CHECK(!mq_publish(mq, &batch, &confirmed, &fail));
	CHECK(strstr(fail_text(&fail),
		" of 3001 bytes: 406 PRECONDITION_FAILED - message size "
		"3001 is larger than configured max size 3000"));
	CHECK(strncmp(fail_text(&fail), "queue mq.relayed: message ", 26) == 0);
	CHECK(fail.kind == FAIL_NO && confirmed < 2000);
	fail_clear(&fail);
	mq_close(mq);
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
	struct mq_options options = options_for(&story, relay.port);
	options.timeout = 1;
	struct mq *mq = must_open(&options);
	struct mq_batch batch = batch_for(&story, "mq.frozen", 2000);
	CHECK(!mq_publish(mq, &batch, &confirmed, &fail));
	CHECK(strstr(fail_text(&fail), " of 2000 messages confirmed, and none for 1 s"));
	CHECK(fail.kind == FAIL_RETRY && confirmed < 2000);
	fail_clear(&fail);
	mq_close(mq);
	relay_stop(&relay);
	queue_delete("mq.frozen");
}

int main(void)
{
	const char *port = getenv("MQ_TEST_PORT");
	if (!port) {
		fprintf(stderr, "mq: MQ_TEST_PORT is not set\n");
		return 2;
	}
	broker_port = (uint16_t)strtoul(port, NULL, 10);
	hand_open();
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
	return check_end("mq");
}
