#include "flow.h"
#include "check.h"

static struct buf got;
static size_t refused_at;

static bool note(void *ctx, const char *text, size_t n, struct fail *fail)
{
	(void)ctx;
	buf_add(&got, text, n);
	buf_char(&got, '|');
	return --refused_at || fail_set(fail, FAIL_RETRY, "refused");
}

/* The objects of the text, fed in pieces of so many bytes. */
static bool take(const char *text, size_t piece, size_t most, struct fail *fail)
{
	struct flow flow = { .most = most, .object = note };
	size_t n = strlen(text);
	bool ok = true;
	buf_clear(&got);
	refused_at = 100;
	for (size_t at = 0; ok && at < n; at += piece)
		ok = flow_add(&flow, text + at, n - at < piece ? n - at : piece, fail);
	ok = ok && flow_end(&flow, fail);
	flow_release(&flow);
	return ok;
}

static void gives(const char *text, const char *wanted)
{
	for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
		struct fail fail = { 0 };
		if (!take(text, piece, 1000, &fail))
			fprintf(stderr, "%s: %s\n", text, fail_text(&fail));
		CHECK(!fail.kind);
		CHECK_TEXT(buf_str(&got), wanted);
	}
}

static void refuses(const char *text, const char *objects, const char *why)
{
	for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
		struct fail fail = { 0 };
		CHECK(!take(text, piece, 20, &fail));
		CHECK_FAIL(&fail, FAIL_NO, why);
		CHECK_TEXT(buf_str(&got), objects);
	}
}

int main(void)
{
	gives("", "");
	gives(" \n\t\r\n", "");
	gives("{\"a\": 1}\n{\"b\": [2, {}]}\n", "{\"a\": 1}|{\"b\": [2, {}]}|");
	gives("{}{}", "{}|{}|");
	gives("\xef\xbb\xbf{}", "{}|");
	gives("[{\"a\": 1}, {\"b\": 2}]", "{\"a\": 1}|{\"b\": 2}|");
	/* bundles, whatever else is in them, and where */
	gives("{\"type\": \"bundle\", \"objects\": [{\"a\": \"}]\\\"\"}, {\"b\": {\"c\": "
	      "[]}}], \"id\": \"x\"}",
		"{\"a\": \"}]\\\"\"}|{\"b\": {\"c\": []}}|");
	gives("{\"objects\" : [ ]}{\"objects\":[{}]}", "{}|");
	gives("[{\"objects\": [{\"a\": 1}]}, {\"b\": 2}]", "{\"a\": 1}|{\"b\": 2}|");
	gives("{\"objects\": [{}], \"x\": {\"objects\": [{}]}, \"objects\": [{}]}", "{}|{}|");
	gives("{\"\\u006Fbje\\u0063ts\": [{\"a\": 1}], \"obj\\u0065cts\": [{}]}",
		"{\"a\": 1}|{}|");
	/* no bundles */
	gives("{\"\\u006fbject\": [{}], \"object\\s\": [{}], \"object\\u0173\": [{}]}",
		"{\"\\u006fbject\": [{}], \"object\\s\": [{}], \"object\\u0173\": [{}]}|");
	gives("{\"x\": \"objects\", \"y\": [{}]}", "{\"x\": \"objects\", \"y\": [{}]}|");
	gives("{\"x\": {\"objects\": [{}]}}", "{\"x\": {\"objects\": [{}]}}|");
	gives("{\"objects\": {\"a\": [{}]}}", "{\"objects\": {\"a\": [{}]}}|");
	gives("{\"objects\": 1, \"y\": [{}]}", "{\"objects\": 1, \"y\": [{}]}|");
	gives("{\"objectsx\": [{}], \"object\": [{}]}",
		"{\"objectsx\": [{}], \"object\": [{}]}|");

	refuses("{} x", "{}|", "after object 1: no STIX object begins with 'x'");
	refuses("{},{}", "{}|", "after object 1: no STIX object begins with ','");
	refuses("]", "", "after object 0: no STIX object begins with ']'");
	refuses("{\"objects\": [1]}", "", "after object 0: no STIX object begins with '1'");
	refuses("{\"objects\": [{}, {\"a\": 1}", "{}|{\"a\": 1}|",
		"after object 2: the output ends in the middle");
	refuses("{\"a\": \"", "", "after object 0: the output ends in the middle");
	refuses("[{}", "{}|", "after object 1: the output ends in the middle");
	refuses("{} {\"a\": \"123456789012345\"}", "{}|", "object 2 is longer than 20 bytes");
	refuses("{\"a\": \"123456789012345", "", "object 1 is longer than 20 bytes");

	refuses("{\"a\": \"123456789012345\", \"objects\": [{}]}", "",
		"object 1 is longer than 20 bytes");

	struct flow flow = { .most = 10, .object = note };
	struct fail fail = { 0 };
	refused_at = 2;
	CHECK(!flow_add(&flow, "{}{}{}", 6, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "refused");
	CHECK(flow.count == 2);
	flow_release(&flow);
	buf_release(&got);
	return check_end("flow");
}
