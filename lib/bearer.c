#include "bearer.h"

#include "digest.h"
#include "json.h"
#include "scan.h"
#include "signature.h"

#include <strings.h>

/* The platform's have about 300 bytes. */
enum { MAX_TOKEN = 8192 };

static const char white[] = " \t\r\n\v\f";

/* The token of `Bearer TOKEN`; empty when it is none. */
static struct span token_of(const char *authorization)
{
	static const char scheme[] = "Bearer";
	const size_t len = sizeof scheme - 1;
	struct span none = { 0 };
	if (!authorization)
		return none;
	authorization += strspn(authorization, white);
	if (strcspn(authorization, white) != len ||
		strncasecmp(authorization, scheme, len) != 0)
		return none;
	const char *token = authorization + len;
	token += strspn(token, white);
	size_t n = strcspn(token, white);
	if (token[n + strspn(token + n, white)])
		return none;
	return (struct span){ token, n };
}

/* ---- base64url (RFC 7515), without padding ---- */

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

static bool decode(struct span text, struct buf *to)
{
	unsigned bits = 0, count = 0;
	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of(text.text[i]);
		if (digit < 0)
			return false;
		bits = bits << 6 | (unsigned)digit;
		count += 6;
		if (count >= 8) {
			count -= 8;
			buf_char(to, (char)(bits >> count & 0xff));
			bits &= (1u << count) - 1;
		}
	}
	/* Six bits left are a digit too many; other than 0 are bits of nothing. */
	return count < 6 && bits == 0 && to->state == BUF_OK;
}

/* ---- JSON ---- */

/* NULL for what is no object, or one that can be read in two ways. */
static struct json *read_object(const char *text, size_t len)
{
	struct scan scan;
	struct span value;
	struct fail fail = { 0 };
	scan_init(&scan, text, len);
	bool ok = scan_value(&scan, &value) && scan_peek(&scan) == -1 && *value.text == '{' &&
		!scan.repeated;
	scan_release(&scan);
	struct json *json = ok ? json_parse(text, len, &fail) : NULL;
	fail_clear(&fail);
	return json;
}

static struct json *read_part(struct span part)
{
	struct buf text = { 0 };
	struct json *json = decode(part, &text) ? read_object(buf_str(&text), text.len) : NULL;
	buf_release(&text);
	return json;
}

static bool is(const struct json *json, const char *key, const char *wanted)
{
	const char *text = json_text(json, key);
	return text && !strcmp(text, wanted);
}

static bool is_or_absent(const struct json *json, const char *key, const char *wanted)
{
	return !json_get(json, key) || is(json, key, wanted);
}

/* ---- the token ---- */

/* The public key of that id; what is no key for signatures like these is passed over. */
static bool find_key(const char *jwks, const char *kid, uint8_t key[SIGNATURE_KEY])
{
	struct json *json = read_object(jwks, strlen(jwks));
	bool found = false;
	for (const struct json *one = json_at(json_get(json, "keys"), 0); one && !found;
		one = json_next(one)) {
		const char *x = json_text(one, "x");
		struct buf bytes = { 0 };
		found = is(one, "kid", kid) && is(one, "kty", "OKP") &&
			is(one, "crv", "Ed25519") && is_or_absent(one, "alg", "EdDSA") &&
			is_or_absent(one, "use", "sig") && x &&
			decode((struct span){ x, strlen(x) }, &bytes) &&
			bytes.len == SIGNATURE_KEY;
		if (found)
			memcpy(key, bytes.data, SIGNATURE_KEY);
		buf_release(&bytes);
	}
	json_free(json);
	return found;
}

static bool is_signed(
	const uint8_t key[SIGNATURE_KEY], struct span signature, const char *bytes, size_t len)
{
	struct buf raw = { 0 };
	bool ok = decode(signature, &raw) && raw.len == SIGNATURE_BYTES &&
		signature_ed25519(key, (const uint8_t *)raw.data, bytes, len);
	buf_release(&raw);
	return ok;
}

static enum bearer judge(const struct json *claims, double now)
{
	double from = 0, until;
	if (!claims || !json_number(claims, "exp", &until) ||
		(json_get(claims, "nbf") && !json_number(claims, "nbf", &from)))
		return BEARER_MALFORMED;
	if (now >= until || now < from)
		return BEARER_EXPIRED;
	if (!is(claims, "iss", "opencti") || !is(claims, "sub", "connector") ||
		!json_null(claims, "aud"))
		return BEARER_FOREIGN;
	return BEARER_GOOD;
}

static enum bearer check_token(struct span token, const char *jwks, double now)
{
	const char *end = token.text + token.len;
	const char *claims = memchr(token.text, '.', token.len);
	const char *signature =
		claims ? memchr(claims + 1, '.', (size_t)(end - claims - 1)) : NULL;
	if (!signature || token.len > MAX_TOKEN)
		return BEARER_MALFORMED;
	struct json *head =
		read_part((struct span){ token.text, (size_t)(claims - token.text) });
	const char *kid = json_text(head, "kid");
	uint8_t key[SIGNATURE_KEY];
	enum bearer end_of_it;
	if (!kid || !is(head, "alg", "EdDSA") || json_get(head, "crit")) {
		end_of_it = BEARER_MALFORMED;
	} else if (!find_key(jwks, kid, key)) {
		end_of_it = BEARER_UNKNOWN_KEY;
	} else if (!is_signed(key,
			   (struct span){ signature + 1, (size_t)(end - signature - 1) },
			   token.text, (size_t)(signature - token.text))) {
		end_of_it = BEARER_FORGED;
	} else {
		struct json *body = read_part(
			(struct span){ claims + 1, (size_t)(signature - claims - 1) });
		end_of_it = judge(body, now);
		json_free(body);
	}
	json_free(head);
	return end_of_it;
}

enum bearer bearer_check(
	const char *authorization, const char *jwks, const char *token, long long now)
{
	struct span shown = token_of(authorization);
	if (!shown.len)
		return BEARER_NONE;
	if (*jwks)
		return check_token(shown, jwks, (double)now);
	return digest_same(shown.text, shown.len, token, strlen(token)) ? BEARER_GOOD
									: BEARER_FORGED;
}

const char *bearer_text(enum bearer bearer)
{
	static const char *const texts[] = {
		[BEARER_GOOD] = "the token is good",
		[BEARER_NONE] = "it shows no token",
		[BEARER_MALFORMED] = "its token is none of the platform's kind",
		[BEARER_UNKNOWN_KEY] = "its token is signed with a key that is not known",
		[BEARER_FORGED] = "its token is not the platform's",
		[BEARER_EXPIRED] = "its token has expired, or is not valid yet, by this clock",
		[BEARER_FOREIGN] = "its token is for somebody else",
	};
	return texts[bearer];
}
