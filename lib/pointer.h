/* pointer: JSON pointers (RFC 6901). */
#ifndef OCTI_POINTER_H
#define OCTI_POINTER_H

#include "scan.h"

/* Whether the text is a pointer: empty, or beginning with '/', and '~' only as ~0 or ~1. */
bool pointer_valid(const char *pointer);

/* What a valid pointer finds in a checked value; of a key that an object repeats, the last. Keys with
 * escapes are decoded into `room`: when memory runs out nothing is found, which buf_ok of it tells. */
bool pointer_find(const char *pointer, struct span value, struct buf *room, struct span *found);

#endif
