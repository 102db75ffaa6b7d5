/* canonical: JSON in the one form that is hashed (RFC 8785, as python-stix2 and the platform). */
#ifndef OCTI_CANONICAL_H
#define OCTI_CANONICAL_H

#include "scan.h"

/*
 * Adds a checked value: no white space, keys in the order of their UTF-16, of a key that is
 * repeated the last value, numbers as JavaScript prints doubles. FAIL_NO for what has no such form:
 * NaN, numbers beyond doubles, unpaired surrogates.
 */
bool canonical_value(struct buf *to, struct span value, struct fail *fail);

/* Adds text, which is UTF-8 or what span_decode gives of an unpaired surrogate, as a string: that has no
 * canonical form and comes out as an escape. */
void canonical_string(struct buf *to, const char *text, size_t n);

#endif
