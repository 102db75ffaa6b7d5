#include "arrival.h"

enum { KEEP = 1 << 20 }; /* bytes of memory kept from one message to the next, at most */

void arrival_begin(struct arrival *arrival)
{
	if (arrival->body.cap > KEEP)
		buf_release(&arrival->body);
	buf_clear(&arrival->body);
	arrival->size = 0;
	arrival->come = 0;
	arrival->begun = true;
	arrival->sized = false;
}

bool arrival_too_large(const struct arrival *arrival)
{
	return arrival->max_bytes && arrival->size > arrival->max_bytes;
}

/* All at once, so that a large body is not copied as it grows. */
static void reserve(struct buf *body, uint64_t size)
{
	if (size > SIZE_MAX - 1)
		body->state = BUF_NO_MEMORY;
	else
		buf_room(body, (size_t)size);
}

bool arrival_take(struct arrival *arrival, const struct wire_event *event)
{
	if (!arrival->begun)
		return false;
	if (event->kind == WIRE_SIZE) {
		arrival->size = event->size;
		arrival->sized = true;
		if (!arrival_too_large(arrival))
			reserve(&arrival->body, event->size);
	} else if (event->kind == WIRE_BYTES) {
		arrival->come += event->size;
		if (!arrival_too_large(arrival))
			buf_add(&arrival->body, event->bytes, event->size);
	}
	bool whole = arrival->sized &&
		(arrival->come >= arrival->size || arrival->body.state != BUF_OK);
	arrival->begun = !whole;
	return whole;
}

void arrival_release(struct arrival *arrival)
{
	buf_release(&arrival->body);
}
