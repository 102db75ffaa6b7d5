#include "signature.h"

#include <openssl/err.h>
#include <openssl/evp.h>

bool signature_ed25519(const uint8_t key[SIGNATURE_KEY],
	const uint8_t signature[SIGNATURE_BYTES], const void *bytes, size_t len)
{
	EVP_PKEY *public =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, SIGNATURE_KEY);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = public && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, public) == 1 &&
		EVP_DigestVerify(ctx, signature, SIGNATURE_BYTES, bytes, len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(public);
	ERR_clear_error(); /* else a connection would take it for its own */
	return ok;
}
