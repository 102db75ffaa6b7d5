/* syntax: what the platform takes as the value of an observable, and as a date. */
#ifndef OCTI_SYNTAX_H
#define OCTI_SYNTAX_H

#include "kind.h"

/* Whether the value is one for an observable of the kind; what is not checked is true. From the
 * regular expressions of the platform's utils/syntax.js. *what, static, says what was expected. */
bool syntax_value(enum kind kind, struct span value, const char **what);

/* A CPE of the form cpe:/..., which is the only one that software is known by. */
bool syntax_is_cpe(struct span value);

/* Whether the value of a hash has the length and the digits of its algorithm; true for other
 * algorithms. */
bool syntax_hash(struct span algorithm, struct span value);

/* A moment of RFC 3339 with its time and its zone, as the platform's DateTime takes it. */
bool syntax_date(struct span date);

/* Compares two such moments to the nanosecond; negative when a is before b. */
int syntax_compare_dates(struct span a, struct span b);

#endif
