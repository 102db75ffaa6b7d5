#include "opt.h"
#include "check.h"

static bool flag, other;
static const char *text, *shared;
static struct opt_list list;
static uint64_t number;
static double seconds;

static const struct opt group[] = {
	{ 's', "shared", "WORD", "in a group", OPT_TEXT, &shared },
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct opt table[] = {
	{ 'f', "flag", NULL, "a flag", OPT_FLAG, &flag },
	{ 'o', NULL, NULL, "a letter only", OPT_FLAG, &other },
	{ 't', "text", "TEXT", "a text", OPT_TEXT, &text },
	{ 'l', "list", "WORD", "a list", OPT_LIST, &list },
	{ 0, NULL, NULL, NULL, OPT_GROUP, (void *)group },
	{ 0, "number", "N", "a number", OPT_NUMBER, &number },
	{ 0, "seconds-of-a-very-long-name", "SECONDS", "some seconds", OPT_SECONDS, &seconds },
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

/* Parses words, separated by one space, and shows what came of it. */
static void parses(const char *words, bool stop, const char *wanted)
{
	char copy[200], *argv[20] = { "cmd" };
	int argc = 1;
	struct fail fail = { 0 };
	struct buf {
		char text[400];
		int len;
	} got = { "", 0 };
	flag = other = false;
	text = shared = NULL;
	list.count = 0;
	number = 0;
	seconds = 0;
	snprintf(copy, sizeof copy, "%s", words);
	for (char *at = copy; at;) {
		argv[argc++] = at;
		at = strchr(at, ' ');
		if (at)
			*at++ = '\0';
	}
	int first = opt_parse(table, argc, argv, stop, &fail);
	if (first < 0) {
		CHECK_FAIL(&fail, FAIL_USAGE, wanted);
		return;
	}
#define SHOW(...)                                                                              \
	got.len += snprintf(got.text + got.len, sizeof got.text - (size_t)got.len, __VA_ARGS__)
	if (flag)
		SHOW("f ");
	if (other)
		SHOW("o ");
	if (text)
		SHOW("t=%s ", text);
	for (size_t i = 0; i < list.count; i++)
		SHOW("l=%s ", list.items[i]);
	if (shared)
		SHOW("s=%s ", shared);
	if (number)
		SHOW("n=%llu ", (unsigned long long)number);
	if (seconds > 0)
		SHOW("d=%g ", seconds);
	SHOW("|");
	for (int i = first; i < argc; i++)
		SHOW(" %s", argv[i]);
	CHECK_TEXT(got.text, wanted);
}

static void words(void)
{
	parses("a b", false, "| a b");
	parses("-f", false, "f |");
	parses("--flag x", false, "f | x");
	parses("-fo", false, "f o |");
	parses("-fotX", false, "f o t=X |");
	parses("-t X", false, "t=X |");
	parses("-t -f", false, "t=-f |");
	parses("--text=", false, "t= |");
	parses("--text a=b", false, "t=a=b |");
	parses("--text=a=b", false, "t=a=b |");
	parses("-t 1 -t 2", false, "t=2 |");
	parses("-l a --list=b -lc", false, "l=a l=b l=c |");
	parses("--shared x", false, "s=x |");
	parses("--number 18446744073709551615", false, "n=18446744073709551615 |");
	parses("--seconds-of-a-very-long-name 1.5", false, "d=1.5 |");
	parses("-", false, "| -");
	parses("a -f b -t X c", false, "f t=X | a b c");
	parses("a -- -f b", false, "| a -f b");
	parses("-f -- -t", false, "f | -t");
	parses("-f -- --", false, "f | --");
	parses("-f a -t b", true, "f | a -t b");
	parses("-- a", true, "| a");

	parses("-x", false, "unknown option: -x");
	parses("-fx", false, "unknown option: -x");
	parses("--unknown=5", false, "unknown option: --unknown");
	parses("--fla", false, "unknown option: --fla");
	parses("--flags", false, "unknown option: --flags");
	parses("--o", false, "unknown option: --o");
	parses("--flag=1", false, "--flag takes no argument");
	parses("-t", false, "-t needs an argument: TEXT");
	parses("-ft", false, "-t needs an argument: TEXT");
	parses("--text", false, "--text needs an argument: TEXT");
	parses("--number x", false, "--number: not a number: x");
	parses("--number=", false, "--number: not a number: ");
	parses("--seconds-of-a-very-long-name 1s", false,
		"--seconds-of-a-very-long-name: not a number of seconds: 1s");
	free(list.items);
}

static void numbers(void)
{
	static const char *const bad[] = { "", " 1", "1 ", "-1", "+1", "1.0", "0x10", "1e3",
		"18446744073709551616", "99999999999999999999999" };
	uint64_t n = 7;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!opt_number(bad[i], &n) && n == 7);
	CHECK(opt_number("0", &n) && n == 0);
	CHECK(opt_number("007", &n) && n == 7);
	CHECK(opt_number("18446744073709551615", &n) && n == UINT64_MAX);

	static const char *const odd[] = { "", ".", "-1", "+1", "1e3", "inf", "nan", "1.2.3",
		"0x1", "1,5", " 1", "1000000001" };
	double d = 7;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		CHECK(!opt_seconds(odd[i], &d));
	CHECK(opt_seconds("1", &d) && d == 1);
	CHECK(opt_seconds("0.25", &d) && d == 0.25);
	CHECK(opt_seconds(".5", &d) && d == 0.5);
	CHECK(opt_seconds("5.", &d) && d == 5);
	CHECK(opt_seconds("1000000000", &d) && d == 1e9);
}

static void help(void)
{
	char got[1000] = "";
	FILE *file = tmpfile();
	CHECK(file != NULL);
	opt_help(table, file);
	rewind(file);
	got[fread(got, 1, sizeof got - 1, file)] = '\0';
	fclose(file);
	CHECK_TEXT(got,
		"  -f, --flag                a flag\n"
		"  -o                        a letter only\n"
		"  -t, --text TEXT           a text\n"
		"  -l, --list WORD           a list\n"
		"  -s, --shared WORD         in a group\n"
		"      --number N            a number\n"
		"      --seconds-of-a-very-long-name SECONDS  some seconds\n");
}

int main(void)
{
	words();
	numbers();
	help();
	return check_end("opt");
}
