/* spelling: the names that OpenCTI's properties have, by family of objects, and what their values are. */
#ifndef OCTI_SPELLING_H
#define OCTI_SPELLING_H

#include "draft.h"
#include "stix.h"

/*
 * Renames in a draft of that type what has another name there: `score` is x_opencti_score,
 * an observable's `labels` are x_opencti_labels, a malware's x_opencti_labels are labels (what
 * pycti's importer reads, and python-stix2 writes). A property whose right name is there too stays.
 */
bool spelling_right(
	struct draft *draft, enum stix_family family, const char *type, struct fail *fail);

/*
 * Makes what ids are made of what it is in the ids: a number, given as text, a number ("number": "64500"),
 * and a text, given as a number, a text. python-stix2 writes them so, and the platform refuses them
 * otherwise. What cannot be one stays.
 */
bool spelling_values(struct draft *draft, const char *type, struct fail *fail);

#endif
