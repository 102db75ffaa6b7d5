/* rows: the records of a intake, in any of its formats, as the values of the fields that are wanted. */
#ifndef OCTI_ROWS_H
#define OCTI_ROWS_H

#include "intake.h"
#include "scan.h"
#include "table.h"

#include <stdint.h>

enum rows_format { ROWS_LINES, ROWS_CSV, ROWS_TSV, ROWS_JSON };

/* A value of a record; text is NULL where the record has none (or null). */
struct row {
	size_t line;
	const struct span *values; /* one for each field that is wanted */
};

/* Made by rows_new; reads one feed. */
struct rows;

/* "line", "csv", "tsv", "json"; false when it is none. */
bool rows_format_named(const char *name, enum rows_format *format);

/*
 * fields are what is wanted: the number of a column, from 1; the name of a column in the header; a
 * JSON pointer (RFC 6901), or the key of a member. They are borrowed, as comment is, which is NULL
 * for none. FAIL_USAGE for a field that the format cannot have. NULL on failure.
 */
struct rows *rows_new(enum rows_format format, const char *comment, const char *const *fields,
	size_t count, struct fail *fail);

/*
 * The next record of the feed; false in *more at the end. The values hold until the next call.
 *
 * A header is read when a column is wanted by its name: it is the first row, or a comment before it
 * that has all the names. In JSON, each document is a record that is a string, or an object with
 * the first of the fields; of other objects and of arrays, the elements of the lists in them are
 * the records. Values that are arrays come as their elements with commas between them.
 *
 * FAIL_NO: text that the format does not have, a header without a name.
 */
bool rows_next(struct rows *rows, struct intake *intake, struct row *row, bool *more,
	struct fail *fail);

void rows_free(struct rows *rows);

#endif
