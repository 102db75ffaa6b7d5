/* digest: fingerprints of bytes. */
#ifndef OCTI_DIGEST_H
#define OCTI_DIGEST_H

#include "buf.h"

/* Adds the SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
bool digest_sha256(struct buf *to, const void *bytes, size_t len, struct fail *fail);

/* The SHA-256 of the SHA-256 of the bytes. False when it could not be computed. */
bool digest_sha256_twice(const void *bytes, size_t len, unsigned char sum[32]);

#endif
