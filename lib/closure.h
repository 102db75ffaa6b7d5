/*
 * closure: objects of the platform with all that they embed, each once, as far as a filter lets
 * them. Whatever the filter keeps back leaves no trace: references to it are taken out (all but
 * those to markings, which protect what has them), and a relationship or sighting without one of
 * its ends is kept back itself.
 *
 * Objects come in batches, which are in memory as text; of what was written only the ids are
 * kept.
 */
#ifndef OCTI_CLOSURE_H
#define OCTI_CLOSURE_H

#include "ids.h"
#include "platform.h"

enum { CLOSURE_BATCH = 500 }; /* ids that are asked for at once */

/* What is known of an id. */
enum closure_state {
	CLOSURE_UNSEEN,
	CLOSURE_ASKED,
	CLOSURE_VISIBLE, /* passes the filter, is not written (yet) */
	CLOSURE_REFUSED,
	CLOSURE_ADMITTED, /* written, or about to be */
	CLOSURE_LATER, /* a container that is written last, when it is known what of it is there */
};

struct closure {
	struct platform *platform;
	struct span access; /* a FilterGroup that all have to pass; empty: none */
	bool whole; /* of what containers hold, only what is written too stays in them */
	bool (*write)(void *ctx, struct span object, struct fail *fail);
	void *ctx;

	size_t written, refused;
	/* Private: */
	struct ids ids;
	unsigned char *states; /* enum closure_state, of each of ids */
	unsigned char *needed; /* whether something that is written embeds it */
	size_t states_cap, needed_cap;
	uint32_t *wanted; /* ids to ask for */
	size_t wanted_count, wanted_cap;
	struct buf line;
};

struct batch {
	struct buf texts;
	struct held {
		size_t begin, len; /* in texts */
		uint32_t id;
		bool root, container, done; /* done: written, here or before */
	} * all;
	size_t count, all_cap;
};

/*
 * Adds the object of a list's element, which has its toStix and has passed the filter. One that
 * is known is passed over, unless it is a root: then it is held, and marked as done when it was
 * written. An element without STIX is passed over too.
 */
bool closure_take(struct closure *closure, struct batch *batch, struct span node, bool root,
	struct fail *fail);

/* The text of a held object, until the batch grows. */
struct span closure_text(const struct batch *batch, size_t index);

/*
 * Adds what the batch's objects embed, and what that embeds, to its end; decides what is kept
 * back.
 */
bool closure_settle(struct closure *closure, struct batch *batch, struct fail *fail);

/*
 * Writes the batch's objects, what is embedded first, but for containers when `whole`: those that
 * are roots wait for closure_write_roots, the others for closure_finish.
 */
bool closure_write(struct closure *closure, struct batch *batch, struct fail *fail);
bool closure_write_roots(struct closure *closure, struct batch *batch, struct fail *fail);

/* Reads, settles and writes what the object's object_refs lead to. */
bool closure_write_content(struct closure *closure, struct span object, struct fail *fail);

/* Writes the containers that have been put off. */
bool closure_finish(struct closure *closure, struct fail *fail);

void closure_release(struct closure *closure);
void batch_clear(struct batch *batch);
void batch_release(struct batch *batch);

#endif
