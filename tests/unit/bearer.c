#include "bearer.h"
#include "check.h"
#include "jwt.h"

#define GOOD "{\"iss\":\"opencti\",\"sub\":\"connector\",\"iat\":1000,\"exp\":4600}"

/* As the platform's own library signs it, from the same key. */
static const char made_elsewhere[] =
	"Bearer eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0."
	"eyJpc3MiOiJvcGVuY3RpIiwic3ViIjoiY29ubmVjdG9yIiwiaWF0IjoxMDAwLCJleHAiOjQ2MDB9."
	"Gbwfx0PYw16NmHUkI0K6xjYB448YkFQat5p1K_zscUVaZLeT8Hql5Q8NqChdKs2hMg-HBfnZv8u-"
	"ZGrnRkEVBg";

static void check(const char *authorization, const char *jwks, long long now,
	enum bearer wanted, const char *file, int line)
{
	enum bearer is = bearer_check(authorization, jwks, "secret", now);
	check_text(bearer_text(is), bearer_text(wanted), file, line);
}

/* A header with a token that is signed rightly. */
static void check_signed(const char *head, const char *claims, const char *jwks,
	enum bearer wanted, const char *file, int line)
{
	struct buf header = { 0 };
	buf_text(&header, "Bearer ");
	jwt_sign(&header, head, claims);
	check(header.data, jwks, 2000, wanted, file, line);
	buf_release(&header);
}

#define HEADER(authorization, wanted)                                                          \
	check(authorization, JWT_KEYS, 2000, wanted, __FILE__, __LINE__)
#define SIGNED(head, claims, wanted)                                                           \
	check_signed(head, claims, JWT_KEYS, wanted, __FILE__, __LINE__)
#define KEYS(jwks, wanted) check_signed(JWT_HEAD, GOOD, jwks, wanted, __FILE__, __LINE__)

static void test_header(void)
{
	struct buf header = { 0 };
	const char *token = made_elsewhere + strlen("Bearer ");
	HEADER(made_elsewhere, BEARER_GOOD);
	static const char *const good[] = { "bearer %s", "BEARER %s", "Bearer  %s",
		"Bearer\t%s", " Bearer %s " };
	static const char *const bad[] = { "%s", "Bearer%s", "Basic %s", "Bearer Bearer %s",
		"Bearer %s x", "Bearer, %s", "Bearer:%s", "Bearers %s" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		buf_clear(&header);
		const char *gap = strstr(good[i], "%s");
		buf_add(&header, good[i], (size_t)(gap - good[i]));
		buf_text(&header, token);
		buf_text(&header, gap + 2);
		HEADER(header.data, BEARER_GOOD);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buf_clear(&header);
		const char *gap = strstr(bad[i], "%s");
		buf_add(&header, bad[i], (size_t)(gap - bad[i]));
		buf_text(&header, token);
		buf_text(&header, gap + 2);
		HEADER(header.data, BEARER_NONE);
	}
	HEADER(NULL, BEARER_NONE);
	HEADER("", BEARER_NONE);
	HEADER("Bearer", BEARER_NONE);
	HEADER("Bearer ", BEARER_NONE);
	HEADER("Bearer secret", BEARER_MALFORMED); /* the connector's own is not enough here */
	buf_release(&header);
}

/* One letter of the token changed, each in turn: never good. */
static void test_every_letter(void)
{
	struct buf header = { 0 };
	for (size_t i = strlen("Bearer "); i < strlen(made_elsewhere); i++) {
		buf_clear(&header);
		buf_text(&header, made_elsewhere);
		header.data[i] = header.data[i] == 'A' ? 'B' : 'A';
		CHECK(bearer_check(header.data, JWT_KEYS, "", 2000) != BEARER_GOOD);
		header.data[i] = '\0';
		CHECK(bearer_check(header.data, JWT_KEYS, "", 2000) != BEARER_GOOD);
	}
	/* The last letter of 64 bytes has four bits of nothing. */
	buf_clear(&header);
	buf_text(&header, made_elsewhere);
	CHECK(header.data[header.len - 1] == 'g');
	header.data[header.len - 1] = 'h';
	HEADER(header.data, BEARER_FORGED);
	buf_text(&header, "=");
	HEADER(header.data, BEARER_FORGED);
	buf_clear(&header);
	buf_text(&header, made_elsewhere);
	buf_text(&header, ".x");
	HEADER(header.data, BEARER_FORGED);
	buf_clear(&header);
	buf_text(&header, "Bearer ");
	for (int i = 0; i < 9000; i++)
		buf_text(&header, "A");
	HEADER(header.data, BEARER_MALFORMED);
	buf_text(&header, ".A.A");
	HEADER(header.data, BEARER_MALFORMED);
	/* Too long, and right otherwise. */
	struct buf claims = { 0 };
	buf_text(&claims, "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":4600");
	while (claims.len < 8000)
		buf_char(&claims, ' ');
	buf_char(&claims, '}');
	SIGNED(JWT_HEAD, claims.data, BEARER_MALFORMED);
	buf_release(&claims);
	/* A digit too many, of a head of 27 bytes. */
	for (int extra = 0; extra < 2; extra++) {
		static const char head[] = "{\"alg\":\"EdDSA\",\"kid\":\"k1\"} ";
		buf_clear(&header);
		buf_text(&header, "Bearer ");
		jwt_base64url(&header, head, strlen(head));
		buf_text(&header, extra ? "A." : ".");
		jwt_base64url(&header, GOOD, strlen(GOOD));
		jwt_finish(&header, strlen("Bearer "));
		HEADER(header.data, extra ? BEARER_MALFORMED : BEARER_GOOD);
	}
	buf_release(&header);
	HEADER("Bearer ..", BEARER_MALFORMED);
	HEADER("Bearer e30.e30.", BEARER_MALFORMED);
}

static void test_head(void)
{
	SIGNED("{\"alg\":\"EdDSA\",\"kid\":\"k1\"}", GOOD, BEARER_GOOD);
	SIGNED("{\"alg\":\"none\",\"kid\":\"k1\"}", GOOD, BEARER_MALFORMED);
	SIGNED("{\"alg\":\"HS256\",\"kid\":\"k1\"}", GOOD, BEARER_MALFORMED);
	SIGNED("{\"alg\":[\"EdDSA\"],\"kid\":\"k1\"}", GOOD, BEARER_MALFORMED);
	SIGNED("{\"kid\":\"k1\"}", GOOD, BEARER_MALFORMED);
	SIGNED("{\"alg\":\"EdDSA\"}", GOOD, BEARER_MALFORMED);
	SIGNED("{\"alg\":\"EdDSA\",\"kid\":1}", GOOD, BEARER_MALFORMED);
	SIGNED("{\"alg\":\"EdDSA\",\"kid\":\"k2\"}", GOOD, BEARER_UNKNOWN_KEY);
	SIGNED("{\"alg\":\"EdDSA\",\"kid\":\"\"}", GOOD, BEARER_UNKNOWN_KEY);
	SIGNED("{\"alg\":\"none\",\"alg\":\"EdDSA\",\"kid\":\"k1\"}", GOOD, BEARER_MALFORMED);
	SIGNED("{\"alg\":\"EdDSA\",\"kid\":\"k1\",\"crit\":[\"x\"],\"x\":1}", GOOD,
		BEARER_MALFORMED);
	SIGNED("[]", GOOD, BEARER_MALFORMED);
	SIGNED("{\"alg\":\"EdDSA\",\"kid\":\"k1\"} x", GOOD, BEARER_MALFORMED);
	HEADER("Bearer eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.e30.", BEARER_MALFORMED);
}

static void test_claims(void)
{
	static const struct {
		const char *claims;
		enum bearer wanted;
	} cases[] = {
		{ GOOD, BEARER_GOOD },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":2001}", BEARER_GOOD },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":2000}", BEARER_EXPIRED },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":-1}", BEARER_EXPIRED },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":2000.5}", BEARER_GOOD },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":\"4600\"}",
			BEARER_MALFORMED },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":NaN}", BEARER_MALFORMED },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\"}", BEARER_MALFORMED },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":4600,\"nbf\":2000}",
			BEARER_GOOD },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":4600,\"nbf\":2001}",
			BEARER_EXPIRED },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":4600,\"nbf\":\"x\"}",
			BEARER_MALFORMED },
		/* Made by a clock that is ahead of ours. */
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":5602,\"iat\":2002}",
			BEARER_GOOD },
		{ "{\"iss\":\"OpenCTI\",\"sub\":\"connector\",\"exp\":4600}", BEARER_FOREIGN },
		{ "{\"iss\":[\"opencti\"],\"sub\":\"connector\",\"exp\":4600}",
			BEARER_FOREIGN },
		{ "{\"sub\":\"connector\",\"exp\":4600}", BEARER_FOREIGN },
		{ "{\"iss\":\"opencti\",\"sub\":\"connectors\",\"exp\":4600}", BEARER_FOREIGN },
		{ "{\"iss\":\"opencti\",\"exp\":4600}", BEARER_FOREIGN },
		{ "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":4600,\"aud\":\"x\"}",
			BEARER_FOREIGN },
		{ "{\"iss\":\"x\",\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":4600}",
			BEARER_MALFORMED },
		{ "\"opencti\"", BEARER_MALFORMED },
		{ "", BEARER_MALFORMED },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		SIGNED(JWT_HEAD, cases[i].claims, cases[i].wanted);
}

static void test_keys(void)
{
	KEYS("{\"keys\":[{\"kid\":\"k0\"}," JWT_KEY "]}", BEARER_GOOD);
	KEYS("{\"keys\":[{\"kid\":\"k1\",\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" JWT_X
	     "\"}]}",
		BEARER_GOOD);
	KEYS("{\"keys\":[]}", BEARER_UNKNOWN_KEY);
	KEYS("{}", BEARER_UNKNOWN_KEY);
	KEYS("[" JWT_KEY "]", BEARER_UNKNOWN_KEY);
	KEYS("not JSON", BEARER_UNKNOWN_KEY);
	KEYS("{\"keys\":[" JWT_KEY "],\"keys\":[]}", BEARER_UNKNOWN_KEY);
	/* Of another kind, or for something else. */
	static const char *const others[] = { "\"kty\":\"EC\",\"crv\":\"Ed25519\"",
		"\"kty\":\"OKP\",\"crv\":\"X25519\"",
		"\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"use\":\"enc\"",
		"\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"ES256\"" };
	struct buf jwks = { 0 };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		buf_clear(&jwks);
		buf_format(&jwks, "{\"keys\":[{\"kid\":\"k1\",%s,\"x\":\"%s\"}]}", others[i],
			JWT_X);
		KEYS(jwks.data, BEARER_UNKNOWN_KEY);
	}
	/* Another key, and what is none. */
	static const char *const xs[] = { "", "A6EH", JWT_X "A", JWT_X "=", "!6EH" };
	for (size_t i = 0; i < sizeof xs / sizeof *xs; i++) {
		buf_clear(&jwks);
		buf_format(&jwks,
			"{\"keys\":[{\"kid\":\"k1\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
			"\"x\":\"%s\"}]}",
			xs[i]);
		KEYS(jwks.data, BEARER_UNKNOWN_KEY);
	}
	KEYS("{\"keys\":[{\"kid\":\"k1\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
	     "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
		BEARER_FORGED);
	buf_release(&jwks);
}

/* Before 7.0. */
static void test_own_token(void)
{
	CHECK(bearer_check("Bearer secret", "", "secret", 0) == BEARER_GOOD);
	CHECK(bearer_check("bearer  secret", "", "secret", 0) == BEARER_GOOD);
	CHECK(bearer_check("Bearer secre", "", "secret", 0) == BEARER_FORGED);
	CHECK(bearer_check("Bearer secrets", "", "secret", 0) == BEARER_FORGED);
	CHECK(bearer_check("Bearer Secret", "", "secret", 0) == BEARER_FORGED);
	CHECK(bearer_check("Bearer ", "", "", 0) == BEARER_NONE);
	CHECK(bearer_check("Bearer x", "", "", 0) == BEARER_FORGED);
	CHECK(bearer_check(made_elsewhere, "", "secret", 2000) == BEARER_FORGED);
}

int main(void)
{
	test_header();
	test_every_letter();
	test_head();
	test_claims();
	test_keys();
	test_own_token();
	return check_end("bearer");
}
