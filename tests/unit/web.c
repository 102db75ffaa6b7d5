#include "web.h"
#include "check.h"
#include "clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct web *web;
static struct buf seen; /* what the routes were asked */
static bool doubtful;   /* admit nobody */

static void note(const struct web_request *request)
{
	buf_format(&seen, "%s %s %s %s %zu|", request->method, request->path,
		request->authorization ? request->authorization : "-",
		request->type ? request->type : "-", request->body->len);
}

static bool admit(void *ctx, const struct web_request *request, struct web_answer *answer)
{
	(void)ctx;
	CHECK(request->body->len == 0);
	buf_text(&seen, "admit|");
	if (!doubtful)
		return true;
	answer->status = 401;
	answer->type = "application/json";
	buf_text(&answer->body, "{}");
	return false;
}

static void echo(void *ctx, const struct web_request *request, struct web_answer *answer)
{
	(void)ctx;
	note(request);
	answer->status = 202;
	answer->type = "text/plain";
	buf_add(&answer->body, request->body->data, request->body->len);
}

static void busy(void *ctx, const struct web_request *request, struct web_answer *answer)
{
	(void)ctx;
	note(request);
	answer->status = 503;
	answer->retry_after = 7;
}

static void forget_to_answer(
	void *ctx, const struct web_request *request, struct web_answer *answer)
{
	(void)ctx;
	(void)answer;
	note(request);
}

static void large(void *ctx, const struct web_request *request, struct web_answer *answer)
{
	(void)ctx;
	(void)request;
	answer->status = 200;
	while (answer->body.len < 32 << 20)
		buf_text(&answer->body, "sixteen letters ");
}

static const struct web_route routes[] = {
	{ .method = "POST", .path = "/post", .admit = admit, .answer = echo },
	{ .method = "GET", .path = "/get", .answer = echo },
	{ .method = "GET", .path = "/busy", .answer = busy },
	{ .method = "GET", .path = "/none", .answer = forget_to_answer },
	{ .method = "GET", .path = "/large", .answer = large },
};

static const struct web_options usual = { .address = "127.0.0.1",
	.max_body = 1000,
	.timeout = 20,
	.connections = 4,
	.routes = routes,
	.route_count = sizeof routes / sizeof *routes };

static void open_web(struct web_options options)
{
	struct fail fail = { 0 };
	web_close(web);
	web = web_open(&options, &fail);
	CHECK_TEXT(fail_text(&fail), "no error");
	CHECK(web && web_port(web));
	buf_clear(&seen);
	doubtful = false;
}

/* ---- clients, of the same process: the server is served while they wait ---- */

static int dial(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(web_port(web)) };
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof at));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* Waits for the server or a client, `seconds` at most. */
static void serve(int fd, double seconds)
{
	struct pollfd polls[] = { { .fd = web_fd(web), .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };
	double wait = web_timeout(web);
	poll(polls, 2, clock_milliseconds(wait < seconds ? wait : seconds));
	web_serve(web);
}

static void serve_for(double seconds)
{
	double until = clock_now() + seconds;
	while (clock_now() < until)
		serve(-1, until - clock_now());
}

static void put(int fd, const char *bytes, size_t len)
{
	double until = clock_now() + 10;
	while (len && clock_now() < until) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return; /* it was cut */
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
		serve(-1, 0);
	}
}

/* Reads until `wanted` bytes came, or the end; true at the end. */
static bool take(int fd, struct buf *answer, size_t wanted, double seconds)
{
	double until = clock_now() + seconds;
	char bytes[65536];
	ssize_t n = -1;
	while (answer->len < wanted && n != 0 && clock_now() < until) {
		serve(fd, until - clock_now());
		while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
			buf_add(answer, bytes, (size_t)n);
		if (n < 0 && errno != EAGAIN)
			n = 0;
	}
	return n == 0;
}

/* One request, and all that comes back until the end. The text lives until the next call. */
static const char *ask(const char *request, size_t len)
{
	static struct buf answer;
	buf_release(&answer);
	int fd = dial();
	put(fd, request, len);
	CHECK(take(fd, &answer, SIZE_MAX, 10));
	close(fd);
	return buf_str(&answer);
}

static const char *say(const char *request)
{
	return ask(request, strlen(request));
}

static void check_status(const char *answer, int status)
{
	char wanted[32];
	snprintf(wanted, sizeof wanted, "HTTP/1.1 %d ", status);
	if (strncmp(answer, wanted, strlen(wanted)) != 0)
		fprintf(stderr, "is: %.60s\n", answer);
	CHECK(strncmp(answer, wanted, strlen(wanted)) == 0);
}

static const char *body_of(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");
	return end ? end + 4 : "";
}

#define HOST "Host: x\r\nConnection: close\r\n"

static void test_routes(void)
{
	open_web(usual);
	const char *answer = say(
		"POST /post?x=1 HTTP/1.1\r\n" HOST "Authorization: Bearer  x\r\nContent-Type: "
		"a/b\r\nContent-Length: 5\r\n\r\nhello");
	check_status(answer, 202);
	CHECK_TEXT(body_of(answer), "hello");
	CHECK(strstr(answer, "Content-Type: text/plain\r\n"));
	CHECK_TEXT(buf_str(&seen), "admit|POST /post Bearer  x a/b 5|");
	buf_clear(&seen);
	check_status(say("GET /post HTTP/1.1\r\n" HOST "\r\n"), 405);
	CHECK(strstr(say("GET /post HTTP/1.1\r\n" HOST "\r\n"), "\r\nAllow: POST\r\n"));
	CHECK(strstr(say("PUT /get HTTP/1.1\r\n" HOST "\r\n"), "\r\nAllow: GET, HEAD\r\n"));
	check_status(say("GET /posts HTTP/1.1\r\n" HOST "\r\n"), 404);
	check_status(say("GET /%70ost HTTP/1.1\r\n" HOST "\r\n"), 404);
	check_status(say("GET /get%00 HTTP/1.1\r\n" HOST "\r\n"), 404);
	CHECK_TEXT(buf_str(&seen), "");
	check_status(say("HEAD /get HTTP/1.1\r\n" HOST "\r\n"), 202);
	answer = say("GET /busy HTTP/1.1\r\n" HOST "\r\n");
	check_status(answer, 503);
	CHECK(strstr(answer, "\r\nRetry-After: 7\r\n"));
	check_status(say("GET /none HTTP/1.1\r\n" HOST "\r\n"), 500);
	CHECK_TEXT(buf_str(&seen), "HEAD /get - - 0|GET /busy - - 0|GET /none - - 0|");
	check_status(say("GET /get HTTP/1.1\r\nConnection: close\r\n\r\n"), 400); /* no Host */
	CHECK_TEXT(say("nonsense\r\n\r\n"), "");
}

static void test_refusals(void)
{
	open_web(usual);
	doubtful = true;
	const char *answer =
		say("POST /post HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
	check_status(answer, 401);
	CHECK_TEXT(body_of(answer), "{}");
	CHECK(strstr(answer, "\r\nWWW-Authenticate: Bearer\r\n"));
	/* Who asks whether to send is told not to. */
	check_status(say("POST /post HTTP/1.1\r\n" HOST
			 "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"),
		401);
	CHECK_TEXT(buf_str(&seen), "admit|admit|");
	doubtful = false;
	answer = say("POST /post HTTP/1.1\r\n" HOST
		     "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
	CHECK(!strncmp(answer, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 ", 38));
}

static void test_limits(void)
{
	struct buf request = { 0 };
	open_web(usual);
	/* Announced: told before a byte of the body came. */
	check_status(say("POST /post HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n"), 413);
	check_status(say("POST /post HTTP/1.1\r\n" HOST
			 "Content-Length: 18446744073709551615\r\n\r\n"),
		413);
	CHECK_TEXT(buf_str(&seen), "admit|admit|");
	/* The largest. */
	buf_text(&request, "POST /post HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n");
	for (int i = 0; i < 100; i++)
		buf_text(&request, "0123456789");
	const char *answer = ask(request.data, request.len);
	check_status(answer, 202);
	CHECK(strlen(body_of(answer)) == 1000);
	/* In pieces that add up to too much. */
	buf_clear(&request);
	buf_text(&request, "POST /post HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 101; i++)
		buf_text(&request, "a\r\n0123456789\r\n");
	size_t unfinished = request.len;
	buf_text(&request, "0\r\n\r\n");
	buf_clear(&seen);
	check_status(ask(request.data, request.len), 413);
	CHECK_TEXT(buf_str(&seen), "admit|");
	/* Pieces without end. */
	request.len = unfinished;
	for (int i = 0; i < 200; i++)
		buf_text(&request, "a\r\n0123456789\r\n");
	CHECK_TEXT(ask(request.data, request.len), "");
	/* Headers. */
	buf_clear(&request);
	buf_text(&request, "GET /get HTTP/1.1\r\n" HOST "X: ");
	while (request.len < 32 << 10)
		buf_text(&request, "0123456789");
	buf_text(&request, "\r\n\r\n");
	answer = ask(request.data, request.len);
	CHECK(!*answer || !strncmp(answer, "HTTP/1.1 4", 10));
	check_status(say("GET /get HTTP/1.1\r\n" HOST "\r\n"), 202);
	buf_release(&request);
}

static void test_kept_connection(void)
{
	struct buf answer = { 0 };
	static const char get[] = "GET /get HTTP/1.1\r\nHost: x\r\n\r\n";
	open_web(usual);
	int fd = dial();
	for (int i = 0; i < 3; i++) {
		buf_clear(&answer);
		put(fd, get, strlen(get));
		CHECK(!take(fd, &answer, 1, 10));
		check_status(answer.data, 202);
	}
	close(fd);
	serve_for(0.05);
	CHECK(web_timeout(web) == HUGE_VAL); /* nobody is left */
	buf_release(&answer);
}

/* Whatever a client does with its time, it is over. */
static void test_slow_clients(void)
{
	static const char *const parts[] = { "", "GET /get HT",
		"POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx" };
	struct web_options options = usual;
	struct buf answer = { 0 };
	options.timeout = 0.4;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		open_web(options);
		int fd = dial();
		double from = clock_now();
		put(fd, parts[i], strlen(parts[i]));
		serve_for(0.02);
		CHECK(web_timeout(web) <= 0.4);
		bool cut = false;
		while (!cut && clock_now() < from + 5) { /* a byte now and then */
			cut = take(fd, &answer, answer.len + 1, 0.05);
			send(fd, "x", 1, MSG_NOSIGNAL);
		}
		CHECK(cut && clock_now() - from >= 0.39 && clock_now() - from < 2);
		close(fd);
	}
	/* One that does not read what it asked for. */
	open_web(options);
	static const char get[] = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd = dial();
	put(fd, get, strlen(get));
	serve_for(0.8);
	CHECK(web_timeout(web) == HUGE_VAL);
	buf_clear(&answer);
	CHECK(take(fd, &answer, SIZE_MAX, 5));
	CHECK(answer.len > 0 && answer.len < 32 << 20);
	close(fd);
	buf_release(&answer);
}

/* A pause of ours is no fault of a client's. */
static void test_own_pause(void)
{
	struct web_options options = usual;
	static const char get[] = "GET /get HTTP/1.1\r\n" HOST "\r\n";
	struct buf answer = { 0 };
	options.timeout = 0.2;
	open_web(options);
	int fd = dial();
	serve_for(0.05);
	CHECK(send(fd, get, strlen(get), 0) == (ssize_t)strlen(get));
	poll(NULL, 0, 400);
	CHECK(take(fd, &answer, SIZE_MAX, 5));
	check_status(buf_str(&answer), 202);
	close(fd);
	buf_release(&answer);
}

static void test_many(void)
{
	enum { MANY = 20 };
	static const char get[] = "GET /get HTTP/1.1\r\n" HOST "\r\n";
	int fds[MANY];
	struct buf answer = { 0 };
	open_web(usual); /* four at a time */
	for (int i = 0; i < MANY; i++) {
		fds[i] = dial();
		CHECK(send(fds[i], get, strlen(get), 0) == (ssize_t)strlen(get));
	}
	for (int i = 0; i < MANY; i++) {
		buf_clear(&answer);
		CHECK(take(fds[i], &answer, SIZE_MAX, 5));
		check_status(buf_str(&answer), 202);
		close(fds[i]);
	}
	/* Four that say nothing keep a fifth waiting, until their time is over. */
	struct web_options options = usual;
	options.timeout = 0.3;
	open_web(options);
	for (int i = 0; i < 4; i++) {
		fds[i] = dial();
		serve_for(0.02);
	}
	check_status(say(get), 202);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	buf_release(&answer);
}

/* A child has no part in the connections, and its end does nothing to them. */
static void test_children(void)
{
	static const char half[] = "GET /get HT", rest[] = "TP/1.1\r\n" HOST "\r\n";
	struct buf answer = { 0 };
	open_web(usual);
	int fd = dial();
	put(fd, half, strlen(half));
	serve_for(0.02);
	int forgotten[2];
	CHECK(!pipe(forgotten));
	pid_t pid = fork();
	if (pid == 0) {
		web_forget(web);
		close(forgotten[1]);
		web_close(web);
		poll(NULL, 0, 60000);
		_exit(0);
	}
	char none;
	close(forgotten[1]);
	CHECK(read(forgotten[0], &none, 1) == 0);
	close(forgotten[0]);
	put(fd, rest, strlen(rest));
	CHECK(take(fd, &answer, SIZE_MAX, 5)); /* at an end although the child lives */
	check_status(buf_str(&answer), 202);
	uint16_t port = web_port(web);
	web_close(web);
	web = NULL;
	struct web_options options = usual;
	options.port = port;
	open_web(options); /* the port is free */
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	close(fd);
	buf_release(&answer);
}

static void test_renewal(void)
{
	struct fail fail = { 0 };
	struct web_options options = usual;
	open_web(usual);
	uint16_t port = web_port(web);
	options.port = port;
	options.certificate = "/nowhere";
	CHECK(!web_renew(web, &options, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "server certificate /nowhere: No such file or directory");
	check_status(say("GET /get HTTP/1.1\r\n" HOST "\r\n"), 202);
	options.certificate = NULL;
	options.max_body = 3;
	struct web *fresh = web_renew(web, &options, &fail);
	CHECK(fresh && !fail.kind);
	web = fresh;
	CHECK(web_port(web) == port);
	check_status(say("POST /post HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"), 413);
}

static void test_failures(void)
{
	struct fail fail = { 0 };
	struct web_options options = usual;
	char text[64];
	open_web(usual);
	options.port = web_port(web);
	CHECK(!web_open(&options, &fail));
	snprintf(text, sizeof text, "port %u: Address already in use", options.port);
	CHECK_FAIL(&fail, FAIL_RETRY, text);
	options.address = NULL;
	CHECK(!web_open(&options, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, text);
	options.address = "localhost";
	options.port = 0;
	CHECK(!web_open(&options, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "cannot listen on localhost, port 0: Invalid argument");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_routes();
	test_refusals();
	test_limits();
	test_kept_connection();
	test_slow_clients();
	test_own_pause();
	test_many();
	test_children();
	test_renewal();
	test_failures();
	web_close(web);
	buf_release(&seen);
	return check_end("web");
}
