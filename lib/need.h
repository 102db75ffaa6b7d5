/* need: rules on the properties that an object has to have, and to have as text. See rule.h. */
#ifndef OCTI_NEED_H
#define OCTI_NEED_H

#include "exam.h"

void need_property(struct exam *exam);
void need_length(struct exam *exam);
void need_string(struct exam *exam);

#endif
