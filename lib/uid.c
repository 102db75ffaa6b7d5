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

bool uid_bytes(const char text[UID_LEN], unsigned char bytes[16])
{
	int n = 0;
	memset(bytes, 0, 16);
	for (int i = 0; i < UID_LEN; i++) {
		char c = text[i];
		bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
		if (is_hyphen(i) ? c != '-' : !digit && !letter) {
			memset(bytes, 0, 16);
			return false;
		}
		if (is_hyphen(i))
			continue;
		unsigned char digits = (unsigned char)(digit ? c - '0' : c - 'a' + 10);
		bytes[n / 2] = (unsigned char)(bytes[n / 2] << 4 | digits);
		n++;
	}
	return true;
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

bool uid_is(const char *text, size_t n)
{
	for (size_t i = 0; i < n && n == UID_LEN; i++) {
		char c = text[i], lower = (char)(c | 32);
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f');
		if (hyphen ? c != '-' : !hex)
			return false;
	}
	return n == UID_LEN;
}
