/* review: bundles that people look at before they are imported, in a draft or a workbench. */
#ifndef OCTI_REVIEW_H
#define OCTI_REVIEW_H

#include "parcel.h"
#include "platform.h"

/* All text is borrowed. */
struct review {
	const char *name;      /* NULL: WORK_ID.json, as pycti */
	const char *work_id;   /* which is told; NULL: none, and there is a name */
	const char *entity_id; /* what it is about; NULL: nothing */
	const char *markings;  /* of a workbench's file: ids between commas; NULL: none */
	bool again; /* there was an earlier try: the draft that the work may have is taken up */
};

/* Opens a draft, and adds its id to draft_id, which is empty. */
bool review_draft(struct platform *platform, const struct review *review, struct buf *draft_id,
	struct fail *fail);

/* Uploads the whole bundle as a pending file, which is all that is to be done for the work: it expects one
 * report and has it. The parcel was read with `whole`. */
bool review_workbench(struct platform *platform, const struct review *review,
	const struct parcel *parcel, struct fail *fail);

#endif
