#include "backlog.h"
#include "check.h"

#include <stdio.h>

static struct backlog backlog;
static struct position position;
static struct fail fail;

static void add(const char *text, const char *resume)
{
	buf_text(backlog_room(&backlog), text);
	CHECK(backlog_add(&backlog, "id", 1, &fail));
	if (resume)
		CHECK(backlog_resume(&backlog, resume, &fail));
}

static bool is(size_t index, const char *text)
{
	struct span line = backlog_line(&backlog, index);
	return line.len == strlen(text) && !memcmp(line.text, text, line.len);
}

int main(void)
{
	add("a", NULL);
	add("b", "2-0");
	add("c", "3-0");
	CHECK(backlog.count == 3 && backlog.bytes == 3 && is(0, "a") && is(2, "c"));
	CHECK(backlog_drop(&backlog, 1, &position, &fail) && !position.from.len);
	CHECK(backlog_drop(&backlog, 1, &position, &fail));
	CHECK(!strcmp(buf_str(&position.from), "2-0"));
	CHECK(backlog_resume(&backlog, "4-0", &fail)); /* a heartbeat behind the last */
	CHECK(backlog_drop(&backlog, 1, &position, &fail));
	CHECK(!strcmp(buf_str(&position.from), "4-0"));
	CHECK(!backlog.count && !backlog.bytes && backlog.dropped == 3);

	for (int i = 0; i < 10000; i++) { /* its memory is that of what is in it */
		add("x", "5-0");
		if (i >= 10)
			CHECK(backlog_drop(&backlog, 1, &position, &fail));
	}
	CHECK(backlog.count == 10 && backlog.cap < 100);
	backlog_clear(&backlog);

	for (unsigned i = 0; i < 3000; i++) { /* it grows and shrinks, and keeps their order */
		char text[32];
		snprintf(text, sizeof text, "%u", i);
		buf_text(backlog_room(&backlog), "half of a line that is given up");
		add(text, text);
		if (i % 7 > 4)
			CHECK(backlog_drop(&backlog, i % 7 - 4, &position, &fail));
		snprintf(text, sizeof text, "%u", (unsigned)(i + 1 - backlog.count));
		CHECK(!backlog.count || is(0, text));
	}
	CHECK(backlog.count > 64 && is(backlog.count - 1, "2999"));
	CHECK(backlog_line(&backlog, 0).text + backlog.bytes ==
		backlog.lines.data + (backlog.to - backlog.from));
	backlog_release(&backlog);
	position_release(&position);
	return check_end("backlog");
}
