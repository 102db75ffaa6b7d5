/*
 * lint: what OpenCTI would refuse, lose or distort of a stream of STIX objects, before it is sent.
 *
 * Objects are looked at one by one; of those that are past only their ids are kept, a few bytes
 * each, for what refers to them.
 */
#ifndef OCTI_LINT_H
#define OCTI_LINT_H

#include "exam.h"

/* Looks at the object where scan stands, and passes over it. exam->input and line say where it is. */
bool lint_object(struct exam *exam, struct scan *scan, struct fail *fail);

/* Notes that there is an object of that id elsewhere. */
bool lint_known(struct exam *exam, struct span id, enum kind kind, struct fail *fail);

/* Says what can be said at the end only: which references lead to nothing. */
bool lint_end(struct exam *exam, struct fail *fail);

#endif
