#include "batch.h"

#include "window.h"

#include <stdio.h>

void batch_name(const struct batch *batch, size_t index, struct buf *text)
{
	buf_format(text, "message %zu", index + 1);
	if (!batch->name)
		return;
	buf_text(text, " (");
	batch->name(batch->ctx, index, text);
	buf_char(text, ')');
}

bool batch_make(const struct batch *batch, size_t index, struct buf *body, struct fail *fail)
{
	buf_clear(body);
	if (!batch->make(batch->ctx, index, body, fail))
		return false;
	if (buf_ok(body, fail))
		return true;
	struct buf name = { 0 };
	batch_name(batch, index, &name);
	fail_at(fail, "%s", buf_str(&name));
	buf_release(&name);
	return false;
}

uint64_t batch_returned(
	const struct batch *batch, const struct window *window, const struct buf *body)
{
	struct buf made = { 0 };
	struct fail ignored = { 0 };
	uint64_t found = 0;
	uint64_t end = body->state == BUF_OK ? window->next_tag : 0;
	for (uint64_t tag = window->oldest; tag < end && !found; tag++) {
		const struct window_slot *slot = window_at(window, tag);
		if (!slot || slot->returned || slot->bytes != body->len)
			continue;
		if (batch_make(batch, slot->index, &made, &ignored) && made.len == body->len &&
			memcmp(buf_str(&made), buf_str(body), body->len) == 0)
			found = tag;
	}
	buf_release(&made);
	fail_clear(&ignored);
	return found;
}

uint64_t batch_too_large(const struct window *window, const char *sentence)
{
	uint64_t largest = 0;
	for (uint64_t tag = window->oldest; tag < window->next_tag; tag++) {
		const struct window_slot *slot = window_at(window, tag);
		if (!slot)
			continue;
		char size[24];
		snprintf(size, sizeof size, " %zu ", slot->bytes);
		if (strstr(sentence, size))
			return tag;
		if (!largest || slot->bytes > window_at(window, largest)->bytes)
			largest = tag;
	}
	return largest;
}
