/* unicode: lower case and white space as Python and JavaScript have them. */
#ifndef OCTI_UNICODE_H
#define OCTI_UNICODE_H

#include "scan.h"

/* Adds the text, which is UTF-8, in lower case as str.lower() and toLowerCase() make it: all of
 * Unicode, in no language, with the final sigma. */
void unicode_lower(struct buf *to, const char *text, size_t n);

/* The same for upper case, as toUpperCase(). */
void unicode_upper(struct buf *to, const char *text, size_t n);

/* What each calls white space: Python also U+001C to U+001F and U+0085, JavaScript also U+FEFF. */
enum unicode_space { UNICODE_PYTHON, UNICODE_JAVASCRIPT };

/* The text without white space at its ends, as str.strip() and trim(). */
struct span unicode_trim(struct span text, enum unicode_space space);

/* Whether the n bytes of one character show nothing: white space of either, or what only parts words or joins them
 * (U+200B, U+2060). */
bool unicode_blank(const char *at, size_t n);

#endif
