/*
 * vocabulary: the words that the platform has for properties with an open vocabulary.
 *
 * The tables in vocabulary.c are what the platform of August 2026 fills its vocabularies with at
 * its first start (database/data-initialization.js, modules/vocabulary/vocabulary-utils.ts): a
 * list of words for each vocabulary, and the kinds and properties that draw on it, but for
 * coverage_information, whose words are inside of objects.
 */
#ifndef OCTI_VOCABULARY_H
#define OCTI_VOCABULARY_H

#include "kind.h"

struct vocabulary {
	enum kind kind;
	const char *property;
	const char *name;         /* "report_types_ov" */
	const char *const *words; /* ended by NULL */
};

/* The vocabularies of a kind, one after another; NULL when it has none. The last is followed by one of
 * another kind, or of KIND_NONE. */
const struct vocabulary *vocabulary_of(enum kind kind);

/* The word as the vocabulary has it; with *exact false one that differs in case and in blanks at
 * its ends only. NULL when there is none. */
const char *vocabulary_find(const struct vocabulary *vocabulary, struct span word, bool *exact);

#endif
