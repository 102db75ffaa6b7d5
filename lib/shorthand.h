/* shorthand: short forms of what objects have in common. */
#ifndef OCTI_SHORTHAND_H
#define OCTI_SHORTHAND_H

#include "buf.h"
#include "tlp.h"

/* Each adds a partial object: of the identity NAME[:CLASS], where CLASS is one that STIX or OpenCTI
 * has; of the marking definition that a text names, which is a level of the Traffic Light Protocol,
 * PAP:LEVEL, or a statement. */
void shorthand_author(const char *text, struct buf *to);
void shorthand_marking(const char *text, struct buf *to);

/* The marking definition of a level as python-stix2 has it, and those that came with version 2.0 of the
 * protocol as connectors write them. */
void shorthand_tlp(enum tlp level, struct buf *to);

/* Adds the labels between the commas of the text, trimmed, to a list that is not closed: begins
 * it when nothing was added before. */
void shorthand_labels(const char *text, struct buf *list);

/* Likewise the external reference SOURCE[,URL[,ID]]. */
void shorthand_reference(const char *text, struct buf *list);

#endif
