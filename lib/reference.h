/* reference: the references of a STIX object: what its top-level *_ref and *_refs hold. */
#ifndef OCTI_REFERENCE_H
#define OCTI_REFERENCE_H

#include "scan.h"

/* A walk through them; the object is checked JSON, as the platform prints it: keys and ids without
 * escapes. What is no string with a "--" in it is no reference. */
struct references {
	struct span key; /* of the current one, without quotes */
	struct span id;  /* what it holds, without quotes */
	const char *at, *list;
};

void references_open(struct references *references, struct span object);
bool references_next(struct references *references);

/* True for object_refs: what a container holds, rather than what an object is made of. */
bool reference_is_content(struct span key);

/* True for the key of an end, without which a relationship or a sighting says nothing. */
bool reference_is_end(struct span key);

/* Adds the object without the references that `keep` refuses; a list that is left empty goes too,
 * unless it is object_refs. */
typedef bool reference_keep_fn(void *ctx, struct span key, struct span id);
void reference_prune(struct span object, reference_keep_fn *keep, void *ctx, struct buf *to);

#endif
