/* review: bundles that people look at before they are imported, in a draft or a workbench. */
#ifndef OCTI_REVIEW_H
#define OCTI_REVIEW_H

#include "parcel.h"
#include "platform.h"

/* Opens a draft of that name, about an entity (NULL: none), and adds its id. */
bool review_draft(struct platform *platform, const char *name, const char *entity_id,
	struct buf *draft_id, struct fail *fail);

/* Uploads the whole bundle as a pending file; the parcel was read with `whole`. markings: ids
 * between commas; NULL for none. */
bool review_workbench(struct platform *platform, const char *name, const char *entity_id,
	const char *markings, const struct parcel *parcel, struct fail *fail);

#endif
