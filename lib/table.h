/*
 * table: the rows of lines, of CSV and of tab-separated values, as RFC 4180 has them and as feeds
 * write them: comments, blanks around fields, quotes behind a blank, any ends of lines, rows
 * of differing lengths, empty lines.
 */
#ifndef OCTI_TABLE_H
#define OCTI_TABLE_H

#include "intake.h"
#include "scan.h"

enum table_kind { TABLE_LINES, TABLE_CSV, TABLE_TSV };

/* Zero-initialised but for kind and comment. */
struct table {
	enum table_kind kind;
	const char *comment; /* how lines begin that are no rows; NULL: none are */

	/* The row: */
	size_t line;         /* in which it begins, from 1 */
	struct span *fields; /* without quotes, and without blanks at their ends */
	size_t count;
	bool is_comment; /* it is a comment, its fields are what is behind `comment` */

	size_t next_line, fields_cap;
};

/*
 * Reads the next row, comments included, empty lines not. At the end *more is false. The fields are
 * in the feed's window and hold until the next call. In lines, a comment may stand behind the
 * value and a blank. FAIL_NO: quotes that are not closed, a row of more than 16 MiB.
 */
bool table_next(struct table *table, struct intake *intake, bool *more, struct fail *fail);

void table_release(struct table *table);

#endif
