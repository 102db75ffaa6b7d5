/* rename: old ids and the new ones that take their place. */
#ifndef OCTI_RENAME_H
#define OCTI_RENAME_H

#include "ids.h"

/* Computes the new id of an object: adds it to `id`, or nothing when it keeps its own. */
typedef bool rename_fn(void *ctx, struct span object, struct buf *id, struct fail *fail);

/* Zero-initialised but for `compute` and ctx. */
struct rename {
	rename_fn *compute; /* may come back for the ids that the new one is made of */
	void *ctx;
	struct ids ids;
	struct rename_entry {
		struct span object;
		char *to; /* owned; NULL: not known yet, or it stays */
		enum { RENAME_NEW, RENAME_BEGUN, RENAME_DONE } state;
	} * entries; /* by number of the old id */
	size_t entries_cap;
};

/* Notes a checked object, whose text must stay. One without id is passed over. Of objects with the same id
 * the last counts. */
bool rename_learn(struct rename *rename, struct span object, struct fail *fail);

/* Adds the checked value with the new ids in place of the old ones, wherever a string is one. */
bool rename_print(struct rename *rename, struct span value, struct buf *to, struct fail *fail);

/* Adds {"from": OLD, "to": NEW} for each id that changes, one a line. */
bool rename_map(struct rename *rename, struct buf *to, struct fail *fail);

void rename_release(struct rename *rename);

#endif
