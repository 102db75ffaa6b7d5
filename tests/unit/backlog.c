#include "backlog.h"
#include "check.h"

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
	backlog_release(&backlog);
	position_release(&position);
	return check_end("backlog");
}
