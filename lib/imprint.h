/* imprint: what is said alike of all objects that a command makes: who says so, markings, labels, dates. */
#ifndef OCTI_IMPRINT_H
#define OCTI_IMPRINT_H

#include "date.h"
#include "opt.h"
#include "stixid.h"
#include "tlp.h"

/* As they are given. Zero-initialised: nothing. Texts are borrowed. */
struct imprint_options {
	const char *author;         /* NAME[:identity_class], an identity in JSON, or its id */
	const char *tlp;            /* a level, in any case */
	struct opt_list labels;     /* each a list with commas */
	const char *score;          /* 0 to 100 */
	const char *confidence;     /* 0 to 100 */
	struct opt_list references; /* each SOURCE[,URL[,ID]], or JSON */
	const char *created;        /* as date_read; now when NULL */
	const char *report;         /* name of a report of all objects */
	const char *published;      /* of the report; created when NULL */
	const char *report_type;    /* threat-report when NULL */
	const char *ids;            /* pycti (when NULL) or platform */
};

/* The rows of a command's option table for what is in the struct. */
/* clang-format off */
#define IMPRINT_OPTIONS(c) \
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

/* As they are read. Zero-initialised before imprint_read; imprint_release at the end, in any case. */
struct imprint {
	struct buf author;    /* a partial identity, "" for none */
	struct buf author_id; /* of one that is elsewhere; "" for none */
	enum tlp tlp;
	struct buf labels, references;  /* lists, "" for none */
	char score[4], confidence[4];   /* numbers, "" for none */
	struct date created, published; /* now, when they are not given */
	enum stixid_rules rules;
};

/* FAIL_USAGE names the option that is wrong. */
bool imprint_read(
	struct imprint *imprint, const struct imprint_options *options, struct fail *fail);
void imprint_release(struct imprint *imprint);

#endif
