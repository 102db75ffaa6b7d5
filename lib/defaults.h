/* defaults: what STIX and OpenCTI ask of an object and its maker may leave unsaid. */
#ifndef OCTI_DEFAULTS_H
#define OCTI_DEFAULTS_H

#include "date.h"
#include "draft.h"
#include "stix.h"

/* Gives an object of that type, spelled right, the properties that it lacks and that have a usual
 * value, but no dates. */
bool defaults_fill(
	struct draft *draft, enum stix_family family, const char *type, struct fail *fail);

/* Gives it the dates that it lacks: `now` where nothing in it says better. */
bool defaults_date(struct draft *draft, enum stix_family family, const char *type,
	const struct date *now, struct fail *fail);

/* Adds the names of the properties without which pycti's importer would leave the object out, and
 * which it lacks: "name, pattern". */
void defaults_missing(const struct draft *draft, const char *type, struct buf *names);

#endif
