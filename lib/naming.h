/* naming: rules on ids that come of contents, on names and aliases. See rule.h. */
#ifndef OCTI_NAMING_H
#define OCTI_NAMING_H

#include "exam.h"

void naming_random(struct exam *exam);
void naming_mismatch(struct exam *exam);
void naming_version1(struct exam *exam);
void naming_other_rules(struct exam *exam);
void naming_blank(struct exam *exam);
void naming_own_alias(struct exam *exam);
void naming_other_alias(struct exam *exam);

#endif
