/* pattern: STIX patterns of indicators, token by token. */
#ifndef OCTI_PATTERN_H
#define OCTI_PATTERN_H

#include "scan.h"

/*
 * Adds the pattern as the platform cleans it before it hashes it (cleanupIndicatorPattern of
 * syntax.js): no white space but one blank on each side of upper-case keywords and of = != < > <=
 * >=, and no quotes around the steps of a path that need none. A pattern that is clean stays as it
 * is. The bytes are UTF-8.
 */
void pattern_clean(struct span pattern, struct buf *to);

/* The type of object that the pattern begins with: ipv4-addr of [ipv4-addr:value = '1.2.3.4']. False when
 * it is no STIX pattern. */
bool pattern_type(struct span pattern, struct span *type);

#endif
