#include "address.h"

#include <string.h>

/* Reads a decimal number without leading zeros, at most `most`. Returns its length, 0 for none. */
static size_t decimal(const char *text, const char *end, unsigned most, unsigned *number)
{
	const char *at = text;
	unsigned n = 0;
	for (; at < end && *at >= '0' && *at <= '9' && n <= most; at++)
		n = n * 10 + (unsigned)(*at - '0');
	if (n > most || (*text == '0' && at - text > 1))
		return 0;
	*number = n;
	return (size_t)(at - text);
}

static bool read_v4(const char *at, const char *end, unsigned char *bytes)
{
	for (int i = 0; i < 4; i++) {
		unsigned n;
		if (i && (at == end || *at++ != '.'))
			return false;
		size_t len = at < end ? decimal(at, end, 255, &n) : 0;
		if (!len)
			return false;
		at += len;
		bytes[i] = (unsigned char)n;
	}
	return at == end;
}

static int hex(char c)
{
	return c >= '0' && c <= '9'    ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : -1;
}

static bool read_v6(const char *at, const char *end, unsigned char *bytes)
{
	unsigned char all[16] = { 0 };
	size_t n = 0, gap = 17; /* bytes so far; where "::" is */
	bool colon = false;     /* the last was a single colon, which must not be the end */
	if (at < end && *at == ':' && (++at == end || *at != ':'))
		return false;
	while (at < end) {
		if (*at == ':') {
			if (gap <= 16)
				return false;
			gap = n;
			at++;
			colon = false;
			continue;
		}
		const char *group = at;
		unsigned value = 0;
		for (; at < end && at - group < 5 && hex(*at) >= 0; at++)
			value = value << 4 | (unsigned)hex(*at);
		if (at < end && *at == '.' && n <= 12) {
			if (!read_v4(group, end, all + n))
				return false;
			at = end;
			n += 4;
			colon = false;
			break;
		}
		if (at == group || at - group > 4 || n == 16 || (at < end && *at != ':'))
			return false;
		all[n++] = (unsigned char)(value >> 8);
		all[n++] = (unsigned char)value;
		colon = at < end;
		at += colon;
	}
	if (colon || (gap > 16 ? n != 16 : n > 14))
		return false;
	memset(bytes, 0, 16);
	if (gap > 16)
		gap = n;
	memcpy(bytes, all, gap);
	memcpy(bytes + 16 - (n - gap), all + gap, n - gap);
	return true;
}

bool address_read(const char *text, size_t len, struct address *address)
{
	const char *end = text + len, *slash = len ? memchr(text, '/', len) : NULL;
	const char *stop = slash ? slash : end;
	unsigned prefix;
	*address = (struct address){ .prefix = -1 };
	address->is_v6 = stop > text && memchr(text, ':', (size_t)(stop - text));
	if (slash) {
		size_t n = slash + 1 < end
			? decimal(slash + 1, end, address->is_v6 ? 128 : 32, &prefix)
			: 0;
		if (!n || slash + 1 + n != end)
			return false;
		address->prefix = (int)prefix;
	}
	return address->is_v6 ? read_v6(text, stop, address->bytes)
			      : read_v4(text, stop, address->bytes);
}

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

struct network {
	unsigned char bytes[16];
	int prefix;
};

static bool lies_in(const struct address *address, const unsigned char *bytes, int prefix)
{
	int whole = prefix / 8, rest = prefix % 8;
	if (address->prefix >= 0 && address->prefix < prefix)
		return false;
	return !memcmp(address->bytes, bytes, (size_t)whole) &&
		(!rest || (address->bytes[whole] ^ bytes[whole]) >> (8 - rest) == 0);
}

static bool lies_in_any(
	const struct address *address, const struct network *networks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (lies_in(address, networks[i].bytes, networks[i].prefix))
			return true;
	return false;
}

static bool is_bogon_v4(const struct address *address)
{
	static const struct network networks[] = {
		{ { 0 }, 8 }, { { 10 }, 8 }, { { 100, 64 }, 10 }, { { 127 }, 8 },
		{ { 169, 254 }, 16 }, { { 172, 16 }, 12 }, { { 192, 0, 0 }, 24 },
		{ { 192, 0, 2 }, 24 }, { { 192, 168 }, 16 }, { { 198, 18 }, 15 },
		{ { 198, 51, 100 }, 24 }, { { 203, 0, 113 }, 24 },
		{ { 224 }, 3 }, /* multicast and, above it, reserved */
	};
	return !address->prefix ||
		lies_in_any(address, networks, sizeof networks / sizeof *networks);
}

static bool is_bogon_v6(const struct address *address)
{
	static const struct network networks[] = {
		{ { 0x20, 0x01, 0x00, 0x02 }, 48 }, /* benchmarking */
		{ { 0x20, 0x01, 0x00, 0x10 }, 28 }, /* ORCHID */
		{ { 0x20, 0x01, 0x00, 0x20 }, 28 }, /* ORCHIDv2 */
		{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
		{ { 0x3f, 0xff }, 20 },             /* documentation */
	};
	static const struct network translated = { { 0x00, 0x64, 0xff, 0x9b }, 96 };
	static const unsigned char global[] = { 0x20 };
	bool in_v4 = lies_in(address, translated.bytes, translated.prefix);
	if (in_v4 || lies_in(address, mapped, 96)) {
		struct address v4 = { .prefix =
					      address->prefix < 0 ? -1 : address->prefix - 96 };
		memcpy(v4.bytes, address->bytes + 12, 4);
		return is_bogon_v4(&v4);
	}
	/* What is wider than 2000::/3 holds it. */
	if (address->prefix > 0 && address->prefix < 3)
		return false;
	return !lies_in(address, global, 3) ||
		lies_in_any(address, networks, sizeof networks / sizeof *networks);
}

bool address_is_bogon(const struct address *address)
{
	return address->is_v6 ? is_bogon_v6(address) : is_bogon_v4(address);
}
