/* batch: messages to publish, made when they are wanted. */
#ifndef OCTI_BATCH_H
#define OCTI_BATCH_H

#include "buf.h"

struct publisher;
struct window;

enum batch_gate { BATCH_GO, BATCH_WAIT, BATCH_STOP };

/* `count` messages for one exchange and key, made when they are wanted: a message that has to be
 * sent again is made again, so none is kept. */
struct batch {
	const char *exchange, *routing;
	const char *queue; /* named in errors; its depth is what publish_depth tells */
	size_t count;
	size_t window;       /* messages sent and not yet confirmed, at most; 0 is 1 */
	size_t window_bytes; /* and their bytes, at most (one message may be larger); 0: no limit */

	/* Puts message `index` (from 0) into the empty body, the same each time. False: the batch
	 * ends with the fail it has set. */
	bool (*make)(void *ctx, size_t index, struct buf *body, struct fail *fail);
	/* NULL, or appends to text what message `index` is ("object 17 (indicator--...)"), for errors. */
	void (*name)(void *ctx, size_t index, struct buf *text);
	/* NULL, or asked before the first message, once a second, and at once when a signal has ended
	 * a wait (so that a flag set by a handler can be looked at): may more be sent? BATCH_WAIT is
	 * asked again after a second, while heartbeats are served; BATCH_STOP has set fail. It may
	 * call publish_depth; one that stops because publish_depth could not ask (the connection is
	 * lost) is not obeyed but asked again. Heartbeats are not served while it runs (seconds, not
	 * minutes), and it is not asked during an attempt to reconnect (connect_timeout). */
	enum batch_gate (*gate)(void *ctx, struct publisher *publisher, struct fail *fail);
	/* NULL, or told how many are confirmed, not more often than ten times a second and at the end. */
	void (*progress)(void *ctx, size_t confirmed);
	void *ctx;
};

/* Adds which message it is: "message 17 (object 17 (indicator--...))". */
void batch_name(const struct batch *batch, size_t index, struct buf *text);

/* Puts the message into the body, in place of what is there. False: it could not be made, and fail
 * says why, and which it is when memory ran out. */
bool batch_make(const struct batch *batch, size_t index, struct buf *body, struct fail *fail);

/* The tag of a message that has come back without one: the oldest in flight, not returned yet, with
 * this body; 0: none. It makes them again to compare. */
uint64_t batch_returned(
	const struct batch *batch, const struct window *window, const struct buf *body);

/* The tag of the message in flight that is too large, of which the broker has told only the size, in
 * a sentence: the oldest of that size, else the largest; 0 when nothing is in flight. */
uint64_t batch_too_large(const struct window *window, const char *sentence);

#endif
