/* feed: objects that are read while they come. */
#ifndef OCTI_FEED_H
#define OCTI_FEED_H

#include "bundle.h"

/*
 * Reads the operand (NULL or "-": stdin) as bundle_read does, but of what is no regular file only as
 * many lines at a time as hold whole values; so objects one a line take the memory of one, and are there
 * at once. wait (NULL is allowed) is called when there is nothing more to read yet. The objects are gone
 * after the reader's callback.
 */
bool feed_read(struct bundle_reader *reader, const char *operand, void (*wait)(void *ctx),
	void *ctx, struct fail *fail);

#endif
