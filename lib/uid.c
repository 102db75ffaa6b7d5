#include "uid.h"

#include <string.h>
#include <uuid.h>

static bool is_hyphen(int i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

void uid_print(const unsigned char bytes[16], char text[UID_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	for (int i = 0; i < UID_LEN;) {
		if (is_hyphen(i))
			text[i++] = '-';
		text[i++] = hex[*bytes >> 4];
		text[i++] = hex[*bytes++ & 15];
	}
	text[UID_LEN] = '\0';
}

void uid_random(char text[UID_LEN + 1])
{
	uuid_t uuid;
	uuid_generate_random(uuid);
	uid_print(uuid, text);
}

void uid_of(const void *bytes, size_t n, char text[UID_LEN + 1])
{
	static const uuid_t namespace = { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c,
		0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7 };
	uuid_t uuid;
	uuid_generate_sha1(uuid, namespace, bytes, n);
	uid_print(uuid, text);
}

/* The value of a hexadecimal digit, with marks on what is one, and on one in lower case. */
enum { DIGIT = 0x80, LOWER = 0x40, BOTH = DIGIT | LOWER };
/* clang-format off */
static const unsigned char digits[256] = {
	['0'] = BOTH, ['1'] = BOTH | 1, ['2'] = BOTH | 2, ['3'] = BOTH | 3,
	['4'] = BOTH | 4, ['5'] = BOTH | 5, ['6'] = BOTH | 6, ['7'] = BOTH | 7,
	['8'] = BOTH | 8, ['9'] = BOTH | 9, ['a'] = BOTH | 10, ['b'] = BOTH | 11,
	['c'] = BOTH | 12, ['d'] = BOTH | 13, ['e'] = BOTH | 14, ['f'] = BOTH | 15,
	['A'] = DIGIT | 10, ['B'] = DIGIT | 11, ['C'] = DIGIT | 12, ['D'] = DIGIT | 13,
	['E'] = DIGIT | 14, ['F'] = DIGIT | 15,
};
/* clang-format on */

/* Reads all without looking, for each object has some; what it saw tells afterwards. */
static bool read(const char *text, size_t n, unsigned wanted, unsigned char bytes[16])
{
	static const unsigned char places[16] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28,
		30, 32, 34 };
	unsigned seen = BOTH;
	if (n != UID_LEN)
		return false;
	for (size_t i = 0; i < 16; i++) {
		const unsigned char *at = (const unsigned char *)text + places[i];
		unsigned high = digits[at[0]], low = digits[at[1]];
		seen &= high & low;
		bytes[i] = (unsigned char)(high << 4 | (low & 15));
	}
	return (seen & wanted) == wanted && text[8] == '-' && text[13] == '-' &&
		text[18] == '-' && text[23] == '-';
}

bool uid_is(const char *text, size_t n)
{
	unsigned char bytes[16];
	return read(text, n, DIGIT, bytes);
}

bool uid_read(const char *text, size_t n, unsigned char bytes[16])
{
	return read(text, n, BOTH, bytes);
}
