#include "backlog.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of room that are kept when nothing is in it. */
enum { KEPT = 1 << 20 };

/* A place is empty but for the room in `id` and `resume`, which who has it next uses again. */
static bool grow(struct backlog *backlog, struct fail *fail)
{
	size_t cap = backlog->cap ? 2 * backlog->cap : 64;
	struct backlog_event *events = calloc(cap, sizeof *events);
	if (!events)
		return fail_memory(fail);
	for (size_t i = 0; i < backlog->cap; i++)
		events[i] = *backlog_at(backlog, i);
	free(backlog->events);
	backlog->events = events;
	backlog->cap = cap;
	backlog->first = 0;
	return true;
}

struct backlog_event *backlog_at(const struct backlog *backlog, size_t index)
{
	size_t at = backlog->first + index;
	return &backlog->events[at < backlog->cap ? at : at - backlog->cap];
}

struct span backlog_line(const struct backlog *backlog, size_t index)
{
	const struct backlog_event *event = backlog_at(backlog, index);
	return (struct span){ backlog->lines.data + (event->at - backlog->from), event->len };
}

struct buf *backlog_room(struct backlog *backlog)
{
	struct buf *lines = &backlog->lines;
	size_t used = (size_t)(backlog->to - backlog->from), wasted = used - backlog->bytes;
	if (wasted > backlog->bytes) {
		memmove(lines->data, lines->data + wasted, backlog->bytes);
		backlog->from += wasted;
		used -= wasted;
	}
	buf_cut(lines, used); /* what had no memory is no line */
	return lines;
}

bool backlog_add(struct backlog *backlog, const char *id, double came, struct fail *fail)
{
	if (!buf_ok(&backlog->lines, fail) ||
		(backlog->count == backlog->cap && !grow(backlog, fail)))
		return false;
	struct backlog_event *event = backlog_at(backlog, backlog->count);
	uint64_t end = backlog->from + backlog->lines.len;
	event->at = backlog->to;
	event->len = (size_t)(end - backlog->to);
	event->came = came;
	buf_clear(&event->id);
	buf_text(&event->id, id ? id : "");
	if (!buf_ok(&event->id, fail))
		return false;
	backlog->to = end;
	backlog->count++;
	backlog->bytes += event->len;
	return true;
}

bool backlog_resume(struct backlog *backlog, const char *from, struct fail *fail)
{
	struct buf *resume = &backlog_at(backlog, backlog->count - 1)->resume;
	buf_clear(resume);
	buf_text(resume, from);
	return buf_ok(resume, fail);
}

static void forget_first(struct backlog *backlog)
{
	struct backlog_event *event = backlog_at(backlog, 0);
	backlog->bytes -= event->len;
	buf_clear(&event->id);
	buf_clear(&event->resume);
	buf_release(&event->why);
	*event = (struct backlog_event){ .id = event->id, .resume = event->resume };
	backlog->dropped++;
	backlog->first = (backlog->first + 1) % backlog->cap;
	if (--backlog->count)
		return;
	backlog->first = 0; /* memory that was used just now is fast */
	backlog->from = backlog->to;
	if (backlog->lines.cap > KEPT)
		buf_release(&backlog->lines);
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
}

void backlog_release(struct backlog *backlog)
{
	backlog_clear(backlog);
	for (size_t i = 0; i < backlog->cap; i++) {
		buf_release(&backlog->events[i].id);
		buf_release(&backlog->events[i].resume);
	}
	buf_release(&backlog->lines);
	free(backlog->events);
	*backlog = (struct backlog){ 0 };
}
