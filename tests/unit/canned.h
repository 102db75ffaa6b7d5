/* canned: a server of fixed answers in a child process, which records what it is asked. */
#ifndef OCTI_CANNED_H
#define OCTI_CANNED_H

#include "buf.h"
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One answer; the bytes go out as they are, after the delay. */
struct canned_answer {
	const char *bytes;
	size_t len; /* 0: strlen(bytes) */
	long delay; /* milliseconds */
	bool close; /* the connection, after it */
};

struct canned {
	pid_t pid;
	int record; /* of requests: connection number, length, bytes */
	char url[64];
	uint16_t port;
};

static inline void canned_write(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	while (len) {
		ssize_t n = write(fd, at, len);
		if (n <= 0)
			return;
		at += n;
		len -= (size_t)n;
	}
}

/* Reads one request: up to the blank line, then as much as Content-Length says. */
static inline bool canned_take(int fd, struct buf *request)
{
	char *end = NULL, *length;
	size_t body = 0;
	buf_clear(request);
	while (!end || request->len < (size_t)(end - request->data) + 4 + body) {
		char *room = buf_room(request, 65536);
		ssize_t n = read(fd, room, 65536);
		if (n <= 0)
			return false;
		room[n] = '\0';
		request->len += (size_t)n;
		end = strstr(request->data, "\r\n\r\n");
		length = strstr(request->data, "Content-Length: ");
		if (end && length && length < end)
			body = strtoul(length + 16, NULL, 10);
	}
	return true;
}

static inline void canned_serve(
	int listener, int record, const struct canned_answer *answers, size_t count)
{
	struct buf request = { 0 };
	uint32_t connection = 0;
	int fd = -1;
	for (size_t i = 0; i < count;) {
		if (fd < 0) {
			fd = accept(listener, NULL, NULL);
			connection++;
		}
		if (!canned_take(fd, &request)) {
			close(fd);
			fd = -1;
			continue;
		}
		uint32_t head[2] = { connection, (uint32_t)request.len };
		canned_write(record, head, sizeof head);
		canned_write(record, request.data, request.len);
		struct timespec delay = { answers[i].delay / 1000,
			answers[i].delay % 1000 * 1000000 };
		nanosleep(&delay, NULL);
		canned_write(fd, answers[i].bytes,
			answers[i].len ? answers[i].len : strlen(answers[i].bytes));
		if (answers[i++].close) {
			close(fd);
			fd = -1;
		}
	}
	buf_release(&request);
	pause();
}

static inline void canned_start(
	struct canned *canned, const struct canned_answer *answers, size_t count)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), record[2];
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(listener >= 0 && !bind(listener, (struct sockaddr *)&address, sizeof address) &&
		!listen(listener, 8) &&
		!getsockname(listener, (struct sockaddr *)&address, &len) && !pipe(record));
	canned->pid = fork();
	CHECK(canned->pid >= 0);
	if (!canned->pid) {
		signal(SIGPIPE, SIG_IGN);
		alarm(60);
		close(record[0]);
		canned_serve(listener, record[1], answers, count);
		_exit(0);
	}
	close(listener);
	close(record[1]);
	canned->record = record[0];
	canned->port = ntohs(address.sin_port);
	snprintf(canned->url, sizeof canned->url, "http://127.0.0.1:%u", canned->port);
}

/* The next request's bytes; returns the number of the connection it came on, from 1. */
static inline unsigned canned_request(struct canned *canned, struct buf *request)
{
	uint32_t head[2];
	CHECK(read(canned->record, head, sizeof head) == (ssize_t)sizeof head);
	buf_clear(request);
	while (request->len < head[1]) {
		char *room = buf_room(request, head[1] - request->len);
		ssize_t n = read(canned->record, room, head[1] - request->len);
		CHECK(n > 0);
		request->len += (size_t)n;
		request->data[request->len] = '\0';
	}
	return head[0];
}

static inline void canned_stop(struct canned *canned)
{
	kill(canned->pid, SIGKILL);
	waitpid(canned->pid, NULL, 0);
	close(canned->record);
}

#endif
