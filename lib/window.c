#include "window.h"

#include <stdlib.h>

bool window_init(struct window *window, size_t span, uint64_t next_tag, struct fail *fail)
{
	*window = (struct window){
		.span = span ? span : 1, .oldest = next_tag, .next_tag = next_tag
	};
	window->slots = calloc(window->span, sizeof *window->slots);
	window->again = calloc(window->span, sizeof *window->again);
	if (window->slots && window->again)
		return true;
	window_release(window);
	return fail_memory(fail);
}

void window_release(struct window *window)
{
	free(window->slots);
	free(window->again);
	*window = (struct window){ 0 };
}

bool window_full(const struct window *window)
{
	return window->next_tag - window->oldest >= window->span;
}

size_t window_again(const struct window *window)
{
	return window->again[window->again_count - 1];
}

static void again_add(struct window *window, size_t index)
{
	size_t at = window->again_count++;
	for (; at > 0 && window->again[at - 1] < index; at--)
		window->again[at] = window->again[at - 1];
	window->again[at] = index;
}

void window_send(struct window *window, size_t index, size_t bytes)
{
	struct window_slot slot = { .index = index, .bytes = bytes, .open = true };
	window->slots[window->next_tag++ % window->span] = slot;
	window->flying++;
	window->bytes += bytes;
	if (window->again_count)
		window->again_count--;
}

static struct window_slot *slot_of(const struct window *window, uint64_t tag)
{
	if (tag < window->oldest || tag >= window->next_tag)
		return NULL;
	struct window_slot *slot = &window->slots[tag % window->span];
	return slot->open ? slot : NULL;
}

const struct window_slot *window_at(const struct window *window, uint64_t tag)
{
	return slot_of(window, tag);
}

void window_return(struct window *window, uint64_t tag)
{
	struct window_slot *slot = slot_of(window, tag);
	if (slot)
		slot->returned = true;
}

struct window_landed window_land(
	struct window *window, uint64_t tag, bool multiple, bool confirmed)
{
	struct window_landed landed = { 0 };
	if (multiple && (tag == 0 || tag >= window->next_tag))
		tag = window->next_tag - 1;
	if (tag >= window->next_tag)
		return landed;
	for (uint64_t t = multiple ? window->oldest : tag; t <= tag; t++) {
		struct window_slot *slot = slot_of(window, t);
		if (!slot)
			continue;
		slot->open = false;
		window->flying--;
		window->bytes -= slot->bytes;
		landed.slots++;
		if (slot->returned)
			continue;
		if (confirmed)
			landed.confirmed++;
		else
			again_add(window, slot->index);
	}
	while (window->oldest < window->next_tag && !slot_of(window, window->oldest))
		window->oldest++;
	return landed;
}

void window_lose(struct window *window)
{
	for (uint64_t tag = window->oldest; tag < window->next_tag; tag++) {
		struct window_slot *slot = slot_of(window, tag);
		if (!slot)
			continue;
		slot->open = false;
		if (!slot->returned)
			again_add(window, slot->index);
	}
	window->oldest = window->next_tag = 1;
	window->flying = window->bytes = 0;
}
