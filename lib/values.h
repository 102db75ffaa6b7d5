/* values: rules on dates, numbers, the values of observables, patterns and words. See rule.h. */
#ifndef OCTI_VALUES_H
#define OCTI_VALUES_H

#include "exam.h"

void values_date(struct exam *exam);
void values_order(struct exam *exam);
void values_integer(struct exam *exam);
void values_score(struct exam *exam);
void values_syntax(struct exam *exam);
void values_hash(struct exam *exam);
void values_hash_name(struct exam *exam);
void values_file(struct exam *exam);
void values_artifact(struct exam *exam);
void values_software(struct exam *exam);
void values_pattern(struct exam *exam);
void values_pattern_form(struct exam *exam);
void values_main_type(struct exam *exam);
void values_no_main_type(struct exam *exam);
void values_no_valid_until(struct exam *exam);
void values_no_score(struct exam *exam);
void values_past(struct exam *exam);
void values_upper_case(struct exam *exam);
void values_word(struct exam *exam);
void values_markup(struct exam *exam);
void values_create_indicator(struct exam *exam);
void values_confidence(struct exam *exam);

#endif
