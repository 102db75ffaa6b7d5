#include "canonical.h"
#include "check.h"

static void is(const char *text, const char *wanted)
{
	struct buf to = { 0 };
	struct fail fail = { 0 };
	CHECK(canonical_value(&to, (struct span){ text, strlen(text) }, &fail));
	CHECK_TEXT(buf_str(&to), wanted);
	buf_release(&to);
}

static void fails(const char *text, const char *why)
{
	struct buf to = { 0 };
	struct fail fail = { 0 };
	CHECK(!canonical_value(&to, (struct span){ text, strlen(text) }, &fail));
	CHECK_FAIL(&fail, FAIL_NO, why);
	buf_release(&to);
}

int main(void)
{
	/* Numbers, as in the appendix of RFC 8785 and elsewhere. */
	static const struct {
		const char *text, *wanted;
	} numbers[] = { { "0", "0" }, { "-0", "0" }, { "-0.0", "0" }, { "48.0", "48" },
		{ "5e-324", "5e-324" }, { "-5e-324", "-5e-324" },
		{ "1.7976931348623157e308", "1.7976931348623157e+308" },
		{ "9007199254740992", "9007199254740992" },
		{ "9007199254740993", "9007199254740992" },
		{ "295147905179352830000", "295147905179352830000" },
		{ "9.999999999999997e22", "9.999999999999997e+22" }, { "1e23", "1e+23" },
		{ "1.0000000000000001e23", "1.0000000000000001e+23" },
		{ "999999999999999700000", "999999999999999700000" },
		{ "999999999999999900000", "999999999999999900000" }, { "1e21", "1e+21" },
		{ "1e20", "100000000000000000000" }, { "0.000001", "0.000001" },
		{ "1e-7", "1e-7" }, { "9.999999999999997e-7", "9.999999999999997e-7" },
		{ "333333333.3333332", "333333333.3333332" },
		{ "-0.0000033333333333333333", "-0.0000033333333333333333" },
		{ "1424953923781206.2", "1424953923781206.2" }, { "1.50", "1.5" },
		{ "0.1", "0.1" }, { "120.5", "120.5" }, { "1e2", "100" } };
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		is(numbers[i].text, numbers[i].wanted);
	fails("NaN", "NaN is no number that can be hashed");
	fails("[-Infinity]", "-Infinity is no number that can be hashed");
	fails("{\"a\": 1e400}", "1e400 is no number that can be hashed");

	/* Strings: only what must be is escaped. */
	is("\"\\u0041\\/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001F\\u007f\"",
		"\"A/\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
	is("\"\\u20ac\\ud83d\\ude00\\u2028\"", "\"\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x80\xa8\"");
	is("\"plain \xc3\xa9\"", "\"plain \xc3\xa9\"");
	fails("\"\\ud800\"", "a surrogate without its other half");
	fails("{\"\\udc00x\": 1}", "a surrogate without its other half");

	/* Keys, in the order of UTF-16; the example of the RFC. */
	is("{\"\\u20ac\": 1, \"\\r\": 2, \"\\ufb33\": 3, \"1\": 4, \"\\ud83d\\ude00\": 5, "
	   "\"\\u0080\": 6, \"\\u00f6\": 7}",
		"{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
		"\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
	is("{ \"b\" : [ 1 , { } , [ ] , null , true , false ] , \"a\" : { \"z\" : 1, \"y\" : "
	   "2 } , \"ab\" : 0 }",
		"{\"a\":{\"y\":2,\"z\":1},\"ab\":0,\"b\":[1,{},[],null,true,false]}");
	is("{\"a\": 1, \"b\": 2, \"\\u0061\": 3}", "{\"a\":3,\"b\":2}");
	return check_end("canonical");
}
