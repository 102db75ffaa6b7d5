#include "grammar.h"
#include "check.h"

/* What the validator of stix2-patterns says of each was asked of it. */
static const char *wrong(const char *pattern)
{
	static char said[128];
	const char *error = "?";
	size_t at = 0;
	if (grammar_check((struct span){ pattern, strlen(pattern) }, &error, &at))
		return NULL;
	snprintf(said, sizeof said, "%zu: %s", at, error);
	return said;
}

static void take_nested(unsigned depth, bool taken)
{
	struct buf text = { 0 };
	for (unsigned i = 0; i < depth; i++)
		buf_char(&text, '(');
	buf_text(&text, "[a:b = 1]");
	for (unsigned i = 0; i < depth; i++)
		buf_char(&text, ')');
	CHECK(!wrong(buf_str(&text)) == taken);
	buf_release(&text);
}

int main(void)
{
	static const char *const right[] = { "[ipv4-addr:value = '1.2.3.4']", " ( [a:b='x'] ) ",
		"[a:b = 'x' AND c:d != 2 OR e:f <> 3]",
		"[a:b == true] FOLLOWEDBY [c:d > 2] AND [e:f <= -1.5]",
		"([a:b = 1] FOLLOWEDBY [c:d > 2]) WITHIN 5 SECONDS REPEATS 5 TIMES",
		"[a:b = 1] START t'2020-01-01T00:00:00Z' STOP t'2020-01-01T00:00:00.5Z'",
		"[a:b IN ('x', 1, h'0a', b'YWI=') AND c:d NOT IN ()]",
		"[a:b LIKE 'x%' AND (c:d MATCHES '^x' OR e:f NOT ISSUBSET '1.0.0.0/8')]",
		"[EXISTS x:y]",
		"[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]",
		"[a:'b c'.d[0] = 'it\\'s \\\\']", "[x-a_1:b = 1]/* comment */// more",
		"[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']",
		"[a:b\xc2\xa0=\xe3\x80\x80-1]" };
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		CHECK_TEXT(wrong(right[i]), NULL);

	CHECK_TEXT(wrong(""), "0: expected [ or (");
	CHECK_TEXT(wrong("garbage"), "0: expected [ or (");
	CHECK_TEXT(wrong("/* first */ [a:b = 1]"), "12: expected [ or (");
	CHECK_TEXT(wrong("[a:b = 'x' and c:d = 'y']"), "11: expected AND, OR or ]");
	CHECK_TEXT(wrong("[a:b = 'x'"), "10: expected AND, OR or ]");
	CHECK_TEXT(wrong("[a:b 'x']"), "5: expected a comparison");
	CHECK_TEXT(wrong("[a:b = ]"), "7: expected a value");
	CHECK_TEXT(wrong("[a:b > true]"), "7: expected a value");
	CHECK_TEXT(wrong("[a:b LIKE 1]"), "10: expected a string in '");
	CHECK_TEXT(wrong("[a = 1]"), "3: expected : after the type of object");
	CHECK_TEXT(wrong("[a:b-c = 1]"), "3: expected a property");
	CHECK_TEXT(wrong("[a:b[-1] = 1]"), "5: expected a number or *");
	CHECK_TEXT(wrong("[a:b = 'x\\n']"), "7: expected a value");
	CHECK_TEXT(wrong("[a:b = 1] [c:d = 2]"), "10: expected the end, AND, OR or FOLLOWEDBY");
	CHECK_TEXT(wrong("[a:b = t'2020-13-01T00:00:00Z']"), "7: expected a value");
	CHECK_TEXT(wrong("[file:hashes.MD5 = 'x']"), "19: not a hash of that kind");
	CHECK_TEXT(wrong("[file:hashes.'sha-256' IN ('x')]"), "26: not a hash of that kind");
	CHECK_TEXT(wrong("[a:b = 1] REPEATS 2 TIMES REPEATS 3 TIMES"),
		"26: the same qualifier twice");
	CHECK_TEXT(wrong("([a:b = 1]) REPEATS 2 TIMES REPEATS 3 TIMES"), NULL);
	static const char nul[] = "[file:hashes.'MD5\0\0' = h'\0\0']";
	const char *error;
	size_t at;
	CHECK(!grammar_check((struct span){ nul, sizeof nul - 1 }, &error, &at) && at == 23);
	take_nested(256, true);
	take_nested(257, false);
	take_nested(100000, false);
	return check_end("grammar");
}
