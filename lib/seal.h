/* seal: what an object gets last: its dates, its id, its text. */
#ifndef OCTI_SEAL_H
#define OCTI_SEAL_H

#include "date.h"
#include "draft.h"
#include "stix.h"
#include "stixid.h"

struct seal {
	enum stixid_rules rules;
	struct date created; /* what has no date was created then */
	bool dated; /* somebody said so; else the date is in no id, as in generate_id with
	                      * None: so a note has the same id the next time */
};

enum seal_id {
	SEAL_KEPT, /* the object's own */
	SEAL_MADE, /* of its contents */
	SEAL_RANDOM,
	SEAL_NONE, /* nothing in it makes one, and nothing else was wanted */
};

/*
 * Dates the object, which has all else, and puts its id in `id` and its text, one line with the id third,
 * in `text`. anew: the id is to be of its contents, whatever it has; then `text` is without.
 */
bool seal_draft(const struct seal *seal, struct draft *draft, enum stix_family family,
	const char *type, bool anew, struct buf *id, struct buf *text, enum seal_id *how,
	struct fail *fail);

#endif
