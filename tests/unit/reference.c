/* reference: what an object refers to, and what it looks like without some of it. */
#include "reference.h"

#include "check.h"

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

/* Adds "key=id " for each. */
static void walk(const char *object, const char *wanted)
{
	struct references references;
	struct buf to = { 0 };
	for (references_open(&references, span(object)); references_next(&references);)
		buf_format(&to, "%.*s=%.*s ", (int)references.key.len, references.key.text,
			(int)references.id.len, references.id.text);
	CHECK_TEXT(buf_str(&to), wanted);
	buf_release(&to);
}

static bool keeps(void *ctx, struct span key, struct span id)
{
	(void)key;
	return id.text[id.len - 1] != *(const char *)ctx;
}

static void prune(const char *object, const char *wanted)
{
	char out = '1';
	struct buf to = { 0 };
	reference_prune(span(object), keeps, &out, &to);
	CHECK_TEXT(buf_str(&to), wanted);
	buf_release(&to);
}

int main(void)
{
	walk("{}", "");
	walk("{\"id\":\"a--1\",\"created_by_ref\":\"b--1\",\"x_refs\":[\"c--1\",\"c--2\"],\"y_"
	     "ref\":null,"
	     "\"z_refs\":\"d--1\",\"w_ref\":[\"e--1\"],\"v_refs\":[7,\"f--1\",\"plain\"],"
	     "\"inner\":{\"a_ref\":"
	     "\"g--1\"},\"_ref\":\"h--1\",\"last_ref\":\"i--1\"}",
		"created_by_ref=b--1 x_refs=c--1 x_refs=c--2 v_refs=f--1 last_ref=i--1 ");
	walk("{\"a_refs\":[],\"b_refs\":[\"a--1\"]}", "b_refs=a--1 ");

	prune("{ \"a\": 1 }", "{\"a\":1}");
	prune("{\"a_ref\":\"x--1\",\"b_ref\":\"x--2\"}", "{\"b_ref\":\"x--2\"}");
	prune("{\"a_refs\":[\"x--1\", \"x--2\", \"x--1\"],\"b\":[ ]}",
		"{\"a_refs\":[\"x--2\"],\"b\":[]}");
	prune("{\"a_refs\":[\"x--1\"],\"b_refs\":[ ],\"c_refs\":[1]}",
		"{\"b_refs\":[],\"c_refs\":[1]}");
	prune("{\"object_refs\":[\"x--1\"],\"a_ref\":\"x--1\"}", "{\"object_refs\":[]}");
	prune("{\"in\":{\"a_ref\":\"x--1\"},\"t\":\" \\u00e9 \"}",
		"{\"in\":{\"a_ref\":\"x--1\"},\"t\":\" \\u00e9 \"}");

	CHECK(reference_is_content(span("object_refs")) &&
		!reference_is_content(span("x_refs")));
	CHECK(reference_is_end(span("source_ref")) &&
		reference_is_end(span("where_sighted_refs")) &&
		!reference_is_end(span("created_by_ref")));
	return check_end("reference");
}
