/* links: rules on references, relationships, containers and markings. See rule.h. */
#ifndef OCTI_LINKS_H
#define OCTI_LINKS_H

#include "exam.h"

void links_ends(struct exam *exam);
void links_same_ends(struct exam *exam);
void links_unknown(struct exam *exam);
void links_matrix(struct exam *exam);
void links_absent(struct exam *exam); /* notes them for the end; finds nothing by itself */
void links_author(struct exam *exam);
void links_unknown_type(struct exam *exam);
void links_container_first(struct exam *exam);
void links_relationship_first(struct exam *exam);
void links_no_times(struct exam *exam);
void links_markings(struct exam *exam);
void links_tlp2(struct exam *exam);
void links_definition(struct exam *exam);

/* Adds why a relationship is not taken. */
void links_say(enum kind from, const char *relationship, enum kind to, struct buf *reason);

#endif
