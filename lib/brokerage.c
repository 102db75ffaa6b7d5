#include "brokerage.h"

#include "broker.h"
#include "clock.h"
#include "reach.h"
#include "settings.h"
#include "uid.h"

#include <poll.h>
#include <string.h>

/* What the checks below share. */
struct brokerage {
	struct diagnosis *diagnosis;
	const struct conf *conf;
	const struct registration *registration;
	struct wire_options options;
	struct wire *wire;
};

/* ---- the way there, and the door ---- */

static void check_way(struct brokerage *b)
{
	const struct wire_options *options = &b->options;
	bool given = conf_text(b->conf, MQ_HOST) || conf_text(b->conf, MQ_PORT);
	struct reach reach = { .dns = CHECK_BROKER_DNS,
		.tcp = CHECK_BROKER_TCP,
		.tls = CHECK_BROKER_TLS,
		.host = options->host,
		.shown = options->host,
		.port = options->port,
		.use_tls = options->tls,
		.verify = options->verify,
		.ca = options->ca,
		.cert = options->cert,
		.key = options->key,
		.passphrase = options->passphrase,
		.host_advice = given
			? "see MQ_HOST and MQ_PORT"
			: "the platform calls it so, which may not hold from here: "
			  "set MQ_HOST and MQ_PORT to how it is reached",
		.ca_advice = "set MQ_USE_SSL_CA to the authority that issued it",
		.tls_advice = "see MQ_USE_SSL_CA, MQ_USE_SSL_CERT, MQ_USE_SSL_KEY and "
			      "MQ_USE_SSL_PASSPHRASE",
		.plain = "not used" };
	reach_check(b->diagnosis, &reach);
}

static bool says(const char *text, const char *what)
{
	return strstr(text, what) != NULL;
}

static const char *advise_login(const struct brokerage *b, const struct fail *fail)
{
	if (says(fail_text(fail), ": 403 "))
		return conf_text(b->conf, MQ_USER) || conf_text(b->conf, MQ_PASS)
			? "see MQ_USER and MQ_PASS"
			: "the platform gave a password that the broker does not take: see the "
			  "platform's configuration";
	return b->options.tls ? NULL
			      : "is it a broker's port, and not one for TLS? see "
				"MQ_PORT and MQ_USE_SSL";
}

static const char *advise_vhost(const struct brokerage *b, const struct fail *fail)
{
	if (says(fail_text(fail), " refused "))
		return "give the user rights in it, or set MQ_VHOST";
	return conf_text(b->conf, MQ_VHOST)
		? "see MQ_VHOST"
		: "the platform calls it so: see its configuration, or set MQ_VHOST";
}

static void check_login(struct brokerage *b)
{
	struct diagnosis *d = b->diagnosis;
	struct fail fail = { 0 };
	if (!diagnosis_ready(d, CHECK_LOGIN, CHECK_BROKER_TCP) ||
		!diagnosis_ready(d, CHECK_LOGIN, CHECK_BROKER_TLS)) {
		diagnosis_ready(d, CHECK_VHOST, CHECK_LOGIN);
		return;
	}
	b->wire = wire_open(&b->options, diagnosis_deadline(d), &fail);
	if (b->wire || says(fail_text(&fail), ": 530 "))
		diagnosis_say(
			d, CHECK_LOGIN, DIAGNOSIS_OK, NULL, "as user %s", b->options.user);
	else
		diagnosis_say(d, CHECK_LOGIN, DIAGNOSIS_PROBLEM, advise_login(b, &fail), "%s",
			fail_text(&fail));
	bool in = diagnosis_ready(d, CHECK_VHOST, CHECK_LOGIN);
	if (in && b->wire)
		diagnosis_say(d, CHECK_VHOST, DIAGNOSIS_OK, NULL, "%s", b->options.vhost);
	else if (in)
		diagnosis_say(d, CHECK_VHOST, DIAGNOSIS_PROBLEM, advise_vhost(b, &fail), "%s",
			fail_text(&fail));
	fail_clear(&fail);
}

/* ---- what the broker says ---- */

/* Waits for one event of these two kinds, or of an end. False: none came until the deadline. */
static bool await(struct brokerage *b, enum wire_kind one, enum wire_kind other,
	double deadline, struct wire_event *event)
{
	for (;;) {
		while (wire_read(b->wire, event))
			if (event->kind == one || event->kind == other ||
				event->kind == WIRE_CLOSED || event->kind == WIRE_LOST ||
				event->kind == WIRE_BLOCKED)
				return true;
		double left = deadline - clock_now();
		struct pollfd wait = { .fd = wire_fd(b->wire), .events = POLLIN };
		if (left <= 0)
			return false;
		if (!wire_ahead(b->wire))
			poll(&wait, 1, clock_milliseconds(left));
	}
}

static void hang_up(struct brokerage *b)
{
	wire_free(b->wire);
	b->wire = NULL;
}

/* ---- queues ---- */

/* What the platform makes, in the virtual host that it calls its own. */
static const char *advise_missing(const struct brokerage *b)
{
	return conf_text(b->conf, MQ_VHOST)
		? "see MQ_VHOST; if it is right, register again, or ping: either makes it"
		: "register again, or ping: either makes it";
}

static void check_queue(struct brokerage *b, const char *queue, bool push)
{
	struct diagnosis *d = b->diagnosis;
	struct wire_event event = { 0 };
	bool told = b->wire && wire_ask(b->wire, queue) &&
		await(b, WIRE_DEPTH, WIRE_UNKNOWN, diagnosis_deadline(d), &event);
	if (!told || event.kind == WIRE_LOST) {
		diagnosis_say(d, CHECK_QUEUE, DIAGNOSIS_PROBLEM, NULL, "%s: %s", queue,
			told ? event.text : "the broker does not answer");
		hang_up(b);
	} else if (event.kind != WIRE_DEPTH) {
		diagnosis_say(d, CHECK_QUEUE, DIAGNOSIS_PROBLEM,
			event.code == 404 ? advise_missing(b) : "give the user rights to it",
			"%s: %s", queue, event.text);
	} else {
		bool idle = push && !event.consumers && !settings_publishes(b->conf);
		bool stuck = push && !event.consumers && !idle;
		diagnosis_say(d, CHECK_QUEUE, stuck ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
			stuck ? "start the platform's workers" : NULL,
			"%s: messages %llu, consumers %lu%s", queue,
			(unsigned long long)event.size, (unsigned long)event.consumers,
			stuck ? ": nobody imports what is sent" : "");
	}
}

static void check_queues(struct brokerage *b)
{
	struct diagnosis *d = b->diagnosis;
	if (!diagnosis_ready(d, CHECK_QUEUE, CHECK_REGISTRATION) ||
		!diagnosis_ready(d, CHECK_QUEUE, CHECK_VHOST))
		return;
	if (settings_publishes(b->conf))
		check_queue(b, registration_text(b->registration, "config.push"), true);
	if (settings_listens(b->conf))
		check_queue(b, registration_text(b->registration, "config.listen"), false);
}

/* ---- publishing ---- */

/* Sends a body of zeros as the broker takes it. False: not all of it, for it says something, or nothing
 * moves. */
static bool send_body(struct brokerage *b, uint64_t size, double deadline)
{
	static const char zeros[1 << 14];
	while (size) {
		size_t n = size < sizeof zeros ? (size_t)size : sizeof zeros;
		struct pollfd wait = { .fd = wire_fd(b->wire), .events = POLLIN | POLLOUT };
		int ready = poll(&wait, 1, clock_milliseconds(deadline - clock_now()));
		if (ready <= 0 || !(wait.revents & POLLOUT) || (wait.revents & POLLIN) ||
			!wire_part(b->wire, zeros, n))
			return false;
		size -= n;
	}
	return true;
}

static const char *advise(const struct brokerage *b, const struct wire_event *event)
{
	return event->code == 403    ? "give the user the right to write to it"
		: event->code == 404 ? advise_missing(b)
		: event->code == 406 ? "raise max_message_size of the broker; OpenCTI "
				       "recommends 536870912"
				     : NULL;
}

/* That no messages are accepted may be said behind the answer to the first; what is asked then is not
 * answered. */
static bool goes_on(struct brokerage *b, double deadline, struct wire_event *event)
{
	return wire_ask(b->wire, registration_text(b->registration, "config.push")) &&
		await(b, WIRE_DEPTH, WIRE_UNKNOWN, deadline, event);
}

/* Publishes what the broker is to send back. */
static void publish(struct brokerage *b, enum check check, uint64_t size, const char *good)
{
	struct diagnosis *d = b->diagnosis;
	struct fail fail = { 0 };
	struct wire_event event = { 0 };
	char id[UID_LEN + 1];
	struct buf key = { 0 };
	const char *exchange = registration_text(b->registration, "config.push_exchange");
	double deadline = diagnosis_deadline(d);
	uid_random(id);
	buf_format(&key, "octi-doctor_%s", id);
	if (!b->wire)
		b->wire = wire_open(&b->options, deadline, &fail);
	bool came = b->wire && wire_confirms(b->wire, deadline, &fail) &&
		wire_publish(b->wire, exchange, buf_str(&key), size);
	if (came) {
		send_body(b, size, deadline);
		came = await(b, WIRE_RETURNED, WIRE_REFUSED, deadline, &event);
	}
	bool back = came && event.kind == WIRE_RETURNED;
	if (back)
		came = goes_on(b, deadline, &event);
	if (!came)
		diagnosis_say(d, check, DIAGNOSIS_PROBLEM, NULL, "%s: %s", exchange,
			fail.kind ? fail_text(&fail) : "the broker does not answer");
	else if (event.kind == WIRE_BLOCKED)
		diagnosis_say(d, check, DIAGNOSIS_PROBLEM, "see to its memory and its disk",
			"the broker takes no messages: %s", event.text);
	else if (back && (event.kind == WIRE_DEPTH || event.kind == WIRE_UNKNOWN))
		diagnosis_say(d, check, DIAGNOSIS_OK, NULL, "%s", good);
	else
		diagnosis_say(d, check, DIAGNOSIS_PROBLEM, advise(b, &event), "%s: %s",
			exchange, event.text ? event.text : "the broker does not take it");
	hang_up(b);
	buf_release(&key);
	fail_clear(&fail);
}

static void check_publish(struct brokerage *b, uint64_t size)
{
	struct diagnosis *d = b->diagnosis;
	struct buf good = { 0 };
	buf_format(&good, "exchange %s takes messages",
		registration_text(b->registration, "config.push_exchange"));
	if (diagnosis_ready(d, CHECK_PUBLISH, CHECK_REGISTRATION) &&
		diagnosis_ready(d, CHECK_PUBLISH, CHECK_VHOST))
		publish(b, CHECK_PUBLISH, 0, buf_str(&good));
	buf_clear(&good);
	buf_format(&good, "a message of %llu bytes is taken", (unsigned long long)size);
	if (!size)
		diagnosis_say(d, CHECK_MESSAGE_SIZE, DIAGNOSIS_SKIPPED, NULL,
			"the broker tells its limit to a larger message only; --size sends "
			"one");
	else if (diagnosis_ready(d, CHECK_MESSAGE_SIZE, CHECK_PUBLISH))
		publish(b, CHECK_MESSAGE_SIZE, size, buf_str(&good));
	buf_release(&good);
}

/* The checks from one on, with a reason of its own, or (NULL) for want of another. */
static void skip(
	struct diagnosis *diagnosis, enum check check, const char *why, enum check needs)
{
	for (; check <= CHECK_MESSAGE_SIZE; check++)
		if (why)
			diagnosis_say(diagnosis, check, DIAGNOSIS_SKIPPED, NULL, "%s", why);
		else
			diagnosis_ready(diagnosis, check, needs);
}

void brokerage_check(struct diagnosis *diagnosis, const struct conf *conf,
	const struct registration *registration, uint64_t size)
{
	struct brokerage b = { .diagnosis = diagnosis, .conf = conf };
	struct fail fail = { 0 };
	b.registration = registration;
	if (!settings_publishes(conf) && !settings_listens(conf)) {
		skip(diagnosis, CHECK_BROKER_DNS,
			"this connector has nothing to do with the broker", CHECK_COUNT);
	} else if (!conf_text(conf, MQ_HOST) && diagnosis->lacks[CHECK_REGISTRATION]) {
		skip(diagnosis, CHECK_BROKER_DNS, NULL, CHECK_REGISTRATION);
	} else if (!broker_options(registration, conf, &b.options, &fail)) {
		diagnosis_say(diagnosis, CHECK_BROKER_DNS, DIAGNOSIS_PROBLEM, "see MQ_PORT",
			"%s", fail_text(&fail));
		skip(diagnosis, CHECK_BROKER_TCP, NULL, CHECK_BROKER_DNS);
	} else {
		check_way(&b);
		check_login(&b);
		check_queues(&b);
		if (settings_publishes(conf))
			check_publish(&b, size);
		if (b.wire)
			wire_goodbye(b.wire);
		hang_up(&b);
	}
	fail_clear(&fail);
}
