#include "uid.h"

#include <string.h>
#include <uuid.h>

void uid_random(char text[UID_LEN + 1])
{
	uuid_t uuid;
	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, text);
}

void uid_of(const void *bytes, size_t n, char text[UID_LEN + 1])
{
	static const uuid_t namespace = { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c,
		0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7 };
	uuid_t uuid;
	uuid_generate_sha1(uuid, namespace, bytes, n);
	uuid_unparse_lower(uuid, text);
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
