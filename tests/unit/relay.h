/* relay: a process between a test and the broker that does to the connection what networks and brokers
 * do. */
#ifndef OCTI_TESTS_RELAY_H
#define OCTI_TESTS_RELAY_H

#include "broker.h"
#include "buf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the relay does to its first connection once so many bytes came from the client. */
enum deed { PASS, CUT, FREEZE, FORCE, BLOCK, TOO_LARGE, SHUFFLE, REFUSE, LATE, CANCEL };

enum { REFUSED = 10 }; /* messages of which REFUSE says that they were */

static inline void put(struct buf *to, unsigned bytes, uint64_t number)
{
	while (bytes-- > 0)
		buf_char(to, (char)(number >> 8 * bytes));
}

static inline void put_method(
	int fd, unsigned channel, uint32_t method, const struct buf *arguments)
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

static inline void put_close(
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
static inline void put_confirms(int fd, const unsigned char *frame, uint64_t *last, bool refuse)
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
static inline void relay_down(int client, struct buf *in, enum deed deed, uint64_t *last)
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
static inline bool relay_do(int client, enum deed deed)
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
	case LATE:
		put_close(client, 1, AMQP_CHANNEL_CLOSE_METHOD, 406,
			"PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed "
			"out. "
			"Timeout value used: 1800000 ms.");
		return true;
	case CANCEL:
		put(&reason, 1, 4);
		buf_text(&reason, "octi");
		put(&reason, 1, 1);
		put_method(client, 1, AMQP_BASIC_CANCEL_METHOD, &reason);
		buf_release(&reason);
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

static inline void relay_connection(int client, enum deed deed, size_t after)
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

static inline struct relay relay_start(enum deed deed, size_t after)
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

static inline void relay_stop(const struct relay *relay)
{
	kill(relay->pid, SIGKILL);
	CHECK(waitpid(relay->pid, NULL, 0) == relay->pid);
}

#endif
