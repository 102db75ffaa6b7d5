/* embed: objects that stand in another where a reference belongs. */
#ifndef OCTI_EMBED_H
#define OCTI_EMBED_H

#include "draft.h"

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

enum embed_role {
	EMBED_PART, /* an object in place of a reference, or a marking */
	EMBED_AUTHOR,
};

/* Completes the object, which is checked JSON, and adds its id. */
typedef bool embed_make_fn(
	void *ctx, struct span object, enum embed_role role, struct buf *id, struct fail *fail);

/*
 * Makes references of all that stands for them in the draft of an object of that type, with the
 * ids of what `make` makes of it; and of the short forms: `author` (NAME[:CLASS], an id or an
 * object) is created_by_ref, `tlp` (a level) and `marking` (also a list: what shorthand_marking
 * knows, ids, objects) are object_marking_refs. FAIL_NO names the key.
 */
bool embed_expand(struct draft *draft, const char *type, embed_make_fn *make, void *ctx,
	struct fail *fail);

#endif
