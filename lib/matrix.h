/*
 * matrix: which relationships the platform takes between which kinds.
 *
 * The table in matrix.c is stixCoreRelationshipsMapping of the platform's database/stix.ts of
 * August 2026 with what its modules add (modules/.../...-relations): 397 pairs of kinds, 529
 * relationships of them. It was made by listing for each kind and relationship the kinds that the
 * other end may have. Stix-Cyber-Observable stands for all observables.
 */
#ifndef OCTI_MATRIX_H
#define OCTI_MATRIX_H

#include "kind.h"

/* Whether the platform takes this relationship between kinds of which as much as kind_of_id tells
 * may be known; KIND_NONE may be anything. related-to and revoked-by are taken between any two. */
bool matrix_allows(enum kind from, struct span relationship, enum kind to);

/* The name of a relationship that the platform has, static; NULL when it has none such. */
const char *matrix_name(struct span relationship);

/* Adds the names of the relationships that are taken between the two, with commas. */
void matrix_print(enum kind from, enum kind to, struct buf *text);

#endif
