/* signature: whether bytes were signed with a key. The third room that knows libcrypto, beside digest
 * (fingerprints) and tls (connections). */
#ifndef OCTI_SIGNATURE_H
#define OCTI_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGNATURE_KEY = 32, SIGNATURE_BYTES = 64 };

/* True when the Ed25519 signature (RFC 8032) of the bytes is that of this public key; false too when no
 * memory is left to find out. */
bool signature_ed25519(const uint8_t key[SIGNATURE_KEY],
	const uint8_t signature[SIGNATURE_BYTES], const void *bytes, size_t len);

#endif
