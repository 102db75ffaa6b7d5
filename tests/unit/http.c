#include "http.h"
#include "canned.h"

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
	struct http_answer answer = { 0 };
	canned_start(&canned, answers, 6);
	struct http *http = open_http(&usual);

	const char *headers[] = { "Content-Type: application/json", "opencti-draft-id;", NULL };
	struct http_request request = { .method = "POST",
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

	request = (struct http_request){ .method = "GET", .url = canned.url };
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

	request = (struct http_request){
		.method = "POST", .url = canned.url, .body = "", .len = 0
	};
	CHECK(http_send(http, &request, &answer, &fail));
	struct buf sent = { 0 };
	CHECK(canned_request(&canned, &sent) == 1 &&
		strstr(buf_str(&sent), "Content-Length: 0\r\n"));

	struct http_part parts[] = {
		{ .name = "operations", .data = "{\"a\": 1}", .len = 8 },
		{ .name = "map", .data = "{}", .len = 2 },
		{ .name = "0",
			.file_name = "a \"b\" \xc3\xa9.json",
			.type = "text/x",
			.data = "by\0es",
			.len = 5 },
	};
	request = (struct http_request){
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
	request = (struct http_request){ .method = "DELETE", .url = canned.url };
	CHECK(http_send(http, &request, &answer, &fail) && answer.status == 204);
	CHECK(canned_request(&canned, &sent) == 2 && !strncmp(sent.data, "DELETE / ", 9));
	buf_release(&sent);
	buf_release(&wanted);
	http_answer_release(&answer);
	http_close(http);
	canned_stop(&canned);
}

/* The failure's text, with HOST for the host and port. */
static void check_refusal(const struct http_options *options,
	const struct canned_answer *answer_of, enum fail_kind kind, const char *wanted)
{
	struct fail fail = { 0 };
	struct http_answer answer = { 0 };
	struct canned canned;
	struct buf text = { 0 };
	canned_start(&canned, answer_of, 1);
	struct http *http = open_http(options);
	struct http_request request = { .method = "GET", .url = canned.url };
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
	http_answer_release(&answer);
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
	struct http_answer answer = { 0 };
	struct http *http = open_http(&usual);
	static const char *const urls[] = { "localhost:8080", "ftp://host/", "http://",
		"file:///etc/passwd", "http://a b/", "", "https://user:secret@" };
	struct http_request request = { .method = "GET" };
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
	http_answer_release(&answer);
	http_close(http);
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

int main(void)
{
	static const char *const unwanted[] = { "http_proxy", "HTTP_PROXY", "all_proxy",
		"ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE" };
	for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
		unsetenv(unwanted[i]);
	test_requests();
	test_refusals();
	test_authorities();
	return check_end("http");
}
