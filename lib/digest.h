/* digest: fingerprints of bytes. */
#ifndef OCTI_DIGEST_H
#define OCTI_DIGEST_H

#include "buf.h"

/* Adds the SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
bool digest_sha256(struct buf *to, const void *bytes, size_t len, struct fail *fail);

#endif
