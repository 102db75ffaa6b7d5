/* program: whether there is something to run under a name. */
#ifndef OCTI_PROGRAM_H
#define OCTI_PROGRAM_H

#include "fail.h"

/* Looks where execvp looks: in PATH, unless the name has a slash. A script needs its interpreter too. A failure
 * is FAIL_NOT_FOUND or FAIL_NOT_RUN. */
bool program_look(const char *name, struct fail *fail);

#endif
