/* program: whether there is something to run under a name. */
#ifndef OCTI_PROGRAM_H
#define OCTI_PROGRAM_H

#include "fail.h"

/*
 * Looks where execvp looks: in PATH, unless the name has a slash. 0, or the status that running it would end
 * with, as a shell's: 127 not found, 126 not to be run; and why, in fail (FAIL_USAGE). A script needs its
 * interpreter too.
 */
int program_look(const char *name, struct fail *fail);

#endif
