#include "parcel.h"
#include "check.h"

#define EXTENSION "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"

static void takes(const struct parcel_options *options, const char *text, size_t index,
	const char *wanted)
{
	struct parcel parcel = { 0 };
	struct fail fail = { 0 };
	struct buf part = { 0 };
	bool ok =
		parcel_take(&parcel, options, "F", (struct span){ text, strlen(text) }, &fail);
	if (ok && options->whole)
		parcel_whole(&parcel, &part);
	else if (ok)
		parcel_part(&parcel, index, &part);
	CHECK_TEXT(ok ? buf_str(&part) : fail_text(&fail), wanted);
	CHECK(ok || fail.kind == FAIL_NO);
	fail_clear(&fail);
	buf_release(&part);
	parcel_release(&parcel);
}

/* One object, shared: what becomes of it in its part. */
static void shares(const char *organizations, const char *object, const char *wanted)
{
	struct parcel_options options = { .organizations = organizations };
	struct buf text = { 0 }, part = { 0 };
	buf_format(&text, "{\"id\":\"b\",\"objects\":[%s]}", object);
	buf_format(&part,
		"{\"type\": \"bundle\", \"id\": \"b\", \"spec_version\": \"2.1\", "
		"\"x_opencti_seq\": 1, "
		"\"objects\": [%s]}",
		wanted);
	takes(&options, text.data, 0, part.data);
	buf_release(&text);
	buf_release(&part);
}

static void sharing(void)
{
	shares("o-1, o-2", "{\"id\":\"tool--1\",\"type\":\"tool\"}",
		"{\"id\": \"tool--1\", \"type\": \"tool\", \"x_opencti_granted_refs\": "
		"[\"o-1\", \"o-2\"], "
		"\"nb_deps\": 1}");
	shares("o-1,o-2",
		"{\"id\":\"tool--1\",\"type\":\"tool\",\"x_opencti_granted_refs\":[\"o-2\",\"o-"
		"3\"]}",
		"{\"id\": \"tool--1\", \"type\": \"tool\", \"x_opencti_granted_refs\": "
		"[\"o-2\", \"o-3\", \"o-1\"], \"nb_deps\": 1}");
	shares("o-1", "{\"id\":\"tool--1\",\"type\":\"tool\",\"x_opencti_granted_refs\":null}",
		"{\"id\": \"tool--1\", \"type\": \"tool\", \"x_opencti_granted_refs\": "
		"[\"o-1\"], "
		"\"nb_deps\": 1}");
	shares("o-1",
		"{\"id\":\"tool--1\",\"type\":\"tool\",\"extensions\":{\"" EXTENSION
		"\":{\"a\":1}}}",
		"{\"id\": \"tool--1\", \"type\": \"tool\", \"extensions\": {\"" EXTENSION
		"\": {\"a\": 1, \"granted_refs\": [\"o-1\"]}}, \"nb_deps\": 1}");
	shares("o-1,o-2",
		"{\"id\":\"tool--1\",\"type\":\"tool\",\"extensions\":{\"x\":{},\"" EXTENSION
		"\":{\"granted_refs\":[\"o-1\"]}}}",
		"{\"id\": \"tool--1\", \"type\": \"tool\", \"extensions\": {\"x\": {}, "
		"\"" EXTENSION "\": {\"granted_refs\": [\"o-1\", \"o-2\"]}}, \"nb_deps\": 1}");
	shares("", "{\"id\":\"tool--1\",\"type\":\"tool\"}",
		"{\"id\": \"tool--1\", \"type\": \"tool\", \"x_opencti_granted_refs\": [], "
		"\"nb_deps\": 1}");
}

static void wholes(void)
{
	struct parcel_options options = { .whole = true };
	const char *text =
		"{\"id\":\"b\",\"objects\":[{\"id\":\"tool--1\",\"type\":\"tool\",\"n\":1.50},"
		"{\"type\":\"x\",\"id\":\"x-acme--1\",\"n\":1,\"n\":2}]}";
	takes(&options, text, 0,
		"{\"type\": \"bundle\", \"id\": \"b\", \"spec_version\": \"2.1\", \"objects\": "
		"[{\"id\": \"tool--1\", \"type\": \"tool\", \"n\": 1.5}, "
		"{\"type\": \"x\", \"id\": \"x-acme--1\", \"n\": 2}]}");
	options.event_version = "3";
	options.organizations = "o";
	takes(&options, "{\"id\":\"b\",\"objects\":[{\"id\":\"tool--1\",\"type\":\"tool\"}]}",
		0,
		"{\"type\": \"bundle\", \"id\": \"b\", \"spec_version\": \"2.1\", \"objects\": "
		"[{\"id\": \"tool--1\", \"type\": \"tool\", \"x_opencti_granted_refs\": "
		"[\"o\"]}], "
		"\"x_opencti_event_version\": \"3\"}");
}

static void nothing(void)
{
	struct parcel_options options = { 0 };
	takes(&options, "{\"id\":\"b\",\"objects\":[]}", 0, "nothing to import: no objects");
	takes(&options, "", 0, "nothing to import: no objects");
	takes(&options, "{\"id\":\"x-acme--1\",\"type\":\"x\"}", 0,
		"nothing to import: none of the 1 objects is supported");
	takes(&options, "[", 0, "F:1:2: not JSON: the text ends too early");
	takes(&options, "[{}]", 0, "F:1: object 1: it has no id");
	options.organizations = "o";
	takes(&options, "[{}]", 0, "F:1: object 1: it has no id");
	takes(&options, "[{]", 0, "F:1:3: not JSON: expected a key in quotes");
}

int main(void)
{
	struct parcel_options options = { .event_version = "" };
	takes(&options, "{\"id\":\"b\",\"objects\":[{\"id\":\"tool--1\",\"type\":\"tool\"}]}",
		0,
		"{\"type\": \"bundle\", \"id\": \"b\", \"spec_version\": \"2.1\", "
		"\"x_opencti_seq\": 1, "
		"\"objects\": [{\"id\": \"tool--1\", \"type\": \"tool\", \"nb_deps\": 1}], "
		"\"x_opencti_event_version\": \"\"}");
	sharing();
	wholes();
	nothing();
	return check_end("parcel");
}
