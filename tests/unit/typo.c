/* typo: one slip, and no more. */
#include "typo.h"
#include "check.h"

int main(void)
{
	static const char *const slips[] = { "name", "NAME", "nmae", "naem", "anme", "nam",
		"ame", "names", "naame", "xname", "nane", "Mame", "namE" };
	static const char *const others[] = { "", "n", "na", "mane", "nammes", "enam", "game_x",
		"surname", "emna" };
	for (size_t i = 0; i < sizeof slips / sizeof *slips; i++)
		CHECK(typo_is(slips[i], "name"));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK(!typo_is(others[i], "name"));
	CHECK(typo_is("", "a") && typo_is("a", "") && typo_is("", "") && !typo_is("", "ab"));
	return check_end("typo");
}
