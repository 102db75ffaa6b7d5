#include "bundle.h"
#include "check.h"

/* Notes the objects; one of the type "odd" is refused. */
static bool note(void *ctx, struct scan *scan, struct fail *fail)
{
	struct buf *seen = ctx;
	struct span value, id;
	if (!scan_value(scan, &value))
		return false;
	if (span_find(value, "type", &id) && span_is(id, "odd"))
		return fail_set(fail, FAIL_NO, "it is odd");
	if (span_find(value, "id", &id))
		span_decode(id, seen);
	buf_char(seen, ';');
	return true;
}

static bool read_bytes(const char *bytes, size_t len, struct bundle_reader *reader,
	struct buf *seen, struct fail *fail)
{
	char *copy = malloc(len ? len : 1);
	CHECK(copy != NULL);
	memcpy(copy, bytes, len);
	struct input input = { .name = "F", .data = copy, .len = len };
	*reader = (struct bundle_reader){ .object = note, .ctx = seen };
	bool ok = bundle_read(reader, &input, fail);
	struct buf id = { 0 };
	if (ok) {
		buf_char(seen, ' ');
		bundle_id(reader, &id);
		bool made = id.len == 46 && !memcmp(id.data, "\"bundle--", 9);
		buf_text(seen, made ? "made" : buf_str(&id));
	}
	buf_release(&id);
	free(copy);
	return ok;
}

static void reads(
	const char *text, size_t bundles, size_t objects, size_t loose, const char *wanted)
{
	struct bundle_reader reader;
	struct buf seen = { 0 };
	struct fail fail = { 0 };
	if (!read_bytes(text, strlen(text), &reader, &seen, &fail))
		CHECK_TEXT(fail_text(&fail), wanted);
	CHECK_TEXT(buf_str(&seen), wanted);
	CHECK(reader.bundles == bundles && reader.objects == objects && reader.loose == loose);
	buf_release(&seen);
}

static void refuses(const char *text, const char *wanted)
{
	struct bundle_reader reader;
	struct buf seen = { 0 };
	struct fail fail = { 0 };
	CHECK(!read_bytes(text, strlen(text), &reader, &seen, &fail));
	CHECK_FAIL(&fail, FAIL_NO, wanted);
	buf_release(&seen);
}

static void shapes(void)
{
	reads("{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[{\"id\":\"a\"},{\"id\":"
	      "\"b\"}]}",
		1, 2, 0, "a;b; \"bundle--1\"");
	reads("{\"objects\":[{\"id\":\"a\"}],\"id\": \"\\u0062\"}", 1, 1, 0, "a; \"b\"");
	reads("{\"objects\":[]}", 1, 0, 0, " made");
	reads("{\"objects\":[],\"id\":null}", 1, 0, 0, " null");
	reads("{\"objects\":[],\"id\":[1,2]}", 1, 0, 0, " [1, 2]");
	reads("{\"id\":\"a\",\"type\":\"x\"}", 0, 1, 1, "a; made");
	reads("{\"id\":\"a\"}\n{\"id\":\"b\"}\n", 0, 2, 2, "a;b; made");
	reads("{\"id\":\"a\"}{\"id\":\"b\"}", 0, 2, 2, "a;b; made");
	reads("[{\"id\":\"a\"},{\"id\":\"b\"}]", 0, 2, 2, "a;b; made");
	reads("[{\"objects\":[{\"id\":\"a\"}],\"id\":\"x\"},{\"id\":\"b\"}]", 1, 2, 1,
		"a;b; made");
	reads("[]", 0, 0, 0, " made");
	reads("", 0, 0, 0, " made");
	reads(" \n\t", 0, 0, 0, " made");
	reads("\xef\xbb\xbf{\"objects\":[{\"id\":\"a\"}],\"id\":\"x\"}", 1, 1, 0, "a; \"x\"");
	reads("{\"objects\":[{\"id\":\"a\"}],\"id\":\"x\"} "
	      "{\"objects\":[{\"id\":\"b\"}],\"id\":\"y\"}",
		2, 2, 0, "a;b; made");
	reads("{\"objects\":[{\"id\":\"a\"}],\"id\":\"x\"} {\"id\":\"b\"}", 1, 2, 1,
		"a;b; made");
	/* An object that has `objects` which are no array, as observed data has, is an object. */
	reads("{\"type\":\"observed-data\",\"id\":\"o\",\"objects\":{\"0\":{}}}", 0, 1, 1,
		"o; made");
	reads("{\"objects\":[{\"type\":\"observed-data\",\"id\":\"o\",\"objects\":{\"0\":{}}}]"
	      "}",
		1, 1, 0, "o; made");
	reads("{\"obj\\u0065cts\":[{\"id\":\"a\"}],\"id\":\"x\"}", 1, 1, 0, "a; \"x\"");
}

static void errors(void)
{
	refuses("{\"objects\":[{\"id\":\"a\"}", "F:1:23: not JSON: expected , or ]");
	refuses("{\"objects\":[{\"id\":\"a\"}]", "F:1:24: not JSON: expected , or }");
	refuses("{\n\"objects\":[\n{\"id\":\"a\",}]}",
		"F:3:11: not JSON: expected a key in quotes");
	refuses("{\"id\":\"a\"}\n{\"id\":\"b}",
		"F:2:7: not JSON: string without its closing quote");
	refuses("[", "F:1:2: not JSON: the text ends too early");
	refuses("{\"objects\":[", "F:1:13: not JSON: the text ends too early");
	refuses("{\"id\":\"a\"}, {}", "F:1:11: not JSON: value expected");
	refuses("{\"id\":\"a\"}\n]", "F:2:1: not JSON: value expected");
	refuses("7", "F:1: object 1: not a STIX object: 7");
	refuses("{\"id\":\"a\"}\n\"text\"", "F:2: object 2: not a STIX object: \"text\"");
	refuses("{\"objects\":[{},\n7]}", "F:2: object 2: not a STIX object: 7");
	refuses("[[]]", "F:1: object 1: not a STIX object: []");
	refuses("{\"objects\":[null]}", "F:1: object 1: not a STIX object: null");
	refuses("{\"type\":\"bundle\"}", "F:1: not a bundle: it has no objects");
	refuses("\n{\"type\":\"bundle\",\"objects\":{}}",
		"F:2: not a bundle: its objects are no array");
	refuses("{\"objects\":[{},\n{\"type\":\"odd\",\n\"id\":\"odd--1\"}]}",
		"F:2: object 2 (odd--1): it is odd");
	refuses("{\"type\":\"odd\"}", "F:1: object 1: it is odd");

	struct bundle_reader reader;
	struct buf seen = { 0 };
	struct fail fail = { 0 };
	CHECK(!read_bytes("{}\0", 3, &reader, &seen, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "F:1:3: not JSON: NUL byte");
	buf_release(&seen);
}

static void several(void)
{
	struct input all[2] = { { .name = "one", .data = "{\"id\":\"a\"}", .len = 10 },
		{ .name = "two", .data = "", .len = 0 } };
	struct inputs inputs = { all, 2 };
	struct buf seen = { 0 };
	struct fail fail = { 0 };
	struct bundle_reader reader = { .object = note, .ctx = &seen };
	CHECK(bundle_read_all(&reader, &inputs, &fail));
	CHECK_TEXT(buf_str(&seen), "a;");
	reader = (struct bundle_reader){ .object = note, .ctx = &seen };
	inputs = (struct inputs){ all + 1, 1 };
	CHECK(!bundle_read_all(&reader, &inputs, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "two: nothing in it");
	buf_release(&seen);
}

int main(void)
{
	shapes();
	errors();
	several();
	return check_end("bundle");
}
