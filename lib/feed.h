/* feed: STIX objects one after the other, out of bytes that come in pieces and may never end. */
#ifndef OCTI_FEED_H
#define OCTI_FEED_H

#include "buf.h"

/*
 * Takes what bundle_read takes: objects, bundles and arrays of both, one after another. It only finds where
 * objects begin and end, so that no more than one of them is in memory; whether they are JSON is for
 * the reader of their texts to say. Zero-initialised but for the first rows; feed_release at the end.
 */
struct feed {
	size_t most; /* bytes of one object */
	/* Gets the text of an object (of a bundle too that has no array of objects). */
	bool (*object)(void *ctx, const char *text, size_t n, struct fail *fail);
	void *ctx;

	size_t count;    /* objects so far */
	struct buf text; /* of the one that is open */
	enum { FEED_OUTSIDE, FEED_ITEM, FEED_OBJECTS, FEED_OBJECT } place;
	bool bundle;     /* the item is one: its array of objects has begun */
	unsigned arrays; /* around the items */
	unsigned depth;  /* in the item or object */
	bool in_string, escaped;
	bool wants_key; /* in an item: a string would be a key */
	int matched;    /* letters of "objects" that the key has; -1: it is another */
	size_t mark;    /* bytes of a byte order mark */
};

/* False when it is not to be read on: FAIL_NO says what is wrong, after which object; or `object` failed. */
bool feed_add(struct feed *feed, const char *bytes, size_t n, struct fail *fail);

/* All has come. FAIL_NO when something is still open. */
bool feed_end(const struct feed *feed, struct fail *fail);

void feed_release(struct feed *feed);

#endif
