#include "s3.h"
#include "canned.h"

#define XML "Content-Type: application/xml\r\n"

struct seen {
	struct buf text;
	bool refuse;
};

static bool note(void *ctx, const char *key, time_t modified, struct fail *fail)
{
	struct seen *seen = ctx;
	buf_format(&seen->text, "%s=%lld;", key, (long long)modified);
	return !seen->refuse || fail_set(fail, FAIL_NO, "refused");
}

static char *answer(const char *status, const char *body)
{
	struct buf text = { 0 };
	buf_format(&text, "HTTP/1.1 %s\r\n" XML "Content-Length: %zu\r\n\r\n%s", status,
		strlen(body), body);
	return buf_take(&text);
}

static struct s3 *open_s3(const struct canned *canned)
{
	struct fail fail = { 0 };
	struct s3_options options = { .endpoint = "127.0.0.1",
		.port = canned->port,
		.access_key = "ACCESS",
		.secret_key = "SECRET",
		.bucket = "a b",
		.timeout = 5,
		.connect_timeout = 5 };
	struct s3 *s3 = s3_open(&options, &fail);
	CHECK(s3);
	return s3;
}

static void check_request(struct canned *canned, const char *first, const char *body)
{
	struct buf sent = { 0 };
	canned_request(canned, &sent);
	char *end = strstr(buf_str(&sent), "\r\n");
	CHECK_TEXT(strstr(end, "\r\n\r\n") + 4, body);
	CHECK(strstr(end, "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=ACCESS/"));
	CHECK(strstr(end, "/us-east-1/s3/aws4_request, SignedHeaders="));
	CHECK(strstr(end, "host;x-amz-content-sha256;x-amz-date, Signature="));
	CHECK(!strstr(end, "SECRET") && !strstr(end, "Expect:"));
	CHECK(strstr(end,
		*body ? "\r\nx-amz-content-sha256: "
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\r\n"
		      : "\r\nx-amz-content-sha256: "
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r"
			"\n"));
	*end = '\0';
	CHECK_TEXT(buf_str(&sent), first);
	buf_release(&sent);
}

static void test_calls(void)
{
	char *answers[] = {
		answer("200 OK", ""),
		answer("204 No Content", ""),
		answer("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>"),
		answer("200 OK",
			"<?xml version=\"1.0\"?>\n<ListBucketResult "
			"xmlns=\"http://s3.amazonaws.com/doc/\">"
			"<Name>a b</Name><IsTruncated>true</IsTruncated><!-- <Key>no</Key> "
			"--><Contents>"
			"<Key>d/&lt;&amp;&#233;&#x20AC;&quot;&bad;</"
			"Key><LastModified>1970-01-01T00:00:01.000Z"
			"</LastModified><Owner><ID>x</ID></Owner></Contents>"
			"<Contents><Key>d/2</Key><LastModified>2024-02-29T23:59:59Z</"
			"LastModified></Contents>"
			"<Prefix/><NextContinuationToken>t/+=</NextContinuationToken></"
			"ListBucketResult>"),
		answer("200 OK",
			"<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>d/3</"
			"Key>"
			"<LastModified>2100-03-01T00:00:00.000Z</LastModified></Contents></"
			"ListBucketResult>"),
	};
	struct canned_answer canned_answers[5];
	for (size_t i = 0; i < 5; i++)
		canned_answers[i] = (struct canned_answer){ .bytes = answers[i] };
	struct fail fail = { 0 };
	struct canned canned;
	struct seen seen = { 0 };
	canned_start(&canned, canned_answers, 5);
	struct s3 *s3 = open_s3(&canned);

	CHECK(s3_put(s3, "d/\xc3\xa9 ?#%/../+~.json", "abc", 3, "application/json", &fail));
	check_request(&canned, "PUT /a%20b/d/%C3%A9%20%3F%23%25/../%2B~.json HTTP/1.1", "abc");
	CHECK(s3_delete(s3, "k", &fail));
	check_request(&canned, "DELETE /a%20b/k HTTP/1.1", "");
	CHECK(s3_delete(s3, "gone", &fail));
	check_request(&canned, "DELETE /a%20b/gone HTTP/1.1", "");
	CHECK(s3_list(s3, "d/", note, &seen, &fail));
	CHECK_TEXT(buf_str(&seen.text),
		"d/<&\xc3\xa9\xe2\x82\xac\"&bad;=1;d/2=1709251199;d/3=4107542400;");
	check_request(&canned, "GET /a%20b?list-type=2&prefix=d%2F HTTP/1.1", "");
	check_request(&canned,
		"GET /a%20b?continuation-token=t%2F%2B%3D&list-type=2&prefix=d%2F HTTP/1.1",
		"");
	s3_close(s3);
	canned_stop(&canned);
	buf_release(&seen.text);
	for (size_t i = 0; i < 5; i++)
		free(answers[i]);
}

static void check_refusal(const char *status, const char *body, bool refuse,
	enum fail_kind kind, const char *wanted)
{
	struct fail fail = { 0 };
	struct canned canned;
	struct seen seen = { .refuse = refuse };
	char *bytes = answer(status, body);
	canned_start(&canned, &(struct canned_answer){ .bytes = bytes }, 1);
	struct s3 *s3 = open_s3(&canned);
	CHECK(!s3_list(s3, "p", note, &seen, &fail));
	CHECK_FAIL(&fail, kind, wanted);
	s3_close(s3);
	canned_stop(&canned);
	buf_release(&seen.text);
	free(bytes);
}

int main(void)
{
	struct fail fail = { 0 };
	unsetenv("http_proxy");
	unsetenv("HTTP_PROXY");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	CHECK(!s3_open(
		&(struct s3_options){ .endpoint = "e", .access_key = "a", .bucket = "b" },
		&fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "S3: no secret key");
	test_calls();
	check_refusal("403 Forbidden",
		"<?xml?><Error><Code>AccessDenied</Code><Message>No &amp; no</Message></Error>",
		false, FAIL_NO, "S3: GET a b/p: HTTP 403: AccessDenied: No & no");
	check_refusal("503 Slow Down", "<Error><Code>SlowDown</Code></Error>", false,
		FAIL_RETRY, "S3: GET a b/p: HTTP 503: SlowDown");
	check_refusal("400 Bad Request", "<Error><Code>RequestTimeout</Code></Error>", false,
		FAIL_RETRY, "S3: GET a b/p: HTTP 400: RequestTimeout");
	check_refusal("404 Not Found", "<html>", false, FAIL_NO, "S3: GET a b/p: HTTP 404");
	check_refusal("200 OK", "<html><body>hello</body></html>", false, FAIL_NO,
		"S3: a b/p: not a listing of objects");
	check_refusal("200 OK",
		"<r><IsTruncated>false</IsTruncated><Key>a</Key><LastModified>now</"
		"LastModified></r>",
		false, FAIL_NO, "S3: a b/p: not a listing of objects");
	check_refusal("200 OK",
		"<r><Key>a</Key><LastModified>2024-01-01T00:00:00Z</LastModified>"
		"<IsTruncated>false</IsTruncated></r>",
		true, FAIL_NO, "refused");
	return check_end("s3");
}
