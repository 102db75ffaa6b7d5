/* coerce: values as the properties of python-stix2 make them of others. */
#ifndef OCTI_COERCE_H
#define OCTI_COERCE_H

#include "scan.h"

/*
 * Each adds the canonical JSON of a checked value that is not null. False when there is none; fail is
 * set then, to go behind the name of the property.
 */

/* As str(): a string, or what Python makes one of: a number, or True and False. */
bool coerce_text(struct buf *to, struct span value, struct fail *fail);

/* A list of those; what is no list is a list of one. */
bool coerce_texts(struct buf *to, struct span value, struct fail *fail);

/* As int(): a number without its fraction, text with blanks, a sign or underscores, a boolean. */
bool coerce_integer(struct buf *to, struct span value, struct fail *fail);

#endif
