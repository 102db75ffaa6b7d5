/* scaffold: a new connector, a directory with all that one has, made of the files that are installed for that. */
#ifndef OCTI_SCAFFOLD_H
#define OCTI_SCAFFOLD_H

#include "buf.h"

/* Adds the directory with those files: $OCTI_SHARE, else ../share/octi as seen from the directory of the
 * program that runs. */
bool scaffold_share(struct buf *share, struct fail *fail);

/* Whether it is one of the six types, `external-import` or as the platform writes it. */
bool scaffold_knows(const char *type);

/* Makes the directory `name`, which is also what the connector is called: lower-case letters, digits and
 * hyphens, a letter first (else FAIL_USAGE). One that is there already is FAIL_NO. On failure nothing is
 * left of it. */
bool scaffold_make(const char *share, const char *type, const char *name, struct fail *fail);

#endif
