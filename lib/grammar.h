/* grammar: whether a pattern of an indicator is one of STIX 2.1. */
#ifndef OCTI_GRAMMAR_H
#define OCTI_GRAMMAR_H

#include "scan.h"

/*
 * A pattern is taken when the platform takes it, which asks the validator of stix2-patterns 2: by
 * the grammar of STIX patterns, values of file hashes and qualifiers that are repeated
 * included. Else *error says what is wrong, static, and *at where, in bytes from the beginning. The
 * text is UTF-8.
 */
bool grammar_check(struct span pattern, const char **error, size_t *at);

#endif
