#include "sieve.h"
#include "check.h"

#include <stdlib.h>

#define OPENCTI "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
#define OBSERVABLE "extension-definition--f93e2c80-4231-4f9a-af8b-95c9bd566a82"

static const char *name = "create";
static struct buf text;

/* Reads an event of this data. */
static struct event event_of(const char *data)
{
	struct event event;
	buf_clear(&text);
	buf_text(&text, data);
	const struct sse_event from = { .id = "1-0", .name = name, .data = &text };
	event_read(&event, &from);
	return event;
}

static bool passes(const struct sieve *sieve, const char *data)
{
	struct event event = event_of(data);
	struct fail fail = { 0 };
	bool passes = false;
	CHECK(sieve_passes(sieve, &event, &passes, &fail));
	return passes;
}

static bool has(const char *pair, const char *data)
{
	struct fail fail = { 0 };
	struct sieve sieve = { .values = { &pair, 1 } };
	CHECK(sieve_check(&sieve, &fail));
	return passes(&sieve, data);
}

static void check_reading(void)
{
	struct buf line = { 0 };
	struct event event = event_of(
		"{\"origin\":{\"referer\":\"init-dependencies\"},\"data\":{\"id\":1}}");
	CHECK(event.dependency && event.object.len == 8);
	event_print(&event, true, &line);
	CHECK(!strcmp(buf_str(&line), "{\"id\":1}\n"));
	buf_clear(&line);
	event = event_of("{ \"data\" : 5,\n \"origin\":\"init-dependencies\"}");
	CHECK(!event.dependency && !event.object.len);
	event_print(&event, false, &line);
	CHECK(!strcmp(buf_str(&line),
		"{\"id\":\"1-0\",\"event\":\"create\",\"data\":{\"data\":5,"
		"\"origin\":\"init-dependencies\"}}\n"));
	buf_clear(&line);
	event = event_of("{\"data\":");
	CHECK(!event.data.len && !event.object.len);
	event_print(&event, false, &line);
	CHECK(strstr(buf_str(&line), "\"data\":\"{\\\"data\\\":\""));
	event = event_of("\"2026\"");
	CHECK(event.data.len && !event.object.len && !event.dependency);
	buf_release(&line);
}

static void check_lists(void)
{
	struct sieve sieve = { .types = "malware, IPv4-Addr" };
	CHECK(passes(&sieve, "{\"data\":{\"type\":\"malware\"}}"));
	CHECK(passes(&sieve, "{\"data\":{\"type\":\"ipv4-addr\"}}"));
	CHECK(!passes(&sieve, "{\"data\":{\"type\":\"ipv4\"}}"));
	CHECK(!passes(&sieve, "{\"data\":{\"type\":7}}"));
	CHECK(!passes(&sieve, "{}") && !passes(&sieve, "x"));
	sieve.types = "Organization";
	CHECK(passes(&sieve,
		"{\"data\":{\"type\":\"identity\",\"extensions\":{\"" OPENCTI
		"\":{\"type\":\"Organization\"}}}}"));
	sieve = (struct sieve){ .events = "delete,merge" };
	CHECK(!passes(&sieve, "{}"));
	name = "merge";
	CHECK(passes(&sieve, "{\"type\":\"update\"}"));
	sieve = (struct sieve){ .pattern_types = "yara" };
	CHECK(passes(&sieve, "{\"data\":{\"pattern_type\":\"YARA\"}}"));
	CHECK(!passes(&sieve, "{\"data\":{\"type\":\"malware\"}}"));
}

static void check_values(void)
{
	static const char data[] =
		"{\"data\":{\"extensions\":{\"" OPENCTI
		"\":{\"score\":80,\"is_inferred\":false,\"creator_ids\":[\"a\",\"b\"],"
		"\"deep\":{\"x\":\"\\u0079\"}},\"" OBSERVABLE "\":{\"labels\":[]}}}}";
	CHECK(has("score=80", data) && !has("score=8", data) && !has("score=", data));
	CHECK(has("is_inferred=false", data) && !has("is_inferred=true", data));
	CHECK(has("creator_ids=b", data) && !has("creator_ids=c", data));
	CHECK(has("deep.x=y", data));
	CHECK(!has("labels=a", data) && !has("other=1", data) && !has("score=80", "{}"));
	const char *none = "score";
	struct sieve sieve = { .values = { &none, 1 } };
	struct fail fail = { 0 };
	CHECK(!sieve_check(&sieve, &fail) && fail.kind == FAIL_USAGE);
	fail_clear(&fail);
}

int main(void)
{
	check_reading();
	check_lists();
	check_values();
	buf_release(&text);
	return check_end("sieve");
}
