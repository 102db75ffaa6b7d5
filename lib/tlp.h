/* tlp: the levels of the Traffic Light Protocol, as OpenCTI knows them. */
#ifndef OCTI_TLP_H
#define OCTI_TLP_H

#include "scan.h"

/* From what everybody may see to what only those present may; TLP_NONE is no level. */
enum tlp { TLP_NONE, TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_RED };

/* The level of a name such as "TLP:AMBER+STRICT" or "red", in any case; WHITE is CLEAR. TLP_NONE when it
 * is none. */
enum tlp tlp_named(const char *name);

/* The level of a marking definition by its id: those of OpenCTI (TLP 1.0's, and its own for CLEAR and
 * AMBER+STRICT) and those of TLP 2.0. */
enum tlp tlp_of_id(const char *id, size_t len);

/* The id by which OpenCTI knows the level (that of TLP 1.0, where it has one). NULL for TLP_NONE.
 * Static. */
const char *tlp_id(enum tlp level);

/* "TLP:RED". Static. */
const char *tlp_name(enum tlp level);

/* The highest level among an object's object_marking_refs. */
enum tlp tlp_of_object(struct span object);

#endif
