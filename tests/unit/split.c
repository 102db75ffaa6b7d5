#include "split.h"
#include "check.h"

#include "bundle.h"

/* Reads and splits; the text must outlive the split. */
static struct split *split_text(const char *text, size_t len, bool cleanup, struct fail *fail)
{
	struct split *split = split_new();
	struct bundle_reader reader = { .object = split_add, .ctx = split };
	struct input input = { .name = "F", .data = text, .len = len };
	CHECK(split != NULL);
	if (bundle_read(&reader, &input, fail) && split_run(split, cleanup, fail))
		return split;
	split_free(split);
	return NULL;
}

/* All parts as "ID NB_DEPS OBJECT", one a line; then what was left out. */
static void splits(const char *objects, bool cleanup, const char *wanted)
{
	struct buf text = { 0 }, got = { 0 };
	struct fail fail = { 0 };
	buf_format(&text, "{\"objects\":[%s]}", objects);
	struct split *split = split_text(text.data, text.len, cleanup, &fail);
	if (!split) {
		CHECK(fail.kind == FAIL_NO);
		CHECK_TEXT(fail_text(&fail), wanted);
		fail_clear(&fail);
		buf_release(&text);
		return;
	}
	for (size_t i = 0; i < split_count(split); i++) {
		struct buf part = { 0 };
		struct span whole, seq, list;
		split_part(split, i, "\"b\"", NULL, &part);
		whole = (struct span){ part.data, part.len };
		CHECK(span_find(whole, "x_opencti_seq", &seq) &&
			span_find(whole, "objects", &list));
		split_part_id(split, i, &got);
		buf_char(&got, ' ');
		buf_add(&got, seq.text, seq.len);
		buf_char(&got, ' ');
		buf_add(&got, list.text + 1, list.len - 2);
		buf_char(&got, '\n');
		buf_release(&part);
	}
	for (size_t i = 0; i < split_incompatible_count(split); i++) {
		buf_text(&got, "not ");
		split_incompatible_id(split, i, &got);
		buf_format(&got, ": %s\n", split_incompatible_reason(split, i));
	}
	CHECK_TEXT(buf_str(&got), wanted);
	split_free(split);
	buf_release(&text);
	buf_release(&got);
}

static void small(void)
{
	splits("", false, "");
	splits("{\"type\":\"malware\",\"id\":\"malware--1\"}", false,
		"malware--1 1 {\"type\": \"malware\", \"id\": \"malware--1\", \"nb_deps\": "
		"1}\n");
	splits("{\"type\":\"relationship\",\"id\":\"relationship--1\",\"source_ref\":\"malware-"
	       "-1\","
	       "\"target_ref\":\"tool--1\"},{\"id\":\"tool--1\",\"type\":\"tool\"},"
	       "{\"id\":\"malware--1\",\"type\":\"malware\"}",
		false,
		"malware--1 1 {\"id\": \"malware--1\", \"type\": \"malware\", \"nb_deps\": 1}\n"
		"tool--1 1 {\"id\": \"tool--1\", \"type\": \"tool\", \"nb_deps\": 1}\n"
		"relationship--1 3 {\"type\": \"relationship\", \"id\": \"relationship--1\", "
		"\"source_ref\": "
		"\"malware--1\", \"target_ref\": \"tool--1\", \"nb_deps\": 3}\n");
	/* The later content at the first place. */
	splits("{\"id\":\"tool--1\",\"type\":\"tool\",\"n\":1},{\"id\":\"tool--2\",\"type\":"
	       "\"tool\"},"
	       "{\"id\":\"tool--1\",\"type\":\"tool\",\"n\":2}",
		false,
		"tool--1 1 {\"id\": \"tool--1\", \"type\": \"tool\", \"n\": 2, \"nb_deps\": "
		"1}\n"
		"tool--2 1 {\"id\": \"tool--2\", \"type\": \"tool\", \"nb_deps\": 1}\n");
	/* nb_deps that is there is replaced where it is. */
	splits("{\"nb_deps\":7,\"id\":\"tool--1\",\"type\":\"tool\"}", false,
		"tool--1 1 {\"nb_deps\": 1, \"id\": \"tool--1\", \"type\": \"tool\"}\n");
	splits("{\"id\":\"x-acme--1\",\"type\":\"x-acme\"},"
	       "{\"id\":\"relationship--1\",\"type\":\"relationship\",\"source_ref\":\"x-acme--"
	       "1\","
	       "\"target_ref\":\"tool--1\"},"
	       "{\"id\":\"sighting--1\",\"type\":\"sighting\",\"sighting_of_ref\":\"tool--1\"}",
		false,
		"not x-acme--1: type not supported\n"
		"not relationship--1: no source_ref\n"
		"not sighting--1: no where_sighted_refs\n");
}

static void references(void)
{
	const char *list =
		"{\"id\":\"report--1\",\"type\":\"report\",\"object_refs\":[\"tool--1\","
		"\"tool--1\",\"tool--9\",\"x-acme--1\",\"report--1\"]},"
		"{\"id\":\"tool--1\",\"type\":\"tool\"}";
	splits(list, false,
		"tool--1 1 {\"id\": \"tool--1\", \"type\": \"tool\", \"nb_deps\": 1}\n"
		"report--1 3 {\"id\": \"report--1\", \"type\": \"report\", \"object_refs\": "
		"[\"tool--1\", \"tool--9\"], \"nb_deps\": 3}\n");
	splits(list, true,
		"tool--1 1 {\"id\": \"tool--1\", \"type\": \"tool\", \"nb_deps\": 1}\n"
		"report--1 3 {\"id\": \"report--1\", \"type\": \"report\", \"object_refs\": "
		"[\"tool--1\"], \"nb_deps\": 3}\n");
	splits("{\"id\":\"tool--1\",\"type\":\"tool\",\"created_by_ref\":\"identity--9\"}",
		true,
		"tool--1 1 {\"id\": \"tool--1\", \"type\": \"tool\", \"created_by_ref\": null, "
		"\"nb_deps\": 1}\n");
	/* Two that refer to each other: the reference that was found second goes. */
	splits("{\"id\":\"tool--1\",\"type\":\"tool\",\"a_ref\":\"tool--2\"},"
	       "{\"id\":\"tool--2\",\"type\":\"tool\",\"a_ref\":\"tool--1\"}",
		false,
		"tool--2 1 {\"id\": \"tool--2\", \"type\": \"tool\", \"a_ref\": null, "
		"\"nb_deps\": 1}\n"
		"tool--1 2 {\"id\": \"tool--1\", \"type\": \"tool\", \"a_ref\": \"tool--2\", "
		"\"nb_deps\": 2}\n");
	splits("{\"id\":\"tool--1\",\"type\":\"tool\",\"external_references\":[{\"source_"
	       "name\":\"a\"},"
	       "{\"url\":\"u\"},{\"url\":\"u\",\"source_name\":\"b\"}],\"kill_chain_phases\":[{"
	       "},{}]}",
		false,
		"tool--1 1 {\"id\": \"tool--1\", \"type\": \"tool\", \"external_references\": "
		"[{\"url\": \"u\"}], \"kill_chain_phases\": [{}], \"nb_deps\": 1}\n");
}

static void refusals(void)
{
	splits("{\"type\":\"tool\"}", false, "F:1: object 1: it has no id");
	splits("{},{\"id\":\"tool--2\"}", false, "F:1: object 1: it has no id");
	splits("{\"id\":7,\"type\":\"tool\"}", false, "F:1: object 1: its id is not a string");
	splits("{\"id\":\"tool--1\"}", false, "F:1: object 1 (tool--1): it has no type");
	splits("{\"id\":\"tool--1\",\"type\":\"tool\",\"a_refs\":7}", false,
		"F:1: object 1 (tool--1): \"a_refs\" is not a list");
	splits("{\"id\":\"tool--1\",\"type\":\"tool\",\"a_refs\":[null]}", false,
		"F:1: object 1 (tool--1): \"a_refs\" holds what is no id: null");
	splits("{\"id\":\"tool--1\",\"type\":\"tool\",\"external_references\":[1]}", false,
		"F:1: object 1 (tool--1): \"external_references\" holds what is no object: 1");
	splits("{\"id\":\"tool--1\",\"type\":\"tool\",\"a_ref\":7}", false,
		"object 1 (tool--1): \"a_ref\" is no id: 7");
}

static void note_dropped(void *ctx, struct span id, struct span key, struct span dropped)
{
	struct buf *to = ctx;
	buf_add(to, id.text, id.len);
	buf_char(to, ' ');
	buf_add(to, key.text, key.len);
	buf_char(to, ' ');
	buf_add(to, dropped.text, dropped.len);
	buf_char(to, '\n');
}

static void accounts(void)
{
	static const char text[] =
		"[{\"id\":\"report--1\",\"type\":\"report\",\"object_refs\":[\"tool--1\",\"x-"
		"acme--1\","
		"\"tool--1\"],\"created_by_ref\":\"x-acme--2\",\"external_references\":[{}]},"
		"{\"id\":\"tool--1\",\"type\":\"tool\"},{\"id\":\"tool--1\",\"type\":\"tool\"}"
		"]";
	struct fail fail = { 0 };
	struct buf dropped = { 0 };
	struct split *split = split_text(text, sizeof text - 1, false, &fail);
	CHECK(split && split_replaced(split) == 1 && !split_saturated(split));
	CHECK(split_dropped(split, NULL, NULL) == 3);
	CHECK(split_dropped(split, note_dropped, &dropped) == 3);
	CHECK_TEXT(buf_str(&dropped),
		"report--1 \"object_refs\" \"x-acme--1\"\n"
		"report--1 \"created_by_ref\" \"x-acme--2\"\n"
		"report--1 \"external_references\" {}\n");
	split_free(split);
	buf_release(&dropped);
	split_free(NULL);
}

static void envelope(void)
{
	static const char text[] = "{\"id\":\"tool--1\",\"type\":\"tool\"}";
	struct fail fail = { 0 };
	struct buf part = { 0 };
	struct split *split = split_text(text, sizeof text - 1, false, &fail);
	CHECK(split && split_count(split) == 1);
	split_part(split, 0, "\"bundle--x\"", "7\"\xc3\xa9", &part);
	CHECK_TEXT(buf_str(&part),
		"{\"type\": \"bundle\", \"id\": \"bundle--x\", \"spec_version\": \"2.1\", "
		"\"x_opencti_seq\": 1, \"objects\": [{\"id\": \"tool--1\", \"type\": \"tool\", "
		"\"nb_deps\": 1}], \"x_opencti_event_version\": \"7\\\"\\u00e9\"}");
	split_free(split);
	buf_release(&part);
}

/* A chain as deep as wanted: each refers to the next. */
static void chain(unsigned n)
{
	struct buf text = { 0 }, id = { 0 };
	struct fail fail = { 0 };
	for (unsigned i = 0; i < n; i++)
		buf_format(&text,
			"{\"id\":\"tool--%u\",\"type\":\"tool\",\"next_ref\":\"tool--%u\"}", i,
			i + 1);
	struct split *split = split_text(text.data, text.len, false, &fail);
	CHECK(split && split_count(split) == n);
	split_part_id(split, 0, &id);
	buf_char(&id, ' ');
	split_part_id(split, n - 1, &id);
	struct buf wanted = { 0 };
	buf_format(&wanted, "tool--%u tool--0", n - 1);
	CHECK_TEXT(id.data, wanted.data);
	split_free(split);
	buf_release(&text);
	buf_release(&id);
	buf_release(&wanted);
}

/* Layers that each refer twice to the next: paths double, up to 2^128. */
static void layers(unsigned n, const char *count, bool saturated)
{
	struct buf text = { 0 }, part = { 0 };
	struct fail fail = { 0 };
	for (unsigned i = 0; i < n; i++)
		buf_format(&text,
			"{\"id\":\"tool--%u\",\"type\":\"tool\",\"a_ref\":\"tool--%u\",\"b_"
			"ref\":\"tool--%u\"}",
			i, i + 1, i + 1);
	struct split *split = split_text(text.data, text.len, false, &fail);
	CHECK(split && split_count(split) == n && split_saturated(split) == saturated);
	struct span seq;
	split_part(split, n - 1, "0", NULL, &part);
	CHECK(span_find((struct span){ part.data, part.len }, "x_opencti_seq", &seq));
	CHECK(seq.len == strlen(count) && !memcmp(seq.text, count, seq.len));
	split_free(split);
	buf_release(&text);
	buf_release(&part);
}

int main(void)
{
	small();
	references();
	refusals();
	accounts();
	envelope();
	chain(1000);
	chain(300000);
	layers(63, "9223372036854775807", false);
	layers(64, "18446744073709551615", false);
	layers(70, "1180591620717411303423", false);
	layers(128, "340282366920938463463374607431768211455", false);
	layers(129, "340282366920938463463374607431768211455", true);
	layers(1000, "340282366920938463463374607431768211455", true);
	return check_end("split");
}
