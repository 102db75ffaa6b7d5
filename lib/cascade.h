/*
 * cascade: what goes with objects that are taken out: relationships and sightings that lose an
 * end, and containers of which nothing is left.
 */
#ifndef OCTI_CASCADE_H
#define OCTI_CASCADE_H

#include "ids.h"
#include "object.h"

/* Zero-initialised; cascade_release at the end. Texts of objects must stay. */
struct cascade {
	struct ids ids; /* of what depends and of what it depends on */
	struct cascade_node {
		uint32_t first; /* edge + 1 of what depends on it, 0 for none */
		uint32_t left;  /* of a list that it needs, 0 when it needs none */
		bool dropped;
	} * nodes; /* by number in ids */
	struct cascade_edge {
		uint32_t to, next;
		bool whole; /* without it nothing is left */
	} * edges;
	uint32_t *waiting; /* dropped, and what depends on them is not yet looked at */
	size_t nodes_cap, edges_cap, waiting_cap, edge_count, waiting_count;
};

/* Notes what the object cannot be without. */
bool cascade_add(struct cascade *cascade, const struct object *object, struct fail *fail);

/* Takes out the object of that id, a JSON string (of another value nothing is known). */
bool cascade_drop(struct cascade *cascade, struct span id, struct fail *fail);

/* Takes out what depends on what was taken out, in time that is linear in all references. */
bool cascade_settle(struct cascade *cascade, struct fail *fail);

bool cascade_dropped(const struct cascade *cascade, struct span id);

void cascade_release(struct cascade *cascade);

#endif
