/* edit: what the walk changes in an object: references set to null, lists made shorter. */
#ifndef OCTI_EDIT_H
#define OCTI_EDIT_H

#include "graph.h"

/* Values of graph_field.edit. */
enum { EDIT_NONE, EDIT_NULL, EDIT_FIRST, EDIT_MAX = (1 << 29) - 1 };

/* Makes the elements, which are copied, the value of the field. */
bool edit_list(struct graph *graph, struct graph_field *field,
	const struct graph_element *elements, uint32_t count, struct fail *fail);

/* Keeps the first of each external reference or kill chain phase in the field, as the platform
 * would tell them apart (opencti_stix2_identifier.py). */
bool edit_entries(struct graph *graph, const struct graph_object *object,
	struct graph_field *field, struct fail *fail);

/* Whether the object has a reference, or at least one in a list, under that key, as it is now. */
bool edit_has_ref(
	const struct graph *graph, const struct graph_object *object, const char *name);
bool edit_has_refs(
	const struct graph *graph, const struct graph_object *object, const char *name);

/* Adds the object as it is now, with its count of dependencies as nb_deps. */
void edit_print(const struct graph *graph, const struct graph_object *object, struct buf *to);

/* Calls `each` (NULL is allowed) for all that is in the object's text and not left in it, and
 * returns how much that is. A reference that is left once is not gone when it was there twice. */
size_t edit_dropped(const struct graph *graph, const struct graph_object *object,
	void (*each)(void *ctx, struct span id, struct span key, struct span dropped),
	void *ctx);

#endif
