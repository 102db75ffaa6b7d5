/* embed: objects that stand in another where a reference belongs. */
#ifndef OCTI_EMBED_H
#define OCTI_EMBED_H

#include "scan.h"

/* True for an object that has a type. */
bool embed_is_object(struct span value);

/* True for a string that is a STIX id: a type, two hyphens and a UUID. */
bool embed_is_id(struct span value);

/*
 * Whether what a key of an object of that type holds stands for references: an object with a type, a
 * list of such objects and of ids, or, under the name of a reference that STIX or OpenCTI has, an
 * id or a list of ids. Adds the name of the property: `source` is source_ref, `objects` are
 * object_refs; *list tells whether it is a list.
 */
bool embed_reference(
	const char *type, struct span key, struct span value, struct buf *name, bool *list);

#endif
