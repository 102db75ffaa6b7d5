#include "wallet.h"

#include "digest.h"

#include <string.h>

static const char bitcoin_digits[] =
	"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char ripple_digits[] =
	"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

enum { BASE58_MIN = 25, BASE58_MAX = 35, PAYLOAD_MAX = 26 };

/* Decodes base58 and takes off its checksum. Returns how many bytes are left, 0 when it is none. */
static size_t base58(const char *digits, const char *text, size_t len, unsigned char *payload)
{
	unsigned char bytes[PAYLOAD_MAX] = { 0 };
	size_t zeros = 0;
	while (zeros < len && text[zeros] == *digits)
		zeros++;
	for (size_t i = 0; i < len; i++) {
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
		if (!digit)
			return 0;
		unsigned carry = (unsigned)(digit - digits);
		for (size_t j = PAYLOAD_MAX; j--;) {
			carry += bytes[j] * 58u;
			bytes[j] = (unsigned char)carry;
			carry >>= 8;
		}
		if (carry)
			return 0;
	}
	size_t skip = 0;
	while (skip < PAYLOAD_MAX && !bytes[skip])
		skip++;
	size_t n = PAYLOAD_MAX - skip + zeros;
	if (n < 21 + 4 || n > PAYLOAD_MAX)
		return 0;
	const unsigned char *all = bytes + PAYLOAD_MAX - n;
	unsigned char sum[32];
	n -= 4;
	if (!digest_sha256_twice(all, n, sum) || memcmp(all + n, sum, 4))
		return 0;
	memcpy(payload, all, n);
	return n;
}

/* Which currency a payload is of, by its length and first bytes. */
static const char *currency_of(const unsigned char *payload, size_t n)
{
	static const struct {
		const char *name;
		size_t len;
		unsigned char first, second; /* second only when it is longer than 21 */
	} all[] = {
		{ "bitcoin", 21, 0x00, 0 },
		{ "bitcoin", 21, 0x05, 0 },
		{ "litecoin", 21, 0x30, 0 },
		{ "litecoin", 21, 0x32, 0 },
		{ "dogecoin", 21, 0x1e, 0 },
		{ "dogecoin", 21, 0x16, 0 },
		{ "dash", 21, 0x4c, 0 },
		{ "dash", 21, 0x10, 0 },
		{ "tron", 21, 0x41, 0 },
		{ "zcash", 22, 0x1c, 0xb8 },
		{ "zcash", 22, 0x1c, 0xbd },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (n == all[i].len && payload[0] == all[i].first &&
			(n == 21 || payload[1] == all[i].second))
			return all[i].name;
	return NULL;
}

static uint32_t polymod(uint32_t sum, unsigned value)
{
	static const uint32_t generators[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
		0x2a1462b3 };
	uint32_t top = sum >> 25;
	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (int i = 0; i < 5; i++)
		if (top >> i & 1)
			sum ^= generators[i];
	return sum;
}

/* Whether the text is PREFIX1DATA with a checksum of bech32 (version 0) or bech32m (BIP 350). */
static bool is_bech32(const char *prefix, const char *text, size_t len)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	size_t n = strlen(prefix);
	uint32_t sum = 1;
	unsigned version = 0;
	bool upper = len && *text < 'a';
	if (len < n + 1 + 39 || len > 90)
		return false;
	for (size_t i = 0; i < n; i++)
		sum = polymod(sum, (unsigned char)prefix[i] >> 5);
	sum = polymod(sum, 0);
	for (size_t i = 0; i < n; i++)
		sum = polymod(sum, prefix[i] & 31);
	for (size_t i = 0; i < len; i++) {
		bool is_letter = text[i] > '9';
		if (is_letter && upper != (text[i] < 'a'))
			return false;
		char c = is_letter ? (char)(text[i] | 32) : text[i];
		if (i <= n) {
			if (c != (i < n ? prefix[i] : '1'))
				return false;
			continue;
		}
		const char *digit = c ? strchr(digits, c) : NULL;
		if (!digit)
			return false;
		if (i == n + 1)
			version = (unsigned)(digit - digits);
		sum = polymod(sum, (unsigned)(digit - digits));
	}
	return version <= 16 && sum == (version ? 0x2bc830a3 : 1);
}

static bool all_of(const char *text, size_t len, const char *set)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i] || !strchr(set, text[i]))
			return false;
	return true;
}

const char *wallet_currency(const char *text, size_t len)
{
	unsigned char payload[PAYLOAD_MAX];
	if (len == 42 && !memcmp(text, "0x", 2) &&
		all_of(text + 2, 40, "0123456789abcdefABCDEF"))
		return "ethereum";
	if (len == 95 && (*text == '4' || *text == '8') && all_of(text, len, bitcoin_digits))
		return "monero";
	if (is_bech32("bc", text, len))
		return "bitcoin";
	if (is_bech32("ltc", text, len))
		return "litecoin";
	if (len < BASE58_MIN || len > BASE58_MAX)
		return NULL;
	size_t n = base58(bitcoin_digits, text, len, payload);
	if (n)
		return currency_of(payload, n);
	n = *text == 'r' ? base58(ripple_digits, text, len, payload) : 0;
	return n == 21 && !payload[0] ? "ripple" : NULL;
}
