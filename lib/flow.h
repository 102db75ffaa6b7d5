/* flow: STIX objects one after the other, out of bytes that come in pieces and may never end. */
#ifndef OCTI_FLOW_H
#define OCTI_FLOW_H

#include "buf.h"

/*
 * Takes what bundle_read takes: objects, bundles and arrays of both, one after another. It only finds where
 * objects begin and end, so that no more than one of them is in memory; whether they are JSON is for
 * the reader of their texts to say. Zero-initialised but for the first rows; flow_release at the end.
 */
struct flow {
	size_t most; /* bytes of one object */
	/* Gets the text of an object (of a bundle too that has no array of objects). */
	bool (*object)(void *ctx, const char *text, size_t n, struct fail *fail);
	void *ctx;

	size_t count;    /* objects so far */
	struct buf text; /* of the one that is open */
	enum { FLOW_OUTSIDE, FLOW_ITEM, FLOW_OBJECTS, FLOW_OBJECT } place;
	bool bundle;     /* the item is one: its array of objects has begun */
	unsigned arrays; /* around the items */
	unsigned depth;  /* in the item or object */
	bool in_string, escaped;
	bool wants_key; /* in an item: a string would be a key */
	int matched;    /* letters of "objects" that the key has; -1: it is another */
	unsigned digits,
		letter; /* of that which is written as \u and digits: to come, so far */
	size_t mark;    /* bytes of a byte order mark */
};

/* False when it is not to be read on: FAIL_NO says what is wrong, after which object; or `object` failed. */
bool flow_add(struct flow *flow, const char *bytes, size_t n, struct fail *fail);

/* All has come. FAIL_NO when something is still open. */
bool flow_end(const struct flow *flow, struct fail *fail);

void flow_release(struct flow *flow);

#endif
