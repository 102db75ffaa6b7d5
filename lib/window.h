/* window: messages sent and not yet confirmed, and those to be sent again. */
#ifndef OCTI_WINDOW_H
#define OCTI_WINDOW_H

#include "fail.h"

#include <stddef.h>
#include <stdint.h>

/* A message in flight, found by its tag. */
struct window_slot {
	size_t index; /* which message it is, to whoever sends */
	size_t bytes;
	bool open;     /* sent, and neither confirmed nor refused yet */
	bool returned; /* unroutable: its confirm does not count */
};

/*
 * Each message that was sent and is not confirmed is in one of two places: in flight (an open slot)
 * or waiting to be sent again. Tags are what the broker counts messages by: one more for each,
 * from 1 on a new connection. The lists are private; the numbers may be read.
 */
struct window {
	size_t span;        /* messages in flight and waiting together, at most */
	uint64_t oldest;    /* tag of the oldest in flight; next_tag when none is */
	uint64_t next_tag;  /* of the next message sent */
	size_t flying;      /* messages in flight, */
	size_t bytes;       /* and their bytes */
	size_t again_count; /* messages waiting */

	struct window_slot *slots; /* of the tags from oldest to next_tag - 1, at tag % span */
	size_t *again;             /* indices, descending: the next one is the last */
};

/* An empty window for span messages (0 is 1), the first of which has this tag. False: no memory. */
bool window_init(struct window *window, size_t span, uint64_t next_tag, struct fail *fail);
void window_release(struct window *window);

/* As many tags are in use, from the oldest in flight on, as there are slots: none may be sent. */
bool window_full(const struct window *window);

/* The index of the message to send again, the smallest; only when again_count is not 0. */
size_t window_again(const struct window *window);

/* Notes that the message has been sent, with next_tag; when messages wait, it is the one of
 * window_again. Only when the window is not full. */
void window_send(struct window *window, size_t index, size_t bytes);

/* What is in flight under the tag; NULL: nothing. Valid until the window is next changed. */
const struct window_slot *window_at(const struct window *window, uint64_t tag);

/* The message is unroutable: its confirm is not counted, and it is not sent again. */
void window_return(struct window *window, uint64_t tag);

struct window_landed {
	size_t slots;     /* messages that are no longer in flight */
	size_t confirmed; /* of these, those that were not returned; 0 for a refusal */
};

/*
 * The broker has confirmed, or refused, the message of this tag, or with multiple all in flight up
 * to it (tag 0: all). Tags that are not in flight are ignored. What was refused waits to be sent
 * again.
 */
struct window_landed window_land(
	struct window *window, uint64_t tag, bool multiple, bool confirmed);

/* The connection is lost: all in flight but the returned wait to be sent again, and the tags start
 * from 1. */
void window_lose(struct window *window);

#endif
