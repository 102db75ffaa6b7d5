#include "json.h"
#include "buf.h"
#include "check.h"

static struct json *parse(const char *text, struct fail *fail)
{
	return json_parse(text, strlen(text), fail);
}

static void refuses(const char *text, size_t len, const char *wanted)
{
	struct fail fail = { 0 };
	CHECK(!json_parse(text, len, &fail));
	CHECK_FAIL(&fail, FAIL_NO, wanted);
}

static void deep(size_t depth, bool accepted)
{
	struct fail fail = { 0 };
	struct buf text = { 0 };
	for (size_t i = 0; i < depth; i++)
		buf_char(&text, '[');
	for (size_t i = 0; i < depth; i++)
		buf_char(&text, ']');
	struct json *json = json_parse(text.data, text.len, &fail);
	CHECK(!json == !accepted);
	if (!accepted)
		CHECK(strstr(fail_text(&fail), "nested too deeply"));
	json_free(json);
	fail_clear(&fail);
	buf_release(&text);
}

int main(void)
{
	struct fail fail = { 0 };
	double number = 0;
	struct json *json =
		parse("{\"a\":{\"b\":[1,\"two\",null,true,{\"c\":3.5}],\"B\":\"\\u00e9\"},"
		      "\"A\":2,\"a\":7,\"e\":\"\"} \n",
			&fail);
	CHECK(json && !fail.kind);
	const struct json *list = json_get(json, "a.b");
	CHECK(json_count(list) == 5 && json_count(json) == 4 &&
		json_count(json_at(list, 0)) == 0);
	CHECK(json_number(json_at(list, 0), "", &number) && number == 1);
	CHECK(json_number(json_at(list, 4), "c", &number) && number == 3.5);
	CHECK(json_number(json, "A", &number) && number == 2);
	CHECK(!json_number(json, "a", &number) && !json_number(json, "none", &number));
	CHECK_TEXT(json_text(json_at(list, 1), ""), "two");
	CHECK_TEXT(json_text(json, "a.B"), "\xc3\xa9");
	CHECK_TEXT(json_text(json, "e"), "");
	CHECK(!json_text(json, "A") && !json_text(json, "a.b.c") && !json_text(NULL, "a"));
	CHECK(json_null(json_at(list, 2), "") && json_null(json, "zz") &&
		!json_null(json, "a"));
	CHECK(json_true(json_at(list, 3), "") && !json_true(json, "a"));
	CHECK(!json_at(list, 5) && !json_next(json_at(list, 4)));
	CHECK(json_next(json_at(list, 0)) == json_at(list, 1));
	json_free(json);
	json_free(NULL);

	json = json_parse("1e400 x", 5, &fail); /* the length counts, not the NUL */
	CHECK(json && json_number(json, "", &number));
	json_free(json);

#define REFUSES(text, wanted) refuses(text, sizeof text - 1, wanted)
	REFUSES("", "JSON:1:1: not JSON: the text ends too early");
	REFUSES("{} x", "JSON:1:4: not JSON: text after the value");
	REFUSES("{}\n{}", "JSON:2:1: not JSON: text after the value");
	REFUSES("{\"a\":1", "JSON:1:7: not JSON: expected , or }");
	REFUSES("\"a\nb\"", "JSON:1:3: not JSON: control character in a string");
	REFUSES("\"\xc0\x80\"", "JSON:1:2: not JSON: invalid UTF-8");
	REFUSES("\"\xed\xa0\x80\"", "JSON:1:2: not JSON: invalid UTF-8");
	REFUSES("[\"\\\\u0000\", \"\\u0000\"]", "JSON:1:14: not JSON: NUL in a string");
	REFUSES("[\"a\0b\"]", "JSON:1:4: not JSON: NUL byte");
	REFUSES("01", "JSON:1:1: not JSON: number with a leading zero");
	REFUSES("[\"a\\n\", -Infinity]", "JSON:1:9: not JSON: not a value that can be kept");
	REFUSES("[\"\\ud800\"]", "JSON:1:3: not JSON: not a value that can be kept");
	REFUSES("NaN", "JSON:1:1: not JSON: not a value that can be kept");
	REFUSES("\xef\xbb\xbf{}", "JSON:1:1: not JSON: value expected");
	deep(1000, true);
	deep(1001, false);
	return check_end("json");
}
