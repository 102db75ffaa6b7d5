#include "print.h"
#include "check.h"

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static void prints(
	void (*print)(struct buf *, struct span), const char *text, const char *wanted)
{
	struct buf buf = { 0 };
	print(&buf, span(text));
	CHECK_TEXT(buf_str(&buf), wanted);
	CHECK(buf.len == strlen(wanted));
	buf_release(&buf);
}

/* What Python's json.dumps(json.loads(text)) gives. */
static void values(void)
{
	static const char *const table[][2] = {
		/* clang-format off */
		{ "0", "0" },
		{ "-0", "0" },
		{ "7", "7" },
		{ "-7", "-7" },
		{ "123456789012345678901234567890", "123456789012345678901234567890" },
		{ "9007199254740993", "9007199254740993" },
		{ "-9007199254740993", "-9007199254740993" },
		{ "0.0", "0.0" },
		{ "-0.0", "-0.0" },
		{ "1.0", "1.0" },
		{ "1.10", "1.1" },
		{ "1e2", "100.0" },
		{ "1E400", "Infinity" },
		{ "-1E400", "-Infinity" },
		{ "1e-400", "0.0" },
		{ "1e16", "1e+16" },
		{ "1e15", "1000000000000000.0" },
		{ "123456789012345680.0", "1.2345678901234568e+17" },
		{ "9007199254740993.0", "9007199254740992.0" },
		{ "1e22", "1e+22" },
		{ "1e23", "1e+23" },
		{ "0.0001", "0.0001" },
		{ "0.00001", "1e-05" },
		{ "1.5e-5", "1.5e-05" },
		{ "0.1", "0.1" },
		{ "0.30000000000000004", "0.30000000000000004" },
		{ "3.141592653589793", "3.141592653589793" },
		{ "5e-324", "5e-324" },
		{ "1.7976931348623157e308", "1.7976931348623157e+308" },
		{ "2.2250738585072014e-308", "2.2250738585072014e-308" },
		{ "100.0", "100.0" },
		{ "1234.5678", "1234.5678" },
		{ "1e100", "1e+100" },
		{ "12345678901234567.8", "1.2345678901234568e+16" },
		{ "0.000123", "0.000123" },
		{ "-2.5e-10", "-2.5e-10" },
		{ "1e-7", "1e-07" },
		{ "123e-2", "1.23" },
		{ "4.35", "4.35" },
		{ "0.1e1", "1.0" },
		{ "17e0", "17.0" },
		{ "9.5e15", "9500000000000000.0" },
		{ "9999999999999998.0", "9999999999999998.0" },
		{ "99999999999999999.0", "1e+17" },
		{ "1.0000000000000002", "1.0000000000000002" },
		{ "NaN", "NaN" },
		{ "Infinity", "Infinity" },
		{ "-Infinity", "-Infinity" },
		{ "\"a\\/b\"", "\"a/b\"" },
		{ "\"\\u0041\"", "\"A\"" },
		{ "\"\\u00e9\"", "\"\\u00e9\"" },
		{ "\"\xc3\xa9\"", "\"\\u00e9\"" },
		{ "\"\\u20ac\xe2\x82\xac\"", "\"\\u20ac\\u20ac\"" },
		{ "\"\xf0\x9f\x98\x80\"", "\"\\ud83d\\ude00\"" },
		{ "\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\"" },
		{ "\"\\ud83d\"", "\"\\ud83d\"" },
		{ "\"\\u007f\"", "\"\\u007f\"" },
		{ "\"\x7f\"", "\"\\u007f\"" },
		{ "\"\\u0000\\u001f\"", "\"\\u0000\\u001f\"" },
		{ "\"\\b\\f\\n\\r\\t\\\"\\\\\"", "\"\\b\\f\\n\\r\\t\\\"\\\\\"" },
		{ "\"\\u0008\\u000c\\u000a\\u000d\\u0009\\u0022\\u005c\\u002f\"",
			"\"\\b\\f\\n\\r\\t\\\"\\\\/\"" },
		{ "\"\\uABCD\\uabcd\"", "\"\\uabcd\\uabcd\"" },
		{ "\"\xe2\x80\xa8\xe2\x80\xa9\"", "\"\\u2028\\u2029\"" },
		{ "\"<>&'\"", "\"<>&'\"" },
		{ "[]", "[]" },
		{ "{}", "{}" },
		{ "[ ]", "[]" },
		{ "{ }", "{}" },
		{ "[1,2 ,  3]", "[1, 2, 3]" },
		{ "{\"a\":1,\"b\":[{},[]]}", "{\"a\": 1, \"b\": [{}, []]}" },
		{ " \n[\t1\r,\n2 ] ", "[1, 2]" },
		{ "{\"k\" :null , \"t\":true,\"f\":false}", "{\"k\": null, \"t\": true, \"f\": false}" },
		{ "[NaN,-Infinity,Infinity,-1]", "[NaN, -Infinity, Infinity, -1]" },
		{ "[\"a,b:c\",\"{[ ]}\"]", "[\"a,b:c\", \"{[ ]}\"]" },
		/* clang-format on */
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		prints(print_value, table[i][0], table[i][1]);
		prints(print_merged, table[i][0] + strspn(table[i][0], " \n"), table[i][1]);
	}
}

/* Doubles of all sizes read back as they were. */
static void floats(void)
{
	uint64_t bits = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		double number, again;
		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&number, &bits, sizeof number);
		char text[40];
		snprintf(text, sizeof text, "%.17e", number);
		if (strspn(text, "-+.e0123456789") != strlen(text))
			continue; /* no number */
		struct buf buf = { 0 };
		print_value(&buf, span(text));
		again = strtod(buf_str(&buf), NULL);
		CHECK(again == number && buf.len <= 24);
		buf_release(&buf);
	}
}

static void strings(void)
{
	struct buf buf = { 0 };
	print_string(&buf, "a\0\"\\\x1f\x7f\xc3\xa9\xed\xa0\x80\xf0\x9f\x98\x80z", 16);
	CHECK_TEXT(buf_str(&buf),
		"\"a\\u0000\\\"\\\\\\u001f\\u007f\\u00e9\\ud800\\ud83d\\ude00z\"");
	buf_clear(&buf);
	print_text(&buf, "");
	print_text_or_null(&buf, NULL);
	print_text_or_null(&buf, "x");
	CHECK_TEXT(buf_str(&buf), "\"\"null\"x\"");
	buf_release(&buf);
}

static void lists(const char *list, const char *wanted)
{
	struct buf buf = { 0 };
	print_list(&buf, list);
	CHECK_TEXT(buf_str(&buf), wanted);
	buf_release(&buf);
}

static void merging(void)
{
	prints(print_merged, "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\": 3, \"b\": 2}");
	prints(print_merged, "{\"a\":1,\"\\u0061\":{\"x\":1,\"x\":[]}}",
		"{\"a\": {\"x\": []}}");
	prints(print_merged, "[{\"a\":1,\"a\":2},[{\"b\":{},\"b\":0}]]",
		"[{\"a\": 2}, [{\"b\": 0}]]");
	prints(print_merged, "{\"\":1,\"\":2}", "{\"\": 2}");
	prints(print_merged, "{\"\\u00e9\":1,\"\xc3\xa9\":2}", "{\"\\u00e9\": 2}");
	prints(print_value, "{\"a\":1,\"a\":2}", "{\"a\": 1, \"a\": 2}");
}

static void lines(void)
{
	prints(print_line, "{ \"a b\" : [ 1.10 ,\t\"\\u0041 \\\" x\" ],\n\"c\":null }",
		"{\"a b\":[1.10,\"\\u0041 \\\" x\"],\"c\":null}");
	prints(print_line, "\"\xc3\xa9\"", "\"\xc3\xa9\"");
	prints(print_line, "12", "12");
}

int main(void)
{
	values();
	floats();
	strings();
	lists(NULL, "[]");
	lists("", "[]");
	lists(" , ,", "[]");
	lists("a", "[\"a\"]");
	lists(" a b ,\"c\",, d\t", "[\"a b\", \"\\\"c\\\"\", \"d\"]");
	merging();
	lines();
	return check_end("print");
}
