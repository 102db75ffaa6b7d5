#include "sse.h"
#include "check.h"

static struct buf seen;

static bool note(void *ctx, const struct sse_event *event, struct fail *fail)
{
	(void)ctx;
	buf_format(&seen, "[%s|%s|", event->id ? event->id : "-", event->name);
	buf_add(&seen, buf_str(event->data), event->data->len);
	buf_char(&seen, ']');
	return strcmp(event->name, "stop") || fail_set(fail, FAIL_RETRY, "stopped");
}

/* The same events, whatever pieces the text comes in. */
static void reads(const char *text, size_t len, const char *events, const char *last_id)
{
	for (size_t piece = 1; piece <= len; piece++) {
		struct sse sse = { .event = note };
		struct fail fail = { 0 };
		for (size_t i = 0; i < len; i += piece)
			CHECK(sse_feed(
				&sse, text + i, i + piece < len ? piece : len - i, &fail));
		CHECK_TEXT(buf_str(&seen), events);
		CHECK_TEXT(buf_str(&sse.last_id), last_id);
		buf_clear(&seen);
		sse_release(&sse);
	}
	struct sse sse = { .event = note, .max_bytes = 12 };
	struct fail fail = { 0 };
	CHECK(!sse_feed(&sse, "data: 1234567890123", 19, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "an event of more than 12 bytes, before any that has an id");
	sse_release(&sse);
}

#define READS(text, events, last_id) reads(text, sizeof(text) - 1, events, last_id)

static void events(void)
{
	READS("data: a\n\n", "[-|message|a]", "");
	READS("id: 1-0\nevent: create\ndata: {\"a\":1}\n\n", "[1-0|create|{\"a\":1}]", "1-0");
	READS("data:a\ndata: b\ndata\ndata:  c\n\n", "[-|message|a\nb\n\n c]", "");
	READS("id: 1\rdata: a\r\rid: 2\r\ndata: b\r\n\r\n", "[1|message|a][2|message|b]", "2");
	READS("data: a\r\n\ndata: b\n\r", "[-|message|a][-|message|b]", "");
	READS("\xEF\xBB\xBF"
	      "data: a\n\n",
		"[-|message|a]", "");
	READS("data: \xEF\xBB\xBF"
	      "a\n\n",
		"[-|message|\xEF\xBB\xBF"
		"a]",
		"");
	READS("data: a\n\n\xEF\xBB\xBF"
	      "data: b\n\ndata: c\n\n",
		"[-|message|a][-|message|c]", "");
	READS(": comment\n\n:\nunknown: x\nDATA: x\ndatax: x\ndata: a\n\n", "[-|message|a]",
		"");
	READS("data\n\n", "[-|message|]", "");
	READS("data: a: b\n\n", "[-|message|a: b]", "");
}

static void ids(void)
{
	/* An event that brings no id of its own leaves the last one; an empty one is one. */
	READS("id: 1\ndata: a\n\ndata: b\n\n", "[1|message|a][-|message|b]", "1");
	READS("id: 1\ndata: a\n\nid\ndata: b\n\n", "[1|message|a][|message|b]", "");
	/* Nothing to hand out, but a place to resume from. */
	READS("id: 1\nevent: x\n\ndata: b\n\n", "[-|message|b]", "1");
	READS("id: 1\0002\ndata: a\n\n", "[-|message|a]", "");
	/* What is not complete does not count. */
	READS("id: 1\ndata: a\n\nid: 2\ndata: b\n", "[1|message|a]", "1");
	READS("id: 1\ndata: a\n\nid: 2\ndata: b", "[1|message|a]", "1");
}

static void retries(void)
{
	static const struct {
		const char *text;
		double seconds;
	} cases[] = { { "retry: 1500\n", 1.5 }, { "retry: 0\n", 0 }, { "retry:\n", 7 },
		{ "retry: 1.5\n", 7 }, { "retry: -1\n", 7 }, { "retry: 99999999999\n", 7 } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sse sse = { .event = note, .retry = 7 };
		struct fail fail = { 0 };
		CHECK(sse_feed(&sse, cases[i].text, strlen(cases[i].text), &fail));
		CHECK(sse.retry == cases[i].seconds);
		sse_release(&sse);
	}
}

static void limits(void)
{
	static const char *const texts[] = { "id: 1\ndata: a\n\ndata: 12345678\n",
		"id: 1\ndata: a\n\ndata: 1234\ndata: 567", "id: 1\ndata: a\n\n:123456789012" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct sse sse = { .event = note, .max_bytes = 12 };
		struct fail fail = { 0 };
		bool ok = true;
		for (const char *c = texts[i]; ok && *c; c++)
			ok = sse_feed(&sse, c, 1, &fail);
		CHECK(!ok);
		CHECK_FAIL(&fail, FAIL_NO,
			"an event of more than 12 bytes, after the event with the id \"1\"");
		CHECK_TEXT(buf_str(&seen), "[1|message|a]");
		buf_clear(&seen);
		sse_release(&sse);
	}
}

/* The room of a large event is given back, that of a small one is kept. */
static void room(void)
{
	static const char start[] = "data: ", end[] = "\n\n";
	static char much[1 << 16];
	struct sse sse = { .event = note };
	struct fail fail = { 0 };
	memset(much, 'x', sizeof much);
	for (int pieces = 1; pieces <= 32; pieces += 31) {
		CHECK(sse_feed(&sse, start, 6, &fail));
		for (int i = 0; i < pieces; i++)
			CHECK(sse_feed(&sse, much, sizeof much, &fail));
		CHECK(sse_feed(&sse, end, 2, &fail));
		CHECK((pieces == 1) == (sse.data.cap > 0 && sse.line.cap > 0));
	}
	buf_clear(&seen);
	sse_release(&sse);
}

static void stops(void)
{
	const char text[] = "data: a\n\nevent: stop\ndata: b\n\ndata: c\n\n";
	struct sse sse = { .event = note };
	struct fail fail = { 0 };
	CHECK(!sse_feed(&sse, text, sizeof text - 1, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "stopped");
	CHECK_TEXT(buf_str(&seen), "[-|message|a][-|stop|b]");
	buf_clear(&seen);
	/* A new connection begins with a new line, and its own byte order mark. */
	CHECK(sse_feed(&sse, "id: 9\ndata: lo", 14, &fail));
	sse_reset(&sse);
	CHECK(sse_feed(&sse,
		"\xEF\xBB\xBF"
		"data: d\n\n",
		12, &fail));
	CHECK_TEXT(buf_str(&seen), "[-|message|d]");
	CHECK_TEXT(buf_str(&sse.last_id), "");
	buf_clear(&seen);
	sse_release(&sse);
}

int main(void)
{
	events();
	ids();
	retries();
	limits();
	stops();
	room();
	buf_release(&seen);
	return check_end("sse");
}
