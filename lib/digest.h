/* digest: fingerprints of bytes. */
#ifndef OCTI_DIGEST_H
#define OCTI_DIGEST_H

#include "buf.h"

/* Adds the SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
bool digest_sha256(struct buf *to, const void *bytes, size_t len, struct fail *fail);

/* The SHA-256 of the SHA-256 of the bytes. False when it could not be computed. */
bool digest_sha256_twice(const void *bytes, size_t len, unsigned char sum[32]);

/* Whether two secrets are the same, in a time that tells nothing of where they differ, nor of their
 * lengths. */
bool digest_same(const void *a, size_t a_len, const void *b, size_t b_len);

#endif
