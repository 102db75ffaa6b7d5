/* stix: what OpenCTI knows of STIX types. */
#ifndef OCTI_STIX_H
#define OCTI_STIX_H

#include <stdbool.h>
#include <stddef.h>

/* The extension in which OpenCTI keeps its own properties of an object. */
#define STIX_OPENCTI_EXTENSION "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"

/* Whether the platform ingests what has this id: the prefix before the first "--" is one of its
 * types, or there is no "--" (an internal id, which says nothing of a type). pycti 7.260817,
 * opencti_stix2_splitter.py and opencti_stix2_utils.py. */
bool stix_supported(const char *id, size_t len);

#endif
