#include "unicode.h"
#include "check.h"

static void lower(const char *text, const char *wanted)
{
	struct buf to = { 0 };
	unicode_lower(&to, text, strlen(text));
	CHECK_TEXT(buf_str(&to), wanted);
	buf_release(&to);
}

static void trim(const char *text, enum unicode_space space, const char *wanted)
{
	struct buf to = { 0 };
	struct span part = unicode_trim((struct span){ text, strlen(text) }, space);
	buf_add(&to, part.text, part.len);
	CHECK_TEXT(buf_str(&to), wanted);
	buf_release(&to);
}

int main(void)
{
	lower("", "");
	lower("APT28 @[`{", "apt28 @[`{");
	lower("ÉÀ STRAẞE", "éà straße");
	lower("İ", "i̇");
	lower("\u212a\u2126", "k\u03c9");
	lower("ΟΔΥΣΣΕΥΣ", "οδυσσευς");
	lower("Σ", "σ");
	lower("ΑΣ.", "ας.");
	lower("ΑΣ.Α", "ασ.α");
	lower("ΑΣ Α", "ας α");
	/* What is cased, and passed over as well, is passed over. */
	lower("\u02b0Σ", "\u02b0σ");
	lower("ΑΣ\u02b0", "ας\u02b0");
	lower("𝐀🄰Ა", "𝐀🄰ა");

	trim(" \t\n\v\f\r x y \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000",
		UNICODE_PYTHON, "x y");
	trim(" \t\n\v\f\r x y \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000",
		UNICODE_JAVASCRIPT, "x y");
	trim("\x1c\x1d\x1e\x1f\xc2\x85"
	     "x\xc2\x85\x1f",
		UNICODE_PYTHON, "x");
	trim("\x1fx\xc2\x85", UNICODE_JAVASCRIPT, "\x1fx\xc2\x85");
	trim("\ufeffx\ufeff", UNICODE_JAVASCRIPT, "x");
	trim("\ufeffx", UNICODE_PYTHON, "\ufeffx");
	trim("\u200bx\u180e", UNICODE_JAVASCRIPT, "\u200bx\u180e");
	trim(" \u3000 ", UNICODE_PYTHON, "");
	trim("", UNICODE_PYTHON, "");
	trim("é", UNICODE_PYTHON, "é");

	struct buf to = { 0 };
	unicode_upper(&to,
		"stra\xc3\x9f"
		"e",
		7);
	CHECK_TEXT(buf_str(&to), "STRASSE");
	buf_release(&to);
	return check_end("unicode");
}
