#include "uid.h"
#include "check.h"

static const char given[] = "00abedb4-aa42-466c-9c01-fed23315a9b7";

static void check_reading(void)
{
	unsigned char bytes[16];
	char text[] = "00ABEDB4-AA42-466C-9C01-FED23315A9B7";
	CHECK(uid_is(given, UID_LEN) && uid_is(text, UID_LEN));
	CHECK(uid_read(given, UID_LEN, bytes) && !uid_read(text, UID_LEN, bytes));
	CHECK(bytes[0] == 0x00 && bytes[1] == 0xab && bytes[6] == 0x46 && bytes[15] == 0xb7);
	CHECK(!uid_is(given, UID_LEN - 1) && !uid_is("", 0));
	for (int i = 0; i < UID_LEN; i++)
		for (int c = 0; c < 256; c++) {
			memcpy(text, given, UID_LEN);
			text[i] = (char)c;
			bool hyphen = given[i] == '-';
			bool digit = c && strchr("0123456789abcdef", c),
			     upper = c && strchr("ABCDEF", c);
			CHECK(uid_is(text, UID_LEN) == (hyphen ? c == '-' : digit || upper));
			CHECK(uid_read(text, UID_LEN, bytes) == (hyphen ? c == '-' : digit));
		}
}

static void check_making(void)
{
	char one[UID_LEN + 1], other[UID_LEN + 1];
	uid_of("{\"name\":\"emotet\"}", 17, one);
	CHECK_TEXT(one, "36297121-bf18-56e1-b200-d39c9f9f5cee");
	uid_random(one);
	uid_random(other);
	CHECK(uid_is(one, UID_LEN) && one[14] == '4' && strcmp(one, other) != 0);
}

int main(void)
{
	check_reading();
	check_making();
	return check_end("uid");
}
