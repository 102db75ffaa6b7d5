/* column: a field of a feed that sets a property of the objects made of its records. */
#ifndef OCTI_COLUMN_H
#define OCTI_COLUMN_H

#include "scan.h"

enum column_kind {
	COLUMN_CONFIDENCE, /* 0 to 100 */
	COLUMN_CREATED,    /* a date */
	COLUMN_CUSTOM,     /* x_...: text, of all objects */
	COLUMN_DESCRIPTION,
	COLUMN_FIRST_SEEN,      /* a date: created and valid_from */
	COLUMN_INDICATOR_TYPES, /* with commas between */
	COLUMN_LABELS,          /* with commas between */
	COLUMN_MALWARE,         /* the name of a family, which is an object of its own */
	COLUMN_NAME,
	COLUMN_REFERENCE,  /* reference or reference:SOURCE: the URL of an external reference */
	COLUMN_SCORE,      /* 0 to 100 */
	COLUMN_VALID_FROM, /* a date */
	COLUMN_VALID_UNTIL, /* a date */
};

struct column {
	enum column_kind kind;
	char *property;     /* owned */
	const char *source; /* of a reference: its name; NULL: the host of the URL */
	/* What a value is made of. */
	struct column_piece {
		const char *field; /* as rows_new takes it; NULL: the same for all records, */
		struct span same;  /* which is this */
	} * pieces;
	size_t count, pieces_cap;
	char *text;       /* owned: what the pieces are in */
	struct buf value; /* of the record, when it has several pieces */
};

/* The objects of a record, by what their properties are called. */
enum column_family { COLUMN_OBSERVABLE, COLUMN_INDICATOR, COLUMN_VULNERABILITY };

/*
 * Reads PROPERTY=FIELD; PROPERTY=:TEXT for a value that is the same for all; or, when there are braces,
 * PROPERTY=TEXT{FIELD}TEXT... FAIL_USAGE when it is none of these. To be released in any case.
 */
bool column_read(struct column *column, const char *text, struct fail *fail);
void column_release(struct column *column);

/*
 * The value that a record has for the column, a view until the next one. *values are those of the
 * fields of this column and of those after it, and are moved on. A text of several pieces is
 * empty when all of its fields are. FAIL_RETRY.
 */
bool column_take(struct column *column, const struct span **values, struct span *value,
	struct fail *fail);

/* True when only an indicator has the property. */
bool column_of_indicator(const struct column *column);

/* Whether the value is UTF-8. */
bool column_is_text(struct span value);

/*
 * Adds the property as a member behind others (,"x_opencti_score":80) of an object of the family,
 * if that has it. Labels and malware are not added here: they are more than a member. A value that is empty adds nothing. False with `why` (static) when
 * the value does not fit.
 */
bool column_print(const struct column *column, struct span value, enum column_family family,
	struct buf *to, const char **why);

#endif
