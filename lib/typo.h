/* typo: a word that may be meant for another. */
#ifndef OCTI_TYPO_H
#define OCTI_TYPO_H

#include <stdbool.h>

/* Whether one slip of the hand turns `word` into `typed`: a character too many, too few, another one,
 * two in the wrong order; or none, apart from the case of the letters (ASCII). */
bool typo_is(const char *typed, const char *word);

#endif
