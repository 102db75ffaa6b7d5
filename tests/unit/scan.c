#include "scan.h"
#include "check.h"

/* Scans a copy that ends where the text does, so that a byte too far is seen by the sanitizer. */
static bool scan_copy(const char *text, size_t len, struct fail *fail, bool *repeated)
{
	char *copy = malloc(len ? len : 1);
	struct scan scan;
	struct span value;
	CHECK(copy != NULL);
	memcpy(copy, text, len);
	scan_init(&scan, copy, len);
	bool ok = scan_value(&scan, &value);
	if (ok) {
		CHECK(value.text >= copy && value.len > 0);
		CHECK(scan.depth == 0 && scan.key_count == 0);
		if (scan_peek(&scan) != -1) {
			scan.error = "more text";
			ok = false;
		}
	}
	if (!ok)
		scan_fail(&scan, "F", fail);
	if (repeated)
		*repeated = scan.repeated;
	scan_release(&scan);
	free(copy);
	return ok;
}

static void accepts(const char *text)
{
	struct fail fail = { 0 };
	if (!scan_copy(text, strlen(text), &fail, NULL))
		CHECK_TEXT(text, fail_text(&fail));
	checks++;
}

static void refuses_bytes(const char *text, size_t len, const char *wanted)
{
	struct fail fail = { 0 };
	CHECK(!scan_copy(text, len, &fail, NULL));
	CHECK_FAIL(&fail, FAIL_NO, wanted);
}

static void refuses(const char *text, const char *wanted)
{
	refuses_bytes(text, strlen(text), wanted);
}

static void grammar(void)
{
	static const char *const good[] = { "null", "true", "false", "NaN", "Infinity",
		"-Infinity", "0", "-0", "10", "-1.5", "1e5", "1E+05", "1.0e-7", "0.0",
		"123456789012345678901234567890", "\"\"", "\"a\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0000\\uFFFF\\ud800\"", "[]", "{}",
		" [ ] ", "\t{\r\n}\n", "[1,2]", "[ 1 , 2 ]", "{\"\":{}}",
		"{\"a\":[{\"b\":null}]}", "\"\x7f\"", "\"\xc2\x80\xdf\xbf\"",
		"\"\xe0\xa0\x80\xef\xbf\xbf\"", "\"\xed\x9f\xbf\"",
		"\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"", "\"0123456\xc3\xa9\"",
		"\"01234567\xc3\xa9\"", "\"0123456789abcdef\\n\"", "{\"a\":1,\"a\":2}" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		accepts(good[i]);

	static const char *const bad[][2] = {
		{ "", "F:1:1: not JSON: the text ends too early" },
		{ " \n ", "F:2:2: not JSON: the text ends too early" },
		{ "nul", "F:1:1: not JSON: value expected" },
		{ "True", "F:1:1: not JSON: value expected" },
		{ "nan", "F:1:1: not JSON: value expected" },
		{ "-NaN", "F:1:1: not JSON: value expected" },
		{ "+1", "F:1:1: not JSON: value expected" },
		{ "-", "F:1:1: not JSON: value expected" },
		{ ".5", "F:1:1: not JSON: value expected" },
		{ "01", "F:1:1: not JSON: number with a leading zero" },
		{ "-00", "F:1:1: not JSON: number with a leading zero" },
		{ "1.", "F:1:1: not JSON: number without digits after its point" },
		{ "1.e5", "F:1:1: not JSON: number without digits after its point" },
		{ "1e", "F:1:1: not JSON: number without digits in its exponent" },
		{ "1e+", "F:1:1: not JSON: number without digits in its exponent" },
		{ "1 2", "F:1:3: not JSON: more text" },
		{ "\"", "F:1:1: not JSON: string without its closing quote" },
		{ "\"abc\\\"", "F:1:1: not JSON: string without its closing quote" },
		{ "\"abc\\", "F:1:1: not JSON: string without its closing quote" },
		{ "\"\\x\"", "F:1:2: not JSON: unknown escape in a string" },
		{ "\"a\\u12g4\"", "F:1:3: not JSON: \\u needs four hexadecimal digits" },
		{ "\"\\u12", "F:1:2: not JSON: \\u needs four hexadecimal digits" },
		{ "\"a\nb\"", "F:1:3: not JSON: control character in a string" },
		{ "\"01234567\x1f\"", "F:1:10: not JSON: control character in a string" },
		{ "'a'", "F:1:1: not JSON: value expected" },
		{ "[", "F:1:2: not JSON: the text ends too early" },
		{ "[1", "F:1:3: not JSON: expected , or ]" },
		{ "[1,", "F:1:4: not JSON: the text ends too early" },
		{ "[1,]", "F:1:4: not JSON: value expected" },
		{ "[,1]", "F:1:2: not JSON: value expected" },
		{ "[1 2]", "F:1:4: not JSON: expected , or ]" },
		{ "[1}", "F:1:3: not JSON: expected , or ]" },
		{ "{", "F:1:2: not JSON: expected a key in quotes" },
		{ "{a:1}", "F:1:2: not JSON: expected a key in quotes" },
		{ "{\"a\"}", "F:1:5: not JSON: expected : after a key" },
		{ "{\"a\":}", "F:1:6: not JSON: value expected" },
		{ "{\"a\":1,}", "F:1:8: not JSON: expected a key in quotes" },
		{ "{\"a\":1]", "F:1:7: not JSON: expected , or }" },
		{ "{\n \"a\": 1\n \"b\": 2}", "F:3:2: not JSON: expected , or }" },
		{ "{1:2}", "F:1:2: not JSON: expected a key in quotes" },
		{ "// x", "F:1:1: not JSON: value expected" },
		{ "\xef\xbb\xbf{}", "F:1:1: not JSON: value expected" },
		/* UTF-8: lone, cut off, overlong, surrogate, too large */
		{ "\"\x80\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xc3\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xc3", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xc0\xaf\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xe0\x9f\xbf\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xe2\x82\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xe2\x82", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xed\xa0\x80\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xf0\x8f\xbf\xbf\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xf0\x9f\x98\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xf4\x90\x80\x80\"", "F:1:2: not JSON: invalid UTF-8" },
		{ "\"\xff\"", "F:1:2: not JSON: invalid UTF-8" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuses(bad[i][0], bad[i][1]);
	refuses_bytes("\0", 1, "F:1:1: not JSON: NUL byte");
	refuses_bytes("\"a\0b\"", 5, "F:1:3: not JSON: NUL byte");
	refuses_bytes("[1,\0]", 5, "F:1:4: not JSON: NUL byte");
}

/* Every text of four of these bytes ends without harm, and is either taken or refused. */
static void short_texts(void)
{
	static const char bytes[] = "{}[]\"\\:,u01-.eNt \n\0\xc3\xa9";
	size_t n = sizeof bytes - 1;
	for (size_t i = 0; i < n * n * n * n; i++) {
		char text[4] = { bytes[i % n], bytes[i / n % n], bytes[i / n / n % n],
			bytes[i / n / n / n] };
		struct fail fail = { 0 };
		bool whole = scan_copy(text, 4, &fail, NULL);
		CHECK(whole == !fail.kind);
		fail_clear(&fail);
	}
}

static bool deep(size_t depth, const char *open, const char *close, struct fail *fail)
{
	struct buf text = { 0 };
	for (size_t i = 0; i < depth; i++)
		buf_text(&text, open);
	buf_text(&text, "1");
	for (size_t i = 0; i < depth; i++)
		buf_text(&text, close);
	bool ok = scan_copy(text.data, text.len, fail, NULL);
	buf_release(&text);
	return ok;
}

static void depth(void)
{
	struct fail fail = { 0 };
	CHECK(deep(SCAN_MAX_DEPTH, "[", "]", &fail));
	CHECK(deep(SCAN_MAX_DEPTH, "{\"a\":", "}", &fail));
	CHECK(!deep(SCAN_MAX_DEPTH + 1, "[", "]", &fail));
	CHECK_FAIL(&fail, FAIL_NO, "F:1:1001: not JSON: nested too deeply");
	CHECK(!deep(1000000, "{\"a\":", "}", &fail));
	CHECK_FAIL(&fail, FAIL_NO, "F:1:5001: not JSON: nested too deeply");
}

static bool repeats(const char *text)
{
	struct fail fail = { 0 };
	bool repeated;
	CHECK(scan_copy(text, strlen(text), &fail, &repeated));
	return repeated;
}

static void repeated_keys(void)
{
	CHECK(!repeats("{\"a\":1,\"b\":2}"));
	CHECK(repeats("{\"a\":1,\"b\":2,\"a\":3}"));
	CHECK(repeats("{\"a\":1,\"\\u0061\":3}"));
	CHECK(!repeats("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}"));
	CHECK(repeats("[1,{\"x\":{\"a\":1,\"a\":2}},{}]"));
	CHECK(!repeats("[{\"a\":1},{\"a\":2}]"));
	/* Both ways of looking for them, few and many. */
	for (int n = 20; n < 30; n++) {
		struct buf text = { 0 };
		buf_text(&text, "{");
		for (int i = 0; i < n; i++)
			buf_format(&text, "%s\"k%d\":[%d]", i ? "," : "", i, i);
		buf_text(&text, "}");
		CHECK(!repeats(text.data));
		text.data[text.len - 1] = ',';
		buf_text(&text, "\"k3\":0}");
		CHECK(repeats(text.data));
		buf_release(&text);
	}
}

static void walking(void)
{
	static const char text[] = " { \"a\" : [ 1 , \"x\" , { } ] , \"\" : null } tail";
	struct scan scan;
	struct scan_list object, array;
	struct span value;
	struct buf seen = { 0 };
	scan_init(&scan, text, sizeof text - 1);
	CHECK(scan_peek(&scan) == '{');
	for (scan_open(&scan, &object); scan_next(&scan, &object);) {
		buf_add(&seen, object.key.text, object.key.len);
		buf_char(&seen, '=');
		if (scan_peek(&scan) != '[') {
			CHECK(scan_value(&scan, &value));
			buf_add(&seen, value.text, value.len);
			continue;
		}
		for (scan_open(&scan, &array); scan_next(&scan, &array);) {
			CHECK(!array.key.len && scan_value(&scan, &value));
			buf_add(&seen, value.text, value.len);
			buf_char(&seen, ';');
		}
	}
	CHECK(!scan.error && scan.depth == 0);
	CHECK_TEXT(buf_str(&seen), "\"a\"=1;\"x\";{ };\"\"=null");
	CHECK(scan_peek(&scan) == 't');
	scan_release(&scan);
	buf_release(&seen);
}

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static void decodes(const char *text, const char *wanted, size_t len)
{
	struct buf buf = { 0 };
	span_decode(span(text), &buf);
	CHECK(buf.len == len && !memcmp(buf_str(&buf), wanted, len));
	buf_release(&buf);
}

static void strings(void)
{
	decodes("\"\"", "", 0);
	decodes("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz", 10);
	decodes("\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac", 6);
	decodes("\"\\u0000\"", "\0", 1);
	decodes("\"\\uD83D\\uDE00!\"", "\xf0\x9f\x98\x80!", 5);
	decodes("\"\\ud83d\"", "\xed\xa0\xbd", 3);
	decodes("\"\\ud83dx\"", "\xed\xa0\xbdx", 4);
	decodes("\"\\ud83d\\n\"", "\xed\xa0\xbd\n", 4);
	decodes("\"\\ude00\\ud83d\"", "\xed\xb8\x80\xed\xa0\xbd", 6);
	decodes("\"\\ud83d\\ud83d\\ude00\"", "\xed\xa0\xbd\xf0\x9f\x98\x80", 7);
	CHECK(span_is(span("\"abc\""), "abc"));
	CHECK(!span_is(span("\"abc\""), "ab"));
	CHECK(span_is(span("\"\\u0061bc\""), "abc"));
	CHECK(!span_is((struct span){ 0 }, "abc"));
	CHECK(!span_is(span("12345"), "234x"));
	CHECK(span_is_raw(span("\"abc\"")) && !span_is_raw(span("\"a\\n\"")));
	CHECK(scan_line("a\nb\nc", "a\nb\nc") == 1);
	const char *lines = "a\nb\nc";
	CHECK(scan_line(lines, lines + 1) == 1 && scan_line(lines, lines + 2) == 2);
	CHECK(scan_line(lines, lines + 5) == 3);
}

static void skips(const char *text, size_t len)
{
	CHECK(span_skip(text) == text + len);
}

static void finds(const char *text, const char *path, const char *wanted)
{
	struct span found;
	struct buf copy = { 0 };
	if (!wanted) {
		CHECK(!span_find(span(text), path, &found));
		return;
	}
	CHECK(span_find(span(text), path, &found));
	buf_add(&copy, found.text, found.len);
	CHECK_TEXT(buf_str(&copy), wanted);
	buf_release(&copy);
}

static void checked_text(void)
{
	skips("\"a\\\\\" x", 5);
	skips("\"\\\"]\"]", 5);
	skips("12,", 2);
	skips("true}", 4);
	skips("null ", 4);
	skips("[\"]\",{\"}\":[]}] x", 14);
	skips("{} ", 2);
	finds("{\"a\":{\"b\":[1]},\"c\":2}", "a.b", "[1]");
	finds("{\"a\":{\"b\":[1]},\"c\":2}", "", "{\"a\":{\"b\":[1]},\"c\":2}");
	finds("{\"a\":{\"b\":[1]},\"c\":2}", "a.c", NULL);
	finds("{\"a\":{\"b\":[1]},\"c\":2}", "c.d", NULL);
	finds("{\"a\": 1, \"\\u0061\": 2}", "a", "2");
	finds("[1]", "a", NULL);
	finds("7", "", "7");

	const char *at = "[ 1 ,\"a\", {\"b\":2} ]";
	struct span key, value;
	at++;
	CHECK(span_member(&at, NULL, &value) && value.len == 1 && *value.text == '1');
	CHECK(span_member(&at, NULL, &value) && value.len == 3);
	CHECK(span_member(&at, NULL, &value) && value.len == 7);
	CHECK(!span_member(&at, NULL, &value));
	at = value.text + 1;
	CHECK(span_member(&at, &key, &value) && span_is(key, "b") && *value.text == '2');
	CHECK(!span_member(&at, &key, &value));
}

static void plain(void)
{
	char text[64];
	for (int special = 0; special < 256; special++)
		for (size_t place = 0; place < 20; place++) {
			memset(text, 'a', sizeof text);
			text[place] = (char)special;
			bool is_plain = special >= 0x20 && special < 0x7f && special != '"' &&
				special != '\\';
			CHECK(scan_plain(text, text + 24) == text + (is_plain ? 24 : place));
		}
}

int main(void)
{
	grammar();
	short_texts();
	depth();
	repeated_keys();
	walking();
	strings();
	checked_text();
	plain();
	return check_end("scan");
}
