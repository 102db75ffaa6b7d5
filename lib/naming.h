/* naming: rules on ids that come of contents, on names and aliases. See rule.h. */
#ifndef OCTI_NAMING_H
#define OCTI_NAMING_H

#include "exam.h"

/* The version of the UUID of an id: a digit, if it is one; '\0' when there is no id. */
char naming_version(struct span id);

void naming_random(struct exam *exam);
void naming_mismatch(struct exam *exam);
void naming_version1(struct exam *exam);
void naming_other_rules(struct exam *exam);
void naming_blank(struct exam *exam);
void naming_own_alias(struct exam *exam);
void naming_other_alias(struct exam *exam);

#endif
