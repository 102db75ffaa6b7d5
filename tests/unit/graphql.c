#include "graphql.h"
#include "canned.h"
#include "json.h"
#include "scan.h"

#define JSON_TYPE "Content-Type: application/json; charset=utf-8\r\n"
#define DOCUMENT "# a comment\nquery Ping($id: ID) { ping(id: $id) { id } }"

static struct conf *make_conf(const char *url, const char *token)
{
	struct fail fail = { 0 };
	struct conf *conf = conf_new();
	CHECK(!url || conf_set(conf, OPENCTI_URL, url, &fail));
	CHECK(!token || conf_set(conf, OPENCTI_TOKEN, token, &fail));
	CHECK(conf_set(conf, OPENCTI_REQUESTS_TIMEOUT, "1", &fail));
	return conf;
}

/* An HTTP answer; the caller frees it. */
static char *http(const char *status, const char *headers, const char *body)
{
	struct buf text = { 0 };
	buf_format(&text, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers,
		strlen(body), body);
	return buf_take(&text);
}

/* What the client says of one answer: the failure's kind and text, or no failure. */
static void check_answer(char *bytes, enum fail_kind kind, const char *wanted, const char *code)
{
	struct fail fail = { 0 };
	struct canned canned;
	canned_start(&canned, &(struct canned_answer){ .bytes = bytes, .close = true }, 1);
	struct conf *conf = make_conf(canned.url, "secret");
	struct graphql *graphql = graphql_open(conf, &fail);
	struct json *data = graphql_call(graphql, DOCUMENT, NULL, &fail);
	CHECK(!data == (kind != FAIL_NONE));
	CHECK_FAIL(&fail, kind, wanted);
	CHECK_TEXT(graphql_code(graphql), code);
	json_free(data);
	graphql_close(graphql);
	conf_free(conf);
	canned_stop(&canned);
	free(bytes);
}

/* An error of that code whose message is of a back end that is away. */
static void check_away(const char *code, const char *message)
{
	struct buf body = { 0 }, text = { 0 };
	buf_format(&body,
		"{\"errors\":[{\"message\":\"%s\",\"extensions\":{\"code\":\"%s\"},"
		"\"name\":\"%s\"}],\"data\":null}",
		message, code, code);
	buf_format(&text, "Ping: %s: %s", code, message);
	check_answer(
		http("200 OK", JSON_TYPE, buf_str(&body)), FAIL_RETRY, buf_str(&text), code);
	buf_release(&body);
	buf_release(&text);
}

static void test_errors(void)
{
#define ERRORS(code, message, more)                                                            \
	"{\"errors\":[{\"message\":\"" message "\",\"locations\":[],\"path\":[\"ping\"],"      \
	"\"extensions\":{\"code\":\"" code "\",\"data\":{\"http_status\":500" more             \
	"}},\"name\":\"" code "\"}],\"data\":{\"ping\":null}}"
#define IS(body, kind, text, code)                                                             \
	check_answer(http("200 OK", JSON_TYPE, body), kind, text, code)
	IS(ERRORS("AUTH_REQUIRED", "You must be logged in to do this.", ""), FAIL_NO,
		"Ping: AUTH_REQUIRED: You must be logged in to do this. (is OPENCTI_TOKEN "
		"right, and not "
		"expired?)",
		"AUTH_REQUIRED");
	IS(ERRORS("FORBIDDEN_ACCESS", "You are not allowed to do this.", ""), FAIL_NO,
		"Ping: FORBIDDEN_ACCESS: You are not allowed to do this. (the token's user "
		"lacks a right)",
		"FORBIDDEN_ACCESS");
	IS(ERRORS("LOCK_ERROR", "Lock timeout", ""), FAIL_RETRY,
		"Ping: LOCK_ERROR: Lock timeout", "LOCK_ERROR");
	IS(ERRORS("MISSING_REFERENCE_ERROR", "Element(s) not found",
		   ",\"input\":{\"big\":1},\"unresolvedIds\":[\"a\",\"b\",\"c\",\"d\"]"),
		FAIL_RETRY,
		"Ping: MISSING_REFERENCE_ERROR: Element(s) not found; missing: a, b, c, ...",
		"MISSING_REFERENCE_ERROR");
	IS(ERRORS("VALIDATION_ERROR", "Validation error",
		   ",\"field\":\"name\",\"reason\":\"Validation error\""),
		FAIL_NO, "Ping: VALIDATION_ERROR: Validation error; field: name",
		"VALIDATION_ERROR");
	IS(ERRORS("DATABASE_ERROR", "Indexing fail", ",\"cause\":\"mapper_parsing_exception\""),
		FAIL_NO, "Ping: DATABASE_ERROR: Indexing fail; cause: mapper_parsing_exception",
		"DATABASE_ERROR");
	IS(ERRORS("DATABASE_ERROR", "Indexing fail",
		   ",\"cause\":\"connect ECONNREFUSED 10.0.0.1:9200\""),
		FAIL_RETRY,
		"Ping: DATABASE_ERROR: Indexing fail; cause: connect ECONNREFUSED "
		"10.0.0.1:9200",
		"DATABASE_ERROR");
	/* A back end that is away: its client's error, as the platform passes it on. */
	static const char *const away[] = { "connect ECONNREFUSED 10.0.0.1:5672",
		"getaddrinfo ENOTFOUND rabbitmq", "connect EHOSTUNREACH 10.0.0.1:5672",
		"connect ENETUNREACH 10.0.0.1:5672", "read ECONNRESET", "write EPIPE",
		"connect ETIMEDOUT", "getaddrinfo EAI_AGAIN redis", "socket hang up",
		"Socket closed abruptly during opening handshake",
		"Connection closed: 320 (CONNECTION-FORCED)", "Connection is closed.",
		"RabbitMQ seems down", "Redis seems down", "Heartbeat timeout",
		"There are no Living connections", "Request timed out",
		"Engine execution fail, some shards are not available",
		"[circuit_breaking_exception] Data too large",
		"es_rejected_execution_exception", "cluster_block_exception",
		"503 Service unavailable", "too_many_requests", "Too many requests",
		"502 Bad Gateway" };
	static const char *const codes[] = { "INTERNAL_SERVER_ERROR", "DATABASE_ERROR",
		"UNKNOWN_ERROR", "FILESYSTEM_ERROR", "COMPLEX_SEARCH_ERROR" };
	for (size_t i = 0; i < sizeof away / sizeof *away; i++)
		check_away(codes[i % (sizeof codes / sizeof *codes)], away[i]);
	IS(ERRORS("DATABASE_ERROR", "RabbitMQ is full", ""), FAIL_NO,
		"Ping: DATABASE_ERROR: RabbitMQ is full", "DATABASE_ERROR");
	/* An error as a cause, of which JSON keeps what is enumerable. */
	IS(ERRORS("DATABASE_ERROR", "Fail to load",
		   ",\"cause\":{\"errno\":-111,\"code\":\"ECONNREFUSED\",\"syscall\":"
		   "\"connect\"}"),
		FAIL_RETRY, "Ping: DATABASE_ERROR: Fail to load; cause: ECONNREFUSED",
		"DATABASE_ERROR");
	IS(ERRORS("DATABASE_ERROR", "Simple indexing fail",
		   ",\"cause\":{\"name\":\"ResponseError\",\"meta\":{\"body\":{\"error\":{"
		   "\"type\":\"cluster_block_exception\"}},\"statusCode\":429}}"),
		FAIL_RETRY,
		"Ping: DATABASE_ERROR: Simple indexing fail; cause: cluster_block_exception",
		"DATABASE_ERROR");
	IS(ERRORS("DATABASE_ERROR", "Simple indexing fail",
		   ",\"cause\":{\"name\":\"ResponseError\",\"meta\":{\"body\":{\"error\":{"
		   "\"type\":\"mapper_parsing_exception\"}},\"statusCode\":400}}"),
		FAIL_NO,
		"Ping: DATABASE_ERROR: Simple indexing fail; cause: mapper_parsing_exception",
		"DATABASE_ERROR");
	IS(ERRORS("DATABASE_ERROR", "Search fail", ",\"cause\":{\"name\":\"ConnectionError\"}"),
		FAIL_RETRY, "Ping: DATABASE_ERROR: Search fail; cause: ConnectionError",
		"DATABASE_ERROR");
	IS(ERRORS("DATABASE_ERROR", "Search fail", ",\"cause\":{}"), FAIL_NO,
		"Ping: DATABASE_ERROR: Search fail", "DATABASE_ERROR");
	IS(ERRORS("FUNCTIONAL_ERROR", "a timeout is a word here", ""), FAIL_NO,
		"Ping: FUNCTIONAL_ERROR: a timeout is a word here", "FUNCTIONAL_ERROR");
	IS(ERRORS("GRAPHQL_PARSE_FAILED", "Syntax Error\\nat 1", ""), FAIL_USAGE,
		"Ping: GRAPHQL_PARSE_FAILED: Syntax Error?at 1", "GRAPHQL_PARSE_FAILED");
	IS("{\"errors\":[{\"message\":\"one\"},{\"message\":\"two\"},{}]}", FAIL_NO,
		"Ping: ERROR: one (and 2 more errors)", "ERROR");
	IS("{\"errors\":[{}]}", FAIL_NO, "Ping: ERROR: no message", "ERROR");
	IS("{\"errors\":[],\"data\":{}}", FAIL_NONE, "no error", "");
	IS("{\"errors\":null,\"data\":null}", FAIL_NONE, "no error", "");
	IS("{\"hello\":1}", FAIL_USAGE,
		"Ping: the answer has neither data nor errors: is OPENCTI_URL right?", "");
	IS("{\"data\":{\"ping\":\"a", FAIL_RETRY,
		"Ping: the answer is cut or broken (18 bytes): string without its closing "
		"quote",
		"");
	IS("{\"errors\":[{\"message\":\"m\"}],\"data\"", FAIL_RETRY,
		"Ping: the answer is cut or broken (34 bytes): expected : after a key", "");
	IS("", FAIL_RETRY, "Ping: the answer is empty", "");
	IS("welcome", FAIL_USAGE,
		"Ping: the answer is not JSON, so not the API: is OPENCTI_URL right?", "");
	check_answer(http("200 OK", "Content-Type: text/html\r\n", "<!doctype html>"),
		FAIL_USAGE,
		"Ping: the answer is a web page, not the API: is OPENCTI_URL right?", "");

#define STATUS(status, body, kind, text)                                                       \
	check_answer(http(status, JSON_TYPE, body), kind, text, "")
	check_answer(http("500 Internal Server Error", JSON_TYPE,
			     ERRORS("WORK_NOT_ALIVE", "Work is no longer alive", "")),
		FAIL_NO, "Ping: WORK_NOT_ALIVE: Work is no longer alive", "WORK_NOT_ALIVE");
	check_answer(http("500 Internal Server Error", JSON_TYPE,
			     ERRORS("DRAFT_LOCKED", "Could not find", "")),
		FAIL_NO, "Ping: DRAFT_LOCKED: Could not find", "DRAFT_LOCKED");
	check_answer(http("400 Bad Request", JSON_TYPE,
			     "{\"errors\":[{\"message\":\"POST body "
			     "missing\",\"extensions\":{\"code\":"
			     "\"BAD_REQUEST\"}}]}"),
		FAIL_USAGE, "Ping: BAD_REQUEST: POST body missing", "BAD_REQUEST");
	STATUS("500 Internal Server Error",
		"{\"status\":\"error\",\"error\":\"request entity too large\"}", FAIL_NO,
		"Ping: HTTP 500: request entity too large (the platform's limit is "
		"app:max_payload_body_size)");
	STATUS("500 Internal Server Error",
		"{\"status\":\"error\",\"error\":\"Unexpected token } in JSON at position 3\"}",
		FAIL_NO, "Ping: HTTP 500: Unexpected token } in JSON at position 3");
	STATUS("500 Internal Server Error", "{\"status\":\"error\",\"error\":\"Boom\"}",
		FAIL_RETRY, "Ping: HTTP 500: Boom");
	STATUS("500 Internal Server Error", "oops", FAIL_RETRY, "Ping: HTTP 500");
	check_answer(http("429 Too Many Requests", JSON_TYPE "Retry-After: 12\r\n",
			     "{\"message\":\"Too many requests, please try again later.\"}"),
		FAIL_RETRY,
		"Ping: HTTP 429: Too many requests, please try again later.; try again in 12 s",
		"");
	check_answer(http("429 Too Many Requests", "Retry-After: 3\r\n", ""), FAIL_RETRY,
		"Ping: HTTP 429: try again in 3 s", "");
	check_answer(http("502 Bad Gateway", "Content-Type: text/html\r\n", "<html>"),
		FAIL_RETRY, "Ping: HTTP 502: a web page", "");
	check_answer(http("503 Service Unavailable", "", "<html>"), FAIL_RETRY,
		"Ping: HTTP 503: a web page", "");
	STATUS("504 Gateway Timeout", "", FAIL_RETRY, "Ping: HTTP 504");
	STATUS("401 Unauthorized", "", FAIL_NO,
		"Ping: HTTP 401 (refused before the platform looked at the operation: a "
		"proxy?)");
	STATUS("403 Forbidden", "Forbidden", FAIL_NO,
		"Ping: HTTP 403 (refused before the platform looked at the operation: a "
		"proxy?)");
	STATUS("404 Not Found", "{\"status\":\"error\",\"error\":\"Path not found\"}",
		FAIL_USAGE,
		"Ping: HTTP 404: Path not found (not the API: is OPENCTI_URL right?)");
	STATUS("405 Method Not Allowed",
		"{\"name\":\"MethodNotAllowedError\",\"message\":\"GET\"}", FAIL_USAGE,
		"Ping: HTTP 405: GET (not the API: is OPENCTI_URL right?)");
	STATUS("413 Payload Too Large", "", FAIL_NO,
		"Ping: HTTP 413 (the request is too large; the platform's limit is "
		"app:max_payload_body_size)");
	check_answer(http("301 Moved", "Location: https://else/\r\n", ""), FAIL_USAGE,
		"Ping: HTTP 301 (a redirect, which is not followed: is OPENCTI_URL right?)",
		"");
	STATUS("418 Teapot", "", FAIL_NO, "Ping: HTTP 418");
}

static void check_operation(const char *document, const char *name)
{
	struct fail fail = { 0 };
	struct buf wanted = { 0 };
	struct conf *conf = make_conf("http://nowhere.invalid", "t");
	struct graphql *graphql = graphql_open(conf, &fail);
	buf_format(&wanted, "%s: the variables are not a JSON object", name);
	CHECK(!graphql_call(graphql, document, " []", &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, buf_str(&wanted));
	buf_release(&wanted);
	graphql_close(graphql);
	conf_free(conf);
}

/* The header's value in a request, "(none)" when it is absent; the caller frees it. */
static char *header_of(const struct buf *request, const char *name)
{
	struct buf line = { 0 }, value = { 0 };
	buf_format(&line, "\r\n%s:", name);
	const char *at = strstr(buf_str(request), buf_str(&line));
	if (at) {
		at += line.len;
		at += *at == ' ';
		buf_add(&value, at, strcspn(at, "\r"));
	} else {
		buf_text(&value, "(none)");
	}
	buf_release(&line);
	return buf_take(&value);
}

static void check_header(const struct buf *request, const char *name, const char *wanted)
{
	char *value = header_of(request, name);
	CHECK_TEXT(value, wanted);
	free(value);
}

static const char *body_of(const struct buf *request)
{
	return strstr(buf_str(request), "\r\n\r\n") + 4;
}

static void test_requests(void)
{
	struct canned_answer answers[7];
	struct fail fail = { 0 };
	struct canned canned;
	struct buf url = { 0 }, sent = { 0 }, wanted = { 0 };
	const char *got;
	size_t len;
	char *answer = http("200 OK", JSON_TYPE,
		"{\"extensions\":{},\"data\": {\"n\":12345678901234567890}}");
	for (size_t i = 0; i < 7; i++)
		answers[i] = (struct canned_answer){ .bytes = answer };
	canned_start(&canned, answers, 7);
	buf_format(&url, "%s/octi//", canned.url);
	struct conf *conf = make_conf(buf_str(&url), "secret");
	CHECK(conf_set(conf, OPENCTI_CUSTOM_HEADERS, "X-One: a:b ;; X-Two:;X-One:c;", &fail));
	struct graphql *graphql = graphql_open(conf, &fail);

	CHECK(graphql_fetch(graphql, "query Q {\n\t\"\xc3\xa9\" }", "{\"a\": \"\xc3\xa9\"}",
		&got, &len, &fail));
	CHECK(len == 26 && !memcmp(got, "{\"n\":12345678901234567890}", len));
	CHECK(canned_request(&canned, &sent) == 1);
	buf_format(&wanted,
		"POST /octi/graphql HTTP/1.1\r\nHost: %s\r\nUser-Agent: octi/0.1.0\r\nAccept: "
		"*/*\r\n"
		"Accept-Encoding: gzip, deflate\r\nContent-Type: application/json\r\n"
		"Authorization: Bearer secret\r\nX-Two:\r\nX-One: c\r\nContent-Length: "
		"64\r\n\r\n"
		"{\"query\": \"query Q {\\n\\t\\\"\\u00e9\\\" }\", \"variables\": {\"a\": "
		"\"\xc3\xa9\"}}",
		canned.url + 7);
	CHECK_TEXT(buf_str(&sent), buf_str(&wanted));

	CHECK(graphql_applicant(graphql, "user--1", &fail) &&
		graphql_draft(graphql, "", &fail));
	struct json *json = graphql_call(graphql, "{ a }", NULL, &fail);
	CHECK(json && json_get(json, "n"));
	json_free(json);
	CHECK(canned_request(&canned, &sent) == 1);
	check_header(&sent, "opencti-applicant-id", "user--1");
	check_header(&sent, "opencti-draft-id", "");
	CHECK_TEXT(body_of(&sent), "{\"query\": \"{ a }\", \"variables\": {}}");

	CHECK(graphql_applicant(graphql, NULL, &fail) &&
		graphql_draft(graphql, "draft", &fail));
	CHECK(graphql_fetch(graphql, "{ a }", NULL, &got, &len, &fail));
	canned_request(&canned, &sent);
	check_header(&sent, "opencti-applicant-id", "(none)");
	check_header(&sent, "opencti-draft-id", "draft");
	CHECK(graphql_draft(graphql, NULL, &fail));
	CHECK(graphql_fetch(graphql, "{ a }", NULL, &got, &len, &fail));
	canned_request(&canned, &sent);
	check_header(&sent, "opencti-draft-id", "(none)");

	struct upload upload = {
		.name = "a.json", .type = "application/json", .bytes = "{}", .len = 2
	};
	CHECK(graphql_send(graphql, "mutation Up($file: Upload!) { up }", "{ \"m\": [1]}",
		"file", &upload, &got, &len, &fail));
	canned_request(&canned, &sent);
	const char *at = strstr(buf_str(&sent),
		"name=\"operations\"\r\n\r\n"
		"{\"query\": \"mutation Up($file: Upload!) { up }\", "
		"\"variables\": {\"file\": null, \"m\": [1]}}\r\n");
	CHECK(at);
	at = strstr(at, "name=\"map\"\r\n\r\n{\"0\": [\"variables.file\"]}\r\n");
	CHECK(at);
	CHECK(strstr(at,
		"name=\"0\"; filename=\"a.json\"\r\nContent-Type: "
		"application/json\r\n\r\n{}\r\n"));
	CHECK(strstr(buf_str(&sent), "Content-Type: multipart/form-data; boundary=") &&
		!strstr(buf_str(&sent), "Content-Type: application/json\r\nAuth"));
	upload = (struct upload){ .name = "a", .bytes = "" };
	CHECK(graphql_send(
		graphql, "mutation { up }", NULL, "file", &upload, &got, &len, &fail));
	canned_request(&canned, &sent);
	CHECK(strstr(buf_str(&sent), "\"variables\": {\"file\": null}}\r\n"));
	CHECK(graphql_fetch(graphql, "{ a }", NULL, &got, &len, &fail));
	canned_request(&canned, &sent);
	check_header(&sent, "Content-Type", "application/json");

	graphql_close(graphql);
	conf_free(conf);
	canned_stop(&canned);
	free(answer);
	buf_release(&url);
	buf_release(&sent);
	buf_release(&wanted);
}

/* Whether the client takes an answer with this error for an older platform's. */
static bool is_outdated(const char *code, const char *message)
{
	struct fail fail = { 0 };
	struct canned canned;
	struct buf body = { 0 };
	buf_format(&body,
		"{\"errors\":[{\"message\":\"%s\",\"extensions\":{\"code\":\"%s\"}}]}", message,
		code);
	char *answer = http("200 OK", JSON_TYPE "Retry-After: 5\r\n", buf_str(&body));
	canned_start(&canned, &(struct canned_answer){ .bytes = answer }, 1);
	struct conf *conf = make_conf(canned.url, "t");
	struct graphql *graphql = graphql_open(conf, &fail);
	CHECK(!graphql_outdated(graphql) && graphql_retry_after(graphql) < 0);
	CHECK(!graphql_call(graphql, "{ a }", NULL, &fail));
	bool outdated = graphql_outdated(graphql);
	CHECK(graphql_retry_after(graphql) == 5);
	fail_clear(&fail);
	graphql_close(graphql);
	conf_free(conf);
	canned_stop(&canned);
	free(answer);
	buf_release(&body);
	return outdated;
}

static void test_outdated(void)
{
	CHECK(is_outdated("GRAPHQL_VALIDATION_FAILED",
		"Cannot query field \\\"s3\\\" on type \\\"C\\\"."));
	CHECK(is_outdated("GRAPHQL_VALIDATION_FAILED",
		"Unknown argument \\\"isMultiPartWork\\\" on field"));
	CHECK(is_outdated("BAD_USER_INPUT",
		"Variable \\\"$input\\\" got invalid value; Field \\\"auto_update\\\" is not "
		"defined by type"));
	CHECK(!is_outdated(
		"GRAPHQL_VALIDATION_FAILED", "Allowed number of calls has been exceeded"));
	CHECK(!is_outdated("FUNCTIONAL_ERROR", "Unknown type"));
}

static void check_open(
	const char *url, const char *token, const char *headers, const char *wanted)
{
	struct fail fail = { 0 };
	struct conf *conf = make_conf(url, token);
	CHECK(!headers || conf_set(conf, OPENCTI_CUSTOM_HEADERS, headers, &fail));
	CHECK(!graphql_open(conf, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, wanted);
	conf_free(conf);
}

static void test_open(void)
{
	check_open(NULL, "t", NULL,
		"OPENCTI_URL is not set (nor url in section [opencti] of a configuration "
		"file)");
	check_open("http://h", NULL, NULL,
		"OPENCTI_TOKEN is not set (nor token in section [opencti] of a configuration "
		"file)");
	check_open("http://h", "", NULL,
		"OPENCTI_TOKEN is not set (nor token in section [opencti] of a configuration "
		"file)");
	check_open("http://h", "ChangeMe", NULL, "OPENCTI_TOKEN is still ChangeMe");
	check_open("h:8080", "t", NULL, "OPENCTI_URL does not begin with http:// or https://");
	check_open("http://h", "a b", NULL,
		"OPENCTI_TOKEN: a token has no white space and no characters outside of ASCII");
	check_open("http://h", "t", "A:b;secret",
		"OPENCTI_CUSTOM_HEADERS: pair 2 is not Name:value (pairs are separated by ;)");
	check_open("http://h", "t", ":b",
		"OPENCTI_CUSTOM_HEADERS: pair 1 is not Name:value (pairs are separated by ;)");
	check_open("http://h", "t", "content-type:b",
		"OPENCTI_CUSTOM_HEADERS: Content-Type is not one to choose");

	check_operation("query A($x: Int) { a }", "A");
	check_operation("  mutation\n B { a }", "B");
	check_operation("query($x: Int) { a }", "query");
	check_operation("mutation { a }", "mutation");
	check_operation("{ a }", "query");
	check_operation("queryX { a }", "query");
	check_operation("fragment F on T { a } query Q { a }", "query");
}

static void test_silence(void)
{
	struct fail fail = { 0 };
	struct canned canned;
	struct buf wanted = { 0 };
	canned_start(&canned, &(struct canned_answer){ .bytes = "", .delay = 5000 }, 1);
	struct conf *conf = make_conf(canned.url, "t");
	struct graphql *graphql = graphql_open(conf, &fail);
	CHECK(!graphql_call(graphql, DOCUMENT, NULL, &fail));
	buf_format(&wanted, "Ping: %s: no answer within 1 s", canned.url + 7);
	CHECK_FAIL(&fail, FAIL_RETRY, buf_str(&wanted));
	buf_release(&wanted);
	graphql_close(graphql);
	conf_free(conf);
	canned_stop(&canned);
}

static void test_send(void)
{
	struct fail fail = { 0 };
	struct canned canned;
	struct buf sent = { 0 };
	struct span data = { 0 };
	FILE *file = tmpfile();
	CHECK(file && fputs("a,b", file) >= 0 && !fflush(file));
	char *answer = http("200 OK", JSON_TYPE, "{\"data\": {\"up\": {\"n\": 1.50}}}");
	canned_start(&canned, &(struct canned_answer){ .bytes = answer }, 1);
	struct conf *conf = make_conf(canned.url, "t");
	struct graphql *graphql = graphql_open(conf, &fail);
	struct upload upload = {
		.name = "\xc3\xa9.csv", .type = "text/csv", .file = file, .len = 3
	};
	CHECK(graphql_send(graphql, "mutation Up($f: Upload!) { up }", NULL, "f", &upload,
		&data.text, &data.len, &fail));
	CHECK(data.len == 19 && !memcmp(data.text, "{\"up\": {\"n\": 1.50}}", 19));
	canned_request(&canned, &sent);
	CHECK(strstr(buf_str(&sent),
		"name=\"0\"; filename=\"\xc3\xa9.csv\"\r\nContent-Type: "
		"text/csv\r\n\r\na,b\r\n"));
	graphql_close(graphql);
	conf_free(conf);
	canned_stop(&canned);
	free(answer);
	fclose(file);
	buf_release(&sent);
}

/* What becomes of an answer to a file that was asked for. */
static void check_get(const char *status, const char *headers, const char *body,
	enum fail_kind kind, const char *wanted)
{
	struct fail fail = { 0 };
	struct canned canned;
	struct buf sent = { 0 };
	char got[100] = "";
	char *answer = http(status, headers, body);
	FILE *to = tmpfile();
	canned_start(&canned, &(struct canned_answer){ .bytes = answer }, 1);
	struct buf url = { 0 };
	buf_format(&url, "%s/base/", canned.url);
	struct conf *conf = make_conf(buf_str(&url), "secret");
	struct graphql *graphql = graphql_open(conf, &fail);
	CHECK(graphql_draft(graphql, "d", &fail));
	CHECK(graphql_get(graphql, "/storage/get/a b#c?d%e\xc3\xa9/-._~", to, &fail) == !kind);
	CHECK_FAIL(&fail, kind, wanted);
	rewind(to);
	CHECK(fread(got, 1, sizeof got - 1, to) == strlen(kind ? "" : body));
	CHECK_TEXT(got, kind ? "" : body);
	canned_request(&canned, &sent);
	CHECK(!strncmp(buf_str(&sent),
		"GET /base/storage/get/a%20b%23c%3Fd%25e%C3%A9/-._~ HTTP/1.1\r\n", 61));
	check_header(&sent, "Authorization", "Bearer secret");
	check_header(&sent, "opencti-draft-id", "d");
	check_header(&sent, "Content-Type", "(none)");
	graphql_close(graphql);
	conf_free(conf);
	canned_stop(&canned);
	free(answer);
	fclose(to);
	buf_release(&sent);
	buf_release(&url);
}

static void test_get(void)
{
#define HTML "Content-Type: text/html; charset=utf-8\r\n"
	check_get("200 OK", "Content-Type: text/csv\r\n", "a,b", FAIL_NONE, "no error");
	check_get("200 OK", "", "", FAIL_NONE, "no error");
	check_get("200 OK", HTML "Content-Disposition: attachment; filename=\"a.html\"\r\n",
		"<html>", FAIL_NONE, "no error");
	check_get("200 OK", HTML, "<html>", FAIL_NO,
		"the answer is a web page, not a file: is OPENCTI_URL right, with its path?");
	check_get("403 Forbidden", "Content-Type: text/plain\r\n", "Forbidden", FAIL_NO,
		"HTTP 403 (is OPENCTI_TOKEN right, and not expired?)");
	check_get("503 Service Unavailable", JSON_TYPE,
		"{\"status\":\"error\",\"error\":\"File not found or restricted\"}", FAIL_NO,
		"HTTP 503: File not found or restricted");
	check_get("503 Service Unavailable", JSON_TYPE,
		"{\"status\":\"error\",\"error\":\"connect ETIMEDOUT\"}", FAIL_RETRY,
		"HTTP 503: connect ETIMEDOUT");
	check_get(
		"503 Service Unavailable", HTML, "<html>", FAIL_RETRY, "HTTP 503: a web page");
	check_get("500 Internal Server Error", JSON_TYPE,
		"{\"status\":\"error\",\"error\":\"x\"}", FAIL_RETRY, "HTTP 500: x");
	check_get("404 Not Found", "", "", FAIL_NO, "HTTP 404");
	check_get(
		"429 Slow", "Retry-After: 3\r\n", "", FAIL_RETRY, "HTTP 429: try again in 3 s");
	check_get("301 Moved", "", "", FAIL_USAGE,
		"HTTP 301 (a redirect, which is not followed: is OPENCTI_URL right?)");
}

int main(void)
{
	static const char *const unwanted[] = { "http_proxy", "HTTP_PROXY", "all_proxy",
		"ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE" };
	for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
		unsetenv(unwanted[i]);
	test_open();
	test_errors();
	test_outdated();
	test_requests();
	test_silence();
	test_send();
	test_get();
	return check_end("graphql");
}
