/* complete: whole STIX objects from partial ones. */
#ifndef OCTI_COMPLETE_H
#define OCTI_COMPLETE_H

#include "opt.h"
#include "scan.h"
#include "stixid.h"

/* What is the same for all objects. Zero-initialised: nothing. Texts are borrowed. */
struct complete_common {
	const char *author;         /* NAME[:identity_class] */
	const char *tlp;            /* a level, in any case */
	struct opt_list labels;     /* each a list with commas */
	const char *score;          /* 0 to 100 */
	const char *confidence;     /* 0 to 100 */
	struct opt_list references; /* each SOURCE[,URL[,ID]] */
	const char *created;        /* as date_read; now when NULL */
	const char *report;         /* name of a report of all objects */
	const char *published;      /* of the report; created when NULL */
	const char *report_type;    /* threat-report when NULL */
	const char *ids;            /* pycti (when NULL) or platform */
};

/* The rows of a command's option table for what is in the struct. */
/* clang-format off */
#define COMPLETE_OPTIONS(c) \
	{ 0, "author", "NAME", "who says so; NAME:CLASS for another identity than an organization", \
		OPT_TEXT, &(c).author }, \
	{ 0, "tlp", "LEVEL", "mark what has no marking: clear, green, amber, amber+strict, red", \
		OPT_TEXT, &(c).tlp }, \
	{ 0, "label", "LABEL[,...]", "add labels", OPT_LIST, &(c).labels }, \
	{ 0, "score", "N", "set the score, 0 to 100, where there is none", OPT_TEXT, &(c).score }, \
	{ 0, "confidence", "N", "set the confidence, 0 to 100, where there is none", \
		OPT_TEXT, &(c).confidence }, \
	{ 0, "external-ref", "SOURCE[,URL[,ID]]", "add an external reference", \
		OPT_LIST, &(c).references }, \
	{ 0, "created", "DATE", "when what has no date was created; now otherwise", \
		OPT_TEXT, &(c).created }, \
	{ 0, "report", "NAME", "end with a report of that name that holds all objects", \
		OPT_TEXT, &(c).report }, \
	{ 0, "published", "DATE", "when the report was published", OPT_TEXT, &(c).published }, \
	{ 0, "type", "TYPE", "the report's type; threat-report otherwise", \
		OPT_TEXT, &(c).report_type }, \
	{ 0, "ids", "RULES", "whose ids: pycti (the default) or platform", OPT_TEXT, &(c).ids }
/* clang-format on */

struct complete;

/*
 * say: told what could not be completed, or was left out; "TYPE NAME-OR-ID: WHAT". NULL: nobody.
 * FAIL_USAGE names the option of `common` that is wrong. `common` must outlive it.
 */
struct complete *complete_new(const struct complete_common *common,
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
