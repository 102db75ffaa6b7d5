#include "backlog.h"

#include "array.h"

#include <stdlib.h>
#include <string.h>

bool backlog_add(struct backlog *backlog, struct buf *line, const char *id, double came,
	struct fail *fail)
{
	if (backlog->first > backlog->count) { /* more room is wasted than used */
		memmove(backlog->events, backlog->events + backlog->first,
			backlog->count * sizeof *backlog->events);
		backlog->first = 0;
	}
	size_t at = backlog->first + backlog->count;
	if (!ARRAY_RESERVE(backlog, events, at + 1, fail))
		return false;
	struct backlog_event *event = &backlog->events[at];
	*event = (struct backlog_event){ .came = came };
	buf_text(&event->id, id ? id : "");
	if (!buf_ok(&event->id, fail) || !buf_ok(line, fail)) {
		buf_release(&event->id);
		return false;
	}
	event->line = *line;
	*line = (struct buf){ 0 };
	backlog->count++;
	backlog->bytes += event->line.len;
	return true;
}

bool backlog_resume(struct backlog *backlog, const char *from, struct fail *fail)
{
	struct buf *resume = &backlog_at(backlog, backlog->count - 1)->resume;
	buf_clear(resume);
	buf_text(resume, from);
	return buf_ok(resume, fail);
}

struct backlog_event *backlog_at(const struct backlog *backlog, size_t index)
{
	return &backlog->events[backlog->first + index];
}

static void forget_first(struct backlog *backlog)
{
	struct backlog_event *event = backlog_at(backlog, 0);
	backlog->bytes -= event->line.len;
	buf_release(&event->line);
	buf_release(&event->id);
	buf_release(&event->resume);
	buf_release(&event->why);
	backlog->first++;
	backlog->count--;
	backlog->dropped++;
}

bool backlog_drop(
	struct backlog *backlog, size_t count, struct position *position, struct fail *fail)
{
	for (; count; count--) {
		const struct buf *resume = &backlog_at(backlog, 0)->resume;
		if (resume->len) {
			buf_clear(&position->from);
			buf_add(&position->from, resume->data, resume->len);
		}
		forget_first(backlog);
	}
	return buf_ok(&position->from, fail);
}

void backlog_clear(struct backlog *backlog)
{
	while (backlog->count)
		forget_first(backlog);
	backlog->first = 0;
}

void backlog_release(struct backlog *backlog)
{
	backlog_clear(backlog);
	free(backlog->events);
	*backlog = (struct backlog){ 0 };
}
