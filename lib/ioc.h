/* ioc: the STIX objects that raw values stand for. */
#ifndef OCTI_IOC_H
#define OCTI_IOC_H

#include "column.h"
#include "complete.h"
#include "observable.h"
#include "rows.h"

/* What is made of each record. Texts are borrowed. */
struct ioc_order {
	enum observable_kind kind; /* OBSERVABLE_ANY: told by its looks */
	bool verbatim;             /* the values are not defanged, and nothing is around them */
	bool indicator;            /* an indicator too, based on the observable */
	bool create_indicator;     /* the platform shall make one */
	bool no_private;           /* leave out what is not of the Internet */
	struct opt_list indicates; /* each TYPE:NAME, what the indicators indicate */
	struct opt_list related;   /* each TYPE:NAME, what the observables are related to */
	struct column *columns;    /* they hold the values of a record */
	size_t column_count;
};

/* What became of the records. */
struct ioc_counts {
	size_t records;
	size_t unknown;      /* not recognised, so not in the output */
	size_t misfits;      /* values of columns that did not fit, left out */
	size_t private;      /* left out by no_private */
	size_t ports;        /* left out behind addresses */
	size_t no_indicator; /* vulnerabilities, for which there is no pattern */
};

struct ioc;

/*
 * problem: told of each value that is not recognised or does not fit: "WHY: VALUE". complete makes
 * the objects whole; order and it must outlive this. Objects that all records refer to go to out.
 * FAIL_USAGE for an order that contradicts itself.
 */
struct ioc *ioc_new(const struct ioc_order *order, struct complete *complete,
	void (*problem)(void *ctx, const char *text), void *ctx, struct buf *out,
	struct fail *fail);
void ioc_free(struct ioc *ioc);

/* Adds the objects of a record to out, one a line: values[0] is the value, the others are those of the
 * columns that have a field, in their order. */
bool ioc_add(struct ioc *ioc, const struct span *values, struct buf *out, struct fail *fail);

const struct ioc_counts *ioc_counts(const struct ioc *ioc);

#endif
