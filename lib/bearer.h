/* bearer: whether who calls us shows a token of the platform. */
#ifndef OCTI_BEARER_H
#define OCTI_BEARER_H

#include "buf.h"

enum bearer {
	BEARER_GOOD,
	BEARER_NONE,      /* no Authorization, or not two words of which the first is Bearer */
	BEARER_MALFORMED, /* no JWT, or one of another kind than the platform makes */
	BEARER_UNKNOWN_KEY, /* signed, it says, with a key that we do not have: the keys may have changed */
	BEARER_FORGED,  /* the signature, or the token, is not right */
	BEARER_EXPIRED, /* or not valid yet, by our clock */
	BEARER_FOREIGN, /* signed by the platform for somebody else */
};

/*
 * authorization: the header's value, NULL for none; words are parted by any white space, the scheme is in
 * any case. jwks: the platform's public keys, text of a JWK set as the registration has it; "" when the
 * platform has none, as before 7.0, which shows `token`, the connector's own. now: seconds since 1970.
 *
 * The platform signs with Ed25519 (`alg` EdDSA, `kid` one of the keys), as issuer "opencti", for the
 * subject "connector", for an hour. As pycti does, `exp` (which must be there) and `nbf` are honoured to
 * the second and a token with an audience is refused; unlike there, `iat` is not judged, so that a clock
 * of ours that is a little late refuses nobody. A key that is repeated in any of the JSON, padding or
 * stray bits in base64, and `crit` make a token malformed.
 */
enum bearer bearer_check(
	const char *authorization, const char *jwks, const char *token, long long now);

/* What to say of it. Static text. */
const char *bearer_text(enum bearer bearer);

#endif
