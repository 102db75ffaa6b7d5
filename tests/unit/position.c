#include "position.h"
#include "check.h"

static struct position position;

static bool pass(const char *id, enum position_sort sort)
{
	return position_pass(&position, id, sort, NULL);
}

static bool is(const char *from)
{
	return !strcmp(buf_str(&position.from), from);
}

/* The state with the position that was read from it. */
static const char *printed(const char *state)
{
	static struct buf text;
	struct fail fail = { 0 };
	struct span span = { state, strlen(state) };
	buf_clear(&text);
	position_read(&position, span, &fail);
	CHECK(!fail.kind);
	position_print(&position, span, &text);
	return buf_str(&text);
}

static void check_passing(void)
{
	CHECK(pass("5-0", POSITION_EVENT) && is("5-0"));
	CHECK(!pass("6-0", POSITION_DEPENDENCY) && is("5-0"));
	CHECK(!pass("6-0", POSITION_BEAT) && is("5-0"));
	CHECK(!pass("6-0", POSITION_DEPENDENCY) && is("5-0"));
	CHECK(pass("6-0", POSITION_EVENT) && is("6-0"));
	CHECK(!pass("6-0", POSITION_DEPENDENCY) &&
		is("6-0")); /* of another event of the same time */
	CHECK(pass("7-0", POSITION_BEAT) && is("7-0"));
	CHECK(pass("3-0", POSITION_EVENT) && is("3-0")); /* of the database, it goes back */

	buf_text(&position.recover, "2026-01-01T00:00:00Z");
	CHECK(position_pass(&position, "9-0", POSITION_NO_RECOVER, "2025-01-01T00:00:00Z"));
	CHECK(is("2025-01-01T00:00:00Z") && !position_until(&position));
	CHECK(!pass("9-0", POSITION_BEAT) && is("2025-01-01T00:00:00Z"));
	CHECK(pass("8-0", POSITION_EVENT) && is("8-0"));
}

static void check_state(void)
{
	CHECK(!strcmp(printed("{}"), "{\"start_from\": \"\", \"recover_until\": false}"));
	CHECK(!strcmp(printed("{\"start_from\": \"1-0\", \"recover_until\": false}"),
		"{\"start_from\": \"1-0\", \"recover_until\": false}"));
	CHECK(!strcmp(printed("{\"a\":[1], \"recover_until\":\"no\",\"start_from\":\"1-0\"}"),
		"{\"a\": [1], \"recover_until\": \"no\", \"start_from\": \"1-0\"}"));
	CHECK(!position_until(&position));
	CHECK(!strcmp(printed("{\"start_from\": \"1-0\", \"connectorLastEventId\": \"2-0\", "
			      "\"connectorStartTime\": \"2026-01-01T00:00:00Z\"}"),
		"{\"start_from\": \"2-0\", \"connectorLastEventId\": \"2-0\", "
		"\"connectorStartTime\": \"2026-01-01T00:00:00Z\", "
		"\"recover_until\": \"2026-01-01T00:00:00Z\"}"));
	CHECK(!strcmp(position_until(&position), "2026-01-01T00:00:00Z"));
}

static bool missed(const char *from, const char *until)
{
	buf_clear(&position.from);
	buf_text(&position.from, from);
	buf_clear(&position.recover);
	buf_text(&position.recover, until);
	return position_missed(&position, "1767225600000-5", "2026-01-01T00:00:00.000Z");
}

static void check_missed(void)
{
	CHECK(missed("1767225599999-0", ""));
	CHECK(missed("1767225600000-4", "no"));
	CHECK(!missed("1767225600000-5", ""));
	CHECK(!missed("1767225600000-6", ""));
	CHECK(missed("0-0", "2025-12-31T00:00:00Z"));
	CHECK(!missed("0-0", "2026-01-02T00:00:00Z"));
	CHECK(missed("2025-12-31T00:00:00Z", ""));
	CHECK(!missed("2026-01-02T00:00:00Z", ""));
	CHECK(!missed("anything", ""));
	CHECK(!position_missed(&position, NULL, NULL));
}

static void check_begin(void)
{
	struct fail fail = { 0 };
	struct conf *conf = conf_new();
	CHECK(conf && position_begin(&position, conf, &fail) && is("0-0"));
	CHECK(strlen(position_until(&position)) == 20);
	CHECK(conf_set(conf, CONNECTOR_LIVE_STREAM_START_TIMESTAMP, "1700", &fail));
	CHECK(conf_set(conf, CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE, "None", &fail));
	CHECK(position_begin(&position, conf, &fail) && is("1700-0"));
	CHECK(!position_until(&position));
	CHECK(conf_set(conf, CONNECTOR_LIVE_STREAM_START_TIMESTAMP, "1700-3", &fail));
	CHECK(position_begin(&position, conf, &fail) && is("1700-3"));
	conf_free(conf);
}

int main(void)
{
	check_passing();
	check_state();
	check_missed();
	check_begin();
	position_release(&position);
	return check_end("position");
}
