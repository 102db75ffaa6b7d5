#include "state.h"
#include "check.h"

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static void gets_value(const char *state, const char *key, const char *wanted)
{
	struct span value;
	struct buf text = { 0 };
	bool found = state_get(span(state), key, strlen(key), &value);
	if (found)
		buf_add(&text, value.text, value.len);
	CHECK_TEXT(found ? buf_str(&text) : NULL, wanted);
	buf_release(&text);
}

static void sets_value(
	const char *state, const char *key, const char *value, const char *wanted)
{
	struct buf text = { 0 };
	state_set(span(state), key, strlen(key), span(value), &text);
	CHECK_TEXT(buf_str(&text), wanted);
	buf_release(&text);
}

int main(void)
{
	gets_value("{}", "a", NULL);
	gets_value("{\"a\":1}", "a", "1");
	gets_value("{\"a\":1,\"a\":2}", "a", "2");
	gets_value("{\"\\u0061.b\": [ 1 ] }", "a.b", "[ 1 ]");
	gets_value("{\"a\":{\"b\":1}}", "b", NULL);
	gets_value("{\"\":0}", "", "0");

	sets_value("{}", "a", "1", "{\"a\": 1}");
	sets_value("{\"a\":1,\"b\":2}", "a", "\"x\"", "{\"a\": \"x\", \"b\": 2}");
	sets_value("{\"a\":1}", "b", "[1,2]", "{\"a\": 1, \"b\": [1, 2]}");
	sets_value("{\"a\":1,\"b\":0,\"a\":2}", "a", "3", "{\"a\": 3, \"b\": 0}");
	sets_value("{\"n\":12345678901234567890,\"f\":1.10}", "a\"", "null",
		"{\"n\": 12345678901234567890, \"f\": 1.1, \"a\\\"\": null}");
	sets_value("{\"caf\\u00e9\":1}", "caf\xc3\xa9", "2", "{\"caf\\u00e9\": 2}");
	return check_end("state");
}
