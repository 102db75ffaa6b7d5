/* uid: UUIDs, as text of 36 lower-case characters. */
#ifndef OCTI_UID_H
#define OCTI_UID_H

#include <stdbool.h>
#include <stddef.h>

enum { UID_LEN = 36 };

/* A new one, of version 4. */
void uid_random(char text[UID_LEN + 1]);

/* The one of version 5 that belongs to these bytes in the namespace of STIX 2.1 (00abedb4-...),
 * which pycti and the platform use for all objects. */
void uid_of(const void *bytes, size_t n, char text[UID_LEN + 1]);

/* True for a UUID of any version, in either case. */
bool uid_is(const char *text, size_t n);

/* The bytes of one in lower case; false for any other text, and the bytes are then anything. */
bool uid_read(const char *text, size_t n, unsigned char bytes[16]);
void uid_print(const unsigned char bytes[16], char text[UID_LEN + 1]);

#endif
