/*
 * rule: all that is asked of an object before it is sent, as a table. A rule is a row of it, and a
 * function in contents.c, need.c, values.c, links.c or naming.c; octi-lint --list and the manual show the rows.
 */
#ifndef OCTI_RULE_H
#define OCTI_RULE_H

#include "exam.h"

/* All, in the order of their codes; rule_count of them. */
const struct rule *rule_all(void);
size_t rule_count(void);

/* The rule of that code, NULL when there is none. */
const struct rule *rule_of(const char *code);

/* Notes the rules of a list of codes with commas. False with the beginning of what is no code. */
bool rule_ignore(const char *codes, bool ignored[EXAM_RULES], const char **unknown);

/* Those that are found at the end only. */
#define RULE_RELATIONSHIP "OC028"
#define RULE_ABSENT_END "OC029"
#define RULE_ABSENT "OC101"

#endif
