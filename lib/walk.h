/*
 * walk: the visit of a graph along its references that decides which of them stay, how much each
 * object depends on, and which objects the platform would take. See split.h for what pycti does.
 */
#ifndef OCTI_WALK_H
#define OCTI_WALK_H

#include "graph.h"
#include "set.h"

struct walk_frame; /* a visit that goes on */

/* Zero-initialised but for graph and cleanup; walk_release at the end. */
struct walk {
	struct graph *graph;
	bool cleanup; /* drop references to what is not in the graph */

	/* The result: objects in the order in which their visits ended. */
	uint32_t *parts, *incompatible;
	uint32_t part_count, incompatible_count;
	bool saturated; /* a count stays at its largest value */

	/* While it goes on: */
	struct walk_frame *frames;
	struct graph_element *lists; /* of the frames, one on top of the other */
	struct set pairs;            /* (from, to): `from` was found to refer to `to` */
	size_t parts_cap, incompatible_cap, frames_cap, lists_cap;
	uint32_t frame_count, list_count;
	uint32_t mark;
};

/* Visits all objects, in their order; edits them and sets their counts. FAIL_NO names an object
 * that holds what is no reference. */
bool walk_all(struct walk *walk, struct fail *fail);
void walk_release(struct walk *walk);

/* Why the platform would not take the object when it is met under this id, NULL when it would. */
const char *walk_refusal(
	const struct graph *graph, const struct graph_object *object, uint32_t id);

#endif
