/* complete: whole STIX objects from partial ones. */
#ifndef OCTI_COMPLETE_H
#define OCTI_COMPLETE_H

#include "imprint.h"
#include "scan.h"

struct complete;

/*
 * say: told what could not be completed, or was left out; "TYPE NAME-OR-ID: WHAT". NULL: nobody.
 * FAIL_USAGE names the option that is wrong. The options must outlive it.
 */
struct complete *complete_new(const struct imprint_options *options,
	void (*say)(void *ctx, const char *text), void *ctx, struct fail *fail);
void complete_free(struct complete *complete);

/*
 * Adds the object, completed, to `out`: one line of JSON, and before it a line for each object that
 * it refers to and that was not there yet (author, markings, objects given in place of references).
 * An object that was there with the same contents is not added again. id (NULL is allowed)
 * gets the object's id in any case. object: checked JSON, an object. On failure nothing is added:
 * FAIL_NO for an object that cannot be completed, with the reason only; the caller names the place.
 */
bool complete_object(struct complete *complete, struct span object, struct buf *out,
	struct buf *id, struct fail *fail);

/*
 * To give objects that have ids the ids of their contents: every object goes through complete_learn
 * first, and its text must stay. From then on complete_object puts the new ids in place of the old
 * ones wherever they stand alone as a string. Ids of objects that have none of their contents stay.
 */
bool complete_learn(struct complete *complete, struct span object, struct fail *fail);

/* Adds the changes, {"from": OLD, "to": NEW}, one a line. */
bool complete_map(struct complete *complete, struct buf *out, struct fail *fail);

/* Adds what comes at the end: the report, if one is wanted. */
bool complete_end(struct complete *complete, struct buf *out, struct fail *fail);

#endif
