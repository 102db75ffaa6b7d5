#include "digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

bool digest_sha256(struct buf *to, const void *bytes, size_t len, struct fail *fail)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (!EVP_Digest(bytes, len, hash, &n, EVP_sha256(), NULL))
		return fail_memory(fail);
	for (unsigned i = 0; i < n; i++) {
		buf_char(to, digits[hash[i] >> 4]);
		buf_char(to, digits[hash[i] & 15]);
	}
	return buf_ok(to, fail);
}

bool digest_sha256_twice(const void *bytes, size_t len, unsigned char sum[32])
{
	return EVP_Digest(bytes, len, sum, NULL, EVP_sha256(), NULL) &&
		EVP_Digest(sum, 32, sum, NULL, EVP_sha256(), NULL);
}

bool digest_same(const void *a, size_t a_len, const void *b, size_t b_len)
{
	unsigned char hashes[2][EVP_MAX_MD_SIZE];
	unsigned n = 0;
	return EVP_Digest(a, a_len, hashes[0], &n, EVP_sha256(), NULL) &&
		EVP_Digest(b, b_len, hashes[1], &n, EVP_sha256(), NULL) &&
		!CRYPTO_memcmp(hashes[0], hashes[1], n);
}
