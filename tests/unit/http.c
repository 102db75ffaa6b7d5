#include "http.h"
#include "canned.h"
#include "clock.h"

#include <fcntl.h>
#include <sys/resource.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const struct http_options usual = { .verify = true, .timeout = 5, .connect_timeout = 5 };

static struct http *open_http(const struct http_options *options)
{
	struct fail fail = { 0 };
	struct http *http = http_open(options, &fail);
	if (!http)
		CHECK_TEXT(fail_text(&fail), "");
	return http;
}

/* The request as it was sent, with HOST for the port. */
static unsigned check_sent(struct canned *canned, const char *wanted)
{
	struct buf sent = { 0 }, text = { 0 };
	unsigned connection = canned_request(canned, &sent);
	const char *host = canned->url + strlen("http://");
	for (const char *at = buf_str(&sent); *at; at++) {
		if (!strncmp(at, host, strlen(host))) {
			buf_text(&text, "HOST");
			at += strlen(host) - 1;
		} else {
			buf_char(&text, *at);
		}
	}
	CHECK_TEXT(buf_str(&text), wanted);
	buf_release(&sent);
	buf_release(&text);
	return connection;
}

static void test_requests(void)
{
	static const struct canned_answer answers[] = {
		{ .bytes = "HTTP/1.1 429 Slow\r\nContent-Type: application/json; "
			   "charset=utf-8\r\n"
			   "Retry-After: 7\r\nContent-Length: 2\r\n\r\n{}" },
		{ .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			   "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n" },
		{ .bytes = "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: "
			   "0\r\n\r\n" },
		{ .bytes = OK },
		{ .bytes = OK, .close = true },
		{ .bytes = "HTTP/1.1 204 No Content\r\n\r\n" },
	};
	struct fail fail = { 0 };
	struct canned canned;
	struct answer answer = { 0 };
	canned_start(&canned, answers, 6);
	struct http *http = open_http(&usual);

	const char *headers[] = { "Content-Type: application/json", "opencti-draft-id;", NULL };
	struct request request = { .method = "POST",
		.url = canned.url,
		.headers = headers,
		.body = "{\0}",
		.len = 3 };
	CHECK(http_send(http, &request, &answer, &fail));
	CHECK(answer.status == 429 && answer.retry_after == 7);
	CHECK_TEXT(answer.type, "application/json; charset=utf-8");
	CHECK_TEXT(buf_str(&answer.body), "{}");
	CHECK(check_sent(&canned,
		      "POST / HTTP/1.1\r\nHost: HOST\r\nUser-Agent: octi/0.1.0\r\n"
		      "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
		      "Content-Type: application/json\r\nopencti-draft-id:\r\n"
		      "Content-Length: 3\r\n\r\n{") == 1);

	request = (struct request){ .method = "GET", .url = canned.url };
	CHECK(http_send(http, &request, &answer, &fail));
	CHECK(answer.status == 200 && answer.retry_after < 0 && !answer.type);
	CHECK_TEXT(buf_str(&answer.body), "abcdefg");
	CHECK(check_sent(&canned,
		      "GET / HTTP/1.1\r\nHost: HOST\r\nUser-Agent: octi/0.1.0\r\n"
		      "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\n\r\n") == 1);

	const char *agent[] = { "User-Agent: mine", "Accept: text/plain", NULL };
	request.headers = agent;
	CHECK(http_send(http, &request, &answer, &fail) && answer.status == 302 &&
		!answer.body.len);
	CHECK(check_sent(&canned,
		      "GET / HTTP/1.1\r\nHost: HOST\r\nAccept-Encoding: gzip, deflate\r\n"
		      "User-Agent: mine\r\nAccept: text/plain\r\n\r\n") == 1);

	request = (struct request){ .method = "POST", .url = canned.url, .body = "", .len = 0 };
	CHECK(http_send(http, &request, &answer, &fail));
	struct buf sent = { 0 };
	CHECK(canned_request(&canned, &sent) == 1 &&
		strstr(buf_str(&sent), "Content-Length: 0\r\n"));

	struct request_part parts[] = {
		{ .name = "operations", .data = "{\"a\": 1}", .len = 8 },
		{ .name = "map", .data = "{}", .len = 2 },
		{ .name = "0",
			.file_name = "a \"b\" \xc3\xa9.json",
			.type = "text/x",
			.data = "by\0es",
			.len = 5 },
	};
	request = (struct request){
		.method = "POST", .url = canned.url, .parts = parts, .part_count = 3
	};
	CHECK(http_send(http, &request, &answer, &fail) && answer.status == 200);
	CHECK(canned_request(&canned, &sent) == 1);
	const char *boundary = strstr(buf_str(&sent), "boundary=") + strlen("boundary=");
	struct buf wanted = { 0 };
	int n = (int)strcspn(boundary, "\r");
	buf_format(&wanted,
		"\r\n\r\n--%.*s\r\nContent-Disposition: form-data; "
		"name=\"operations\"\r\n\r\n{\"a\": 1}\r\n"
		"--%.*s\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{}\r\n"
		"--%.*s\r\nContent-Disposition: form-data; name=\"0\"; "
		"filename=\"a %%22b%%22 \xc3\xa9.json\"\r\nContent-Type: text/x\r\n\r\n",
		n, boundary, n, boundary, n, boundary);
	buf_add(&wanted, "by\0es\r\n", 7);
	buf_format(&wanted, "--%.*s--\r\n", n, boundary);
	const char *body = strstr(buf_str(&sent), "\r\n\r\n");
	CHECK(sent.len - (size_t)(body - sent.data) == wanted.len);
	CHECK(!memcmp(body, wanted.data, wanted.len));
	CHECK(strstr(buf_str(&sent), "Content-Type: multipart/form-data; boundary="));

	/* the server closed the kept connection: the next request makes a new one */
	request = (struct request){ .method = "DELETE", .url = canned.url };
	CHECK(http_send(http, &request, &answer, &fail) && answer.status == 204);
	CHECK(canned_request(&canned, &sent) == 2 && !strncmp(sent.data, "DELETE / ", 9));
	buf_release(&sent);
	buf_release(&wanted);
	answer_release(&answer);
	http_close(http);
	canned_stop(&canned);
}

/* The failure's text, with HOST for the host and port. */
static void check_refusal(const struct http_options *options,
	const struct canned_answer *answer_of, enum fail_kind kind, const char *wanted)
{
	struct fail fail = { 0 };
	struct answer answer = { 0 };
	struct canned canned;
	struct buf text = { 0 };
	canned_start(&canned, answer_of, 1);
	struct http *http = open_http(options);
	struct request request = { .method = "GET", .url = canned.url };
	CHECK(!http_send(http, &request, &answer, &fail));
	const char *host = canned.url + strlen("http://"), *is = fail_text(&fail);
	const char *found = strstr(is, host);
	if (found)
		buf_format(&text, "%.*sHOST%s", (int)(found - is), is, found + strlen(host));
	else
		buf_text(&text, is);
	CHECK_TEXT(buf_str(&text), wanted);
	CHECK(fail.kind == kind);
	buf_release(&text);
	fail_clear(&fail);
	answer_release(&answer);
	http_close(http);
	canned_stop(&canned);
}

static void test_refusals(void)
{
	struct http_options quick = usual, small = usual;
	quick.timeout = 0.2;
	small.max_answer = 4;
	check_refusal(&usual,
		&(struct canned_answer){
			.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
			.close = true },
		FAIL_RETRY, "HOST: the answer ended early (3 of 10 bytes)");
	check_refusal(&usual,
		&(struct canned_answer){
			.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
			.close = true },
		FAIL_RETRY, "HOST: the answer ended early (2 bytes came)");
	check_refusal(&usual, &(struct canned_answer){ .bytes = "\0", .len = 0, .close = true },
		FAIL_RETRY, "HOST: the connection was closed without an answer");
	check_refusal(&quick, &(struct canned_answer){ .bytes = OK, .delay = 2000 }, FAIL_RETRY,
		"HOST: no answer within 0.2 s");
	check_refusal(&quick,
		&(struct canned_answer){
			.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc" },
		FAIL_RETRY, "HOST: the answer did not end within 0.2 s (3 bytes came)");
	check_refusal(&small,
		&(struct canned_answer){
			.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde" },
		FAIL_NO, "HOST: the answer: larger than 4 bytes");
	check_refusal(&small,
		&(struct canned_answer){ .bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: "
						  "gzip\r\nContent-Length: 3\r\n\r\nabc" },
		FAIL_RETRY,
		"HOST: Error while processing content unencoding: incorrect header check");
	check_refusal(&usual,
		&(struct canned_answer){ .bytes = "SSH-2.0-OpenSSH\r\n", .close = true },
		FAIL_USAGE, "HOST: what answers does not speak HTTP");

	struct fail fail = { 0 };
	struct answer answer = { 0 };
	struct http *http = open_http(&usual);
	static const char *const urls[] = { "localhost:8080", "ftp://host/", "http://",
		"file:///etc/passwd", "http://a b/", "", "https://user:secret@" };
	struct request request = { .method = "GET" };
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		request.url = urls[i];
		CHECK(!http_send(http, &request, &answer, &fail));
		CHECK_FAIL(&fail, FAIL_USAGE,
			"not an address that begins with http:// or https://");
	}
	const char *headers[] = { "X-A: b\r\nX-C: d", NULL };
	request.url = "http://127.0.0.1:1/";
	request.headers = headers;
	CHECK(!http_send(http, &request, &answer, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "header X-A: a control character in it");
	request.headers = NULL;
	CHECK(!http_send(http, &request, &answer, &fail) && fail.kind == FAIL_RETRY);
	CHECK(!strncmp(fail_text(&fail), "cannot connect to 127.0.0.1:1: ", 31));
	request.url = "http://user:secret@nowhere.invalid/";
	CHECK(!http_send(http, &request, &answer, &fail) && fail.kind == FAIL_RETRY);
	CHECK(!strncmp(fail_text(&fail), "cannot connect to nowhere.invalid: ", 35));
	fail_clear(&fail);
	answer_release(&answer);
	http_close(http);
}

/* What the library calls out of memory, both. */
static void test_long_header(void)
{
	struct buf line = { 0 }, answer = { 0 };
	char *room = buf_room(&line, 150000);
	memset(room, 'a', 150000);
	line.len = 150000;
	room[line.len] = '\0';
	buf_format(&answer, "HTTP/1.1 200 OK\r\nX-A: %s\r\nContent-Length: 2\r\n\r\nok",
		buf_str(&line));
	check_refusal(&usual, &(struct canned_answer){ .bytes = buf_str(&answer) }, FAIL_RETRY,
		"HOST: out of memory, or a line of the answer's header is longer than 100 KB");
	buf_release(&line);
	buf_release(&answer);
}

/* Connections that no program has that is run meanwhile; all are to be such. */
static int private_connections(void)
{
	int count = 0;
	for (int fd = 0; fd < 64; fd++) {
		struct sockaddr_in peer;
		socklen_t len = sizeof peer;
		if (getpeername(fd, (struct sockaddr *)&peer, &len) ||
			peer.sin_family != AF_INET)
			continue;
		CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		count++;
	}
	return count;
}

static void test_no_descriptors(void)
{
	struct fail fail = { 0 };
	struct answer answer = { 0 };
	struct canned canned;
	struct rlimit before = { 0 }, none;
	canned_start(&canned, &(struct canned_answer){ .bytes = OK }, 1);
	struct http *http = open_http(&usual);
	struct request request = { .method = "GET", .url = canned.url };
	int unused = open("/dev/null", O_RDONLY);
	CHECK(unused >= 0 && !getrlimit(RLIMIT_NOFILE, &before) && !close(unused));
	none = before;
	none.rlim_cur = (rlim_t)unused;
	CHECK(!setrlimit(RLIMIT_NOFILE, &none));
	CHECK(!http_send(http, &request, &answer, &fail) && fail.kind == FAIL_RETRY);
	CHECK(!strncmp(fail_text(&fail), "cannot connect to 127.0.0.1:", 28));
	const char *why = strrchr(fail_text(&fail), ':');
	CHECK_TEXT(why ? why : "", ": Too many open files");
	fail_clear(&fail);
	CHECK(!setrlimit(RLIMIT_NOFILE, &before));
	CHECK(http_send(http, &request, &answer, &fail));
	CHECK(private_connections() == 1);
	fail_clear(&fail);
	answer_release(&answer);
	http_close(http);
	canned_stop(&canned);
}

static void test_authorities(void)
{
	struct fail fail = { 0 };
	struct http_options options = usual;
	options.ca = "/nowhere.pem";
	CHECK(!http_open(&options, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "/nowhere.pem: No such file or directory");
	options.ca = NULL;
	options.extra_ca = "/dev/null";
	CHECK(!http_open(&options, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "/dev/null: no certificate in it");
	options.extra_ca = "-----BEGIN PRIVATE KEY-----\n";
	CHECK(!http_open(&options, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "PEM text: no certificate in it");
	options.extra_ca = NULL;
	setenv("SSL_CERT_FILE", "/nowhere.crt", 1);
	CHECK(!http_open(&options, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "/nowhere.crt: No such file or directory");
	options.verify = false;
	http_close(open_http(&options));
	unsetenv("SSL_CERT_FILE");
	http_close(NULL);
}

static void check_place(const char *url, const char *host, unsigned port, bool tls)
{
	struct fail fail = { 0 };
	struct buf text = { 0 };
	struct http_place place = { 0 };
	CHECK(http_place(url, &text, &place, &fail));
	CHECK_TEXT(place.host, host);
	CHECK(place.port == port && place.tls == tls);
	buf_release(&text);
}

static void test_places(void)
{
	struct fail fail = { 0 };
	struct buf text = { 0 };
	struct http_place place;
	check_place("http://a.example", "a.example", 80, false);
	check_place("https://a.example/base?x#y", "a.example", 443, true);
	check_place("https://me:pass@a.example:8443/", "a.example", 8443, true);
	check_place("http://[::1]", "::1", 80, false);
	check_place("http://[::1]:8080/x", "::1", 8080, false);
	CHECK(!http_place("ftp://a.example", &text, &place, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "not an address that begins with http:// or https://");
	buf_release(&text);
}

/* A temporary file with these contents. */
static FILE *make_file(const char *bytes)
{
	FILE *file = tmpfile();
	CHECK(file && fputs(bytes, file) >= 0 && !fflush(file));
	return file;
}

static void check_file(FILE *file, const char *wanted)
{
	char bytes[100] = "";
	rewind(file);
	size_t n = fread(bytes, 1, sizeof bytes - 1, file);
	CHECK(n == strlen(wanted));
	CHECK_TEXT(bytes, wanted);
}

struct told { /* by the progress callback */
	uint64_t done, total;
	unsigned times;
};

static void tell(void *ctx, uint64_t done, uint64_t total)
{
	struct told *told = ctx;
	CHECK(done >= told->done && (!total || done <= total));
	told->done = done;
	told->total = total ? total : told->total;
	told->times++;
}

static void test_sent_files(void)
{
	static const struct canned_answer answers[] = { { .bytes = OK }, { .bytes = OK },
		{ .bytes = OK }, { .bytes = OK } };
	struct fail fail = { 0 };
	struct canned canned;
	struct answer answer = { 0 };
	struct told told = { 0 };
	struct buf sent = { 0 };
	FILE *file = make_file("contents and more");
	canned_start(&canned, answers, 4);
	struct http *http = open_http(&usual);

	struct request_part parts[] = { { .name = "map", .data = "{}", .len = 2 },
		{ .name = "0", .file_name = "f", .file = file, .len = 8 } };
	struct request request = { .method = "POST",
		.url = canned.url,
		.parts = parts,
		.part_count = 2,
		.progress = tell,
		.progress_ctx = &told };
	for (int i = 0; i < 2; i++) { /* from its beginning each time */
		told = (struct told){ 0 };
		CHECK(http_send(http, &request, &answer, &fail) && answer.status == 200);
		CHECK(canned_request(&canned, &sent) == 1);
		CHECK(strstr(
			buf_str(&sent), "name=\"0\"; filename=\"f\"\r\n\r\ncontents\r\n--"));
		CHECK(told.times > 0 && told.total > 8 && told.done == told.total);
	}

	request = (struct request){ .method = "POST",
		.url = canned.url,
		.type = "text/x",
		.body_file = file,
		.len = 12 };
	CHECK(http_send(http, &request, &answer, &fail));
	check_sent(&canned,
		"POST / HTTP/1.1\r\nHost: HOST\r\nUser-Agent: octi/0.1.0\r\nAccept: */*\r\n"
		"Accept-Encoding: gzip, deflate\r\nContent-Type: text/x\r\n"
		"Content-Length: 12\r\n\r\ncontents and");

	/* it has become shorter since its size was read */
	request.len = 100;
	CHECK(!http_send(http, &request, &answer, &fail));
	CHECK_FAIL(
		&fail, FAIL_RETRY, "what is sent became shorter meanwhile (17 of 100 bytes)");
	request.body_file = NULL;
	request.parts = parts;
	request.part_count = 2;
	parts[1].len = 100;
	CHECK(!http_send(http, &request, &answer, &fail));
	CHECK_FAIL(
		&fail, FAIL_RETRY, "what is sent became shorter meanwhile (17 of 100 bytes)");
	fclose(file);
	buf_release(&sent);
	answer_release(&answer);
	http_close(http);
	canned_stop(&canned);
}

static bool is_text(const struct answer *answer)
{
	CHECK(answer->status == 200);
	return answer->type && !strcmp(answer->type, "text/plain");
}

static void test_saved_answers(void)
{
#define HEAD(status, more) "HTTP/1.1 " status "\r\nContent-Length: 4\r\n" more "\r\n"
	static const struct canned_answer answers[] = {
		{ .bytes = HEAD("200 OK",
			  "Content-Type: text/plain\r\nContent-Disposition: Attachment; "
			  "filename=\"a\"\r\n") "body" },
		{ .bytes = HEAD("404 Not Found", "Content-Type: text/plain\r\n") "none" },
		{ .bytes = HEAD("200 OK",
			  "Content-Type: text/html\r\nContent-Disposition: "
			  "inline\r\n") "page" },
		{ .bytes = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
			   "0\r\n\r\n" },
		{ .bytes = HEAD("200 OK", "Content-Type: text/plain\r\n") "body" },
		{ .bytes = HEAD("200 OK", "Content-Type: text/plain\r\n") "bo", .close = true },
	};
	struct fail fail = { 0 };
	struct canned canned;
	struct answer answer = { 0 };
	struct told told = { 0 };
	FILE *to = tmpfile(), *full = fopen("/dev/full", "we");
	struct http_options small = usual;
	small.max_answer = 4;
	canned_start(&canned, answers, 6);
	struct http *http = open_http(&small);
	struct request request = { .method = "GET",
		.url = canned.url,
		.to = to,
		.wanted = is_text,
		.progress = tell,
		.progress_ctx = &told };

	CHECK(http_send(http, &request, &answer, &fail));
	CHECK(answer.saved && answer.saved_bytes == 4 && answer.attachment && !answer.body.len);
	CHECK(told.done == 4 && told.total == 4);
	check_file(to, "body");
	request.progress = NULL;
	CHECK(http_send(http, &request, &answer, &fail) && answer.status == 404);
	CHECK(!answer.saved && !answer.attachment && !answer.saved_bytes);
	CHECK_TEXT(buf_str(&answer.body), "none");
	CHECK(http_send(http, &request, &answer, &fail) && answer.status == 200);
	CHECK(!answer.saved && !answer.attachment);
	CHECK_TEXT(buf_str(&answer.body), "page");
	CHECK(http_send(http, &request, &answer, &fail) && answer.saved && !answer.saved_bytes);
	check_file(to, "body");
	request.to = full;
	CHECK(!http_send(http, &request, &answer, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "writing the answer: No space left on device");
	request.to = to;
	CHECK(!http_send(http, &request, &answer, &fail) && fail.kind == FAIL_RETRY);
	CHECK(strstr(fail_text(&fail), ": the answer ended early (2 of 4 bytes)"));
	check_file(to, "bodybo");
	fail_clear(&fail);
	fclose(to);
	fclose(full);
	answer_release(&answer);
	http_close(http);
	canned_stop(&canned);
}

static void test_signals(void)
{
	static const struct canned_answer answers[] = { { .bytes = OK, .delay = 3000 },
		{ .bytes = OK } };
	struct fail fail = { 0 };
	struct canned slow, quick;
	struct answer answer = { 0 };
	canned_start(&slow, answers, 1);
	canned_start(&quick, answers + 1, 1);
	struct http *http = open_http(&usual);
	clock_catch_signals();
	pid_t parent = getpid(), child = fork();
	if (!child) {
		struct timespec nap = { 0, 200000000 };
		nanosleep(&nap, NULL);
		kill(parent, SIGTERM);
		_exit(0);
	}
	double begin = clock_now();
	struct request request = { .method = "GET", .url = slow.url };
	CHECK(!http_send(http, &request, &answer, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "stopped by signal 15");
	CHECK(clock_now() - begin < 1.2);
	/* what is due at the end can still be sent */
	request.url = quick.url;
	CHECK(http_send(http, &request, &answer, &fail) && answer.status == 200);
	waitpid(child, NULL, 0);
	answer_release(&answer);
	http_close(http);
	canned_stop(&slow);
	canned_stop(&quick);
}

/* Where a file is transferred, only a time without progress is too long. */
static void test_patience(void)
{
	static const struct canned_answer half = {
		.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"
	};
	struct fail fail = { 0 };
	struct canned canned;
	struct answer answer = { 0 };
	struct http_options patient = usual;
	FILE *to = tmpfile();
	patient.timeout = 1;
	canned_start(&canned, &half, 1);
	struct http *http = open_http(&patient);
	struct request request = { .method = "GET", .url = canned.url, .to = to };
	CHECK(!http_send(http, &request, &answer, &fail) && fail.kind == FAIL_RETRY);
	CHECK(strstr(fail_text(&fail), ": nothing moved for 1 s"));
	fail_clear(&fail);
	fclose(to);
	answer_release(&answer);
	http_close(http);
	canned_stop(&canned);
}

int main(void)
{
	static const char *const unwanted[] = { "http_proxy", "HTTP_PROXY", "all_proxy",
		"ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE" };
	for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
		unsetenv(unwanted[i]);
	test_requests();
	test_refusals();
	test_long_header();
	test_no_descriptors();
	test_authorities();
	test_places();
	test_sent_files();
	test_saved_answers();
	test_patience();
	test_signals();
	return check_end("http");
}
