#include "brokerage.h"
#include "check.h"
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* In place of wire.c: a broker that says, to each thing that is said to it, what the test has it say next. */
struct wire {
	const struct wire_event *heard, *said; /* so far */
};
static struct wire wire;
static int silence; /* nothing ever comes there */

struct wire *wire_open(const struct wire_options *options, double deadline, struct fail *fail)
{
	(void)options, (void)deadline, (void)fail;
	return &wire;
}

/* What answers one thing ends with WIRE_OTHER. */
static bool say(void)
{
	while (wire.said++->kind != WIRE_OTHER)
		;
	return true;
}

bool wire_read(struct wire *from, struct wire_event *event)
{
	if (from->heard == from->said)
		return false;
	*event = *from->heard++;
	return true;
}

bool wire_ask(struct wire *to, const char *queue)
{
	(void)to, (void)queue;
	return say();
}

bool wire_publish(struct wire *to, const char *exchange, const char *routing, uint64_t size)
{
	(void)to, (void)exchange, (void)routing, (void)size;
	return say();
}

bool wire_part(struct wire *to, const void *bytes, size_t n)
{
	(void)to, (void)bytes, (void)n;
	return true;
}

bool wire_confirms(struct wire *with, double deadline, struct fail *fail)
{
	(void)with, (void)deadline, (void)fail;
	return true;
}

int wire_fd(const struct wire *of)
{
	(void)of;
	return silence;
}

bool wire_ahead(const struct wire *of)
{
	(void)of;
	return false;
}

void wire_goodbye(struct wire *to)
{
	(void)to;
}

void wire_free(struct wire *none)
{
	(void)none;
}

static uint16_t port; /* takes connections */

/* What is found of a connector whose broker answers so. */
static void check_found(const struct wire_event *said, double timeout, const char *wanted)
{
	static const char answer[] =
		"{\"id\": \"a\", \"config\": {\"connection\": {\"host\": \"127.0.0.1\","
		" \"vhost\": \"/\", \"use_ssl\": false, \"port\": %u, \"user\": \"me\","
		" \"pass\": \"secret\"}, \"listen\": \"listen_a\", \"listen_routing\": \"l\","
		" \"listen_exchange\": \"le\", \"push\": \"push_a\", \"push_routing\": \"p\","
		" \"push_exchange\": \"pe\"}}";
	struct fail fail = { 0 };
	struct registration registration = { 0 };
	struct conf *conf = conf_new();
	struct buf text = { 0 };
	char *lines = NULL;
	size_t len;
	struct diagnosis diagnosis = { .to = open_memstream(&lines, &len), .timeout = timeout };
	buf_format(&text, answer, port);
	CHECK(conf &&
		registration_take(&registration, (struct span){ text.data, text.len }, &fail));
	wire.heard = wire.said = said;
	brokerage_check(&diagnosis, conf, &registration, 0);
	fclose(diagnosis.to);
	const char *at = strstr(lines, " queue: ");
	while (at && at > lines && at[-1] != '\n')
		at--;
	CHECK_TEXT(at, wanted);
	free(lines);
	buf_release(&text);
	registration_release(&registration);
	conf_free(conf);
}

#define THEN                                                                                   \
	{                                                                                      \
		.kind = WIRE_OTHER                                                             \
	}
#define DEPTH                                                                                  \
	{                                                                                      \
		.kind = WIRE_DEPTH, .consumers = 1                                             \
	}
#define RETURNED                                                                               \
	{                                                                                      \
		.kind = WIRE_RETURNED, .code = 312, .text = "312 NO_ROUTE"                     \
	}
#define CONFIRMED                                                                              \
	{                                                                                      \
		.kind = WIRE_CONFIRMED, .tag = 1                                               \
	}
#define BLOCKED                                                                                \
	{                                                                                      \
		.kind = WIRE_BLOCKED, .text = "low on memory"                                  \
	}
#define QUEUE "ok queue: push_a: messages 0, consumers 1\n"
#define UNTRIED                                                                                \
	"skipped message-size: the broker tells its limit to a larger message only; --size "   \
	"sends one\n"

static void check_publish(void)
{
	static const char blocked[] =
		QUEUE "problem publish: the broker takes no messages: low on memory; see to "
		      "its memory and its disk\n" UNTRIED;
	check_found((const struct wire_event[]){ DEPTH, THEN, RETURNED, CONFIRMED, THEN, DEPTH,
			    THEN },
		60, QUEUE "ok publish: exchange pe takes messages\n" UNTRIED);
	check_found((const struct wire_event[]){ DEPTH, THEN, BLOCKED, THEN }, 60, blocked);
	/* The word that it is blocked may be behind its answer: nothing is answered then. */
	check_found((const struct wire_event[]){ DEPTH, THEN, RETURNED, CONFIRMED, BLOCKED,
			    THEN, THEN },
		60, blocked);
	check_found((const struct wire_event[]){ DEPTH, THEN, { .kind = WIRE_REFUSED }, THEN },
		60, QUEUE "problem publish: pe: the broker does not take it\n" UNTRIED);
	check_found((const struct wire_event[]){ DEPTH, THEN, THEN }, 0.1,
		QUEUE "problem publish: pe: the broker does not answer\n" UNTRIED);
	check_found((const struct wire_event[]){ DEPTH, THEN,
			    { .kind = WIRE_LOST, .text = "320 CONNECTION_FORCED" }, THEN },
		60, QUEUE "problem publish: pe: 320 CONNECTION_FORCED\n" UNTRIED);
}

static void check_queue(void)
{
	static const char publish[] = "ok publish: exchange pe takes messages\n" UNTRIED;
	struct buf wanted = { 0 };
	buf_format(&wanted, "problem queue: push_a: 320 CONNECTION_FORCED\n%s", publish);
	check_found((const struct wire_event[]){ { .kind = WIRE_LOST,
							 .text = "320 CONNECTION_FORCED" },
			    THEN, RETURNED, THEN, DEPTH, THEN },
		60, buf_str(&wanted));
	buf_clear(&wanted);
	buf_format(&wanted, "problem queue: push_a: the broker does not answer\n%s", publish);
	check_found((const struct wire_event[]){ THEN, RETURNED, THEN, DEPTH, THEN }, 0.1,
		buf_str(&wanted));
	buf_clear(&wanted);
	buf_format(&wanted,
		"problem queue: push_a: 403 ACCESS_REFUSED; give the user rights to it\n%s",
		publish);
	check_found(
		(const struct wire_event[]){
			{ .kind = WIRE_UNKNOWN, .code = 403, .text = "403 ACCESS_REFUSED" },
			THEN, RETURNED, THEN, DEPTH, THEN },
		60, buf_str(&wanted));
	buf_release(&wanted);
}

int main(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	socklen_t size = sizeof any;
	int ends[2], fd = socket(AF_INET, SOCK_STREAM, 0);
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&any, sizeof any) && !listen(fd, 50));
	CHECK(!getsockname(fd, (struct sockaddr *)&any, &size) && !pipe(ends));
	port = ntohs(any.sin_port);
	silence = ends[0];
	check_queue();
	check_publish();
	return check_end("brokerage");
}
