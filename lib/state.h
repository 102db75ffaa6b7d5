/* state: the small JSON object that a connector keeps, on the platform or in $OCTI_STATE. */
#ifndef OCTI_STATE_H
#define OCTI_STATE_H

#include "connector.h"
#include "scan.h"

/*
 * Reads the state: of the file that $OCTI_STATE names, or of the connector on the platform
 * (platform is opened then). What is no JSON object counts as no state, as with pycti; so do a
 * missing and an empty file. No state is "{}".
 */
bool state_read(struct platform *platform, const struct tool *tool, struct buf *state,
	struct fail *fail);

/* The state in a regular file; what is not there, is another kind of file, or no JSON object, is FAIL_NO. */
bool state_read_file(const char *path, struct buf *state, struct fail *fail);

/*
 * Stores the state (checked JSON, "null" for none) where state_read finds it. On the platform it goes
 * with a ping, with a second one when a pending reset swallowed the first, and is
 * read back: FAIL_RETRY when another one is found.
 */
bool state_write(struct platform *platform, const struct tool *tool, const char *state,
	struct fail *fail);

/*
 * Stores the state of a connector on the platform unless another one is there than `before`, or it was reset
 * since: *kept is false then, and nothing is changed. It goes with a ping, which tells the info (NULL:
 * none), and is read back: FAIL_RETRY when another one is found.
 */
bool state_store(struct platform *platform, const char *id,
	const struct connector_memory *before, const char *state,
	const struct connector_info *info, bool *kept, struct fail *fail);

/* The object in such a text, or "{}" when it is none, on one line. */
void state_normalise(struct buf *text);

/* The value of a top-level key, as JSON. False when there is none. */
bool state_get(struct span state, const char *key, size_t len, struct span *value);

/* Adds the state with one key set to a JSON value, at its place, or last when it is new. */
void state_set(
	struct span state, const char *key, size_t len, struct span value, struct buf *to);

#endif
