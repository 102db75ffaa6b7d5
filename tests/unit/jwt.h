/* jwt: tokens as the platform signs them, with a key that is the same on each run. */
#ifndef OCTI_JWT_H
#define OCTI_JWT_H

#include "buf.h"
#include "check.h"

#include <openssl/evp.h>

#define JWT_X "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
#define JWT_KEY                                                                                \
	"{\"kid\":\"k1\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"crv\":\"Ed25519\",\"kty\":"       \
	"\"OKP\","                                                                             \
	"\"x\":\"" JWT_X "\"}"
#define JWT_KEYS "{\"keys\":[" JWT_KEY "]}"
#define JWT_HEAD "{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"typ\":\"JWT\"}"

static inline void jwt_base64url(struct buf *to, const void *bytes, size_t len)
{
	struct buf text = { 0 };
	buf_base64(&text, bytes, len);
	for (size_t i = 0; i < text.len && text.data[i] != '='; i++)
		buf_char(to,
			text.data[i] == '+'           ? '-'
				: text.data[i] == '/' ? '_'
						      : text.data[i]);
	buf_release(&text);
}

/* Adds a dot and the signature of what begins at `from`. */
static inline void jwt_finish(struct buf *to, size_t from)
{
	unsigned char seed[32], signature[64];
	size_t n = sizeof signature;
	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (unsigned char)i;
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	CHECK(key && ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1);
	CHECK(EVP_DigestSign(ctx, signature, &n, (unsigned char *)to->data + from,
		      to->len - from) == 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	buf_char(to, '.');
	jwt_base64url(to, signature, n);
}

/* Adds "HEAD.CLAIMS.SIGNATURE", signed rightly whatever the two are. */
static inline void jwt_sign(struct buf *to, const char *head, const char *claims)
{
	size_t from = to->len;
	jwt_base64url(to, head, strlen(head));
	buf_char(to, '.');
	jwt_base64url(to, claims, strlen(claims));
	jwt_finish(to, from);
}

#endif
