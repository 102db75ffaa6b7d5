/* entity: an object and what is embedded in it, each read once. */
#include "entity.h"

#include "canned.h"

/* An answer to stix(id), of an object's text ("" for none). */
static char *answer(const char *object)
{
	struct buf body = { 0 }, text = { 0 };
	buf_text(&body, "{\"data\":{\"stix\":\"");
	for (; *object; object++) {
		if (*object == '"' || *object == '\\')
			buf_char(&body, '\\');
		buf_char(&body, *object);
	}
	buf_text(&body, "\"}}");
	buf_format(&text,
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
		"%zu\r\n\r\n%s",
		body.len, body.data);
	buf_release(&body);
	return buf_take(&text);
}

/* Reads `objects[0]` from a platform that gives these, in this order. */
static void read_all(const char *const *objects, size_t count, const char *wanted_entity,
	const char *wanted_objects, const char *const *ids, struct fail *fail)
{
	struct canned_answer *answers = calloc(count, sizeof *answers);
	struct platform platform = { .conf = conf_new() };
	struct canned canned;
	struct buf entity = { 0 }, list = { 0 }, request = { 0 };
	for (size_t i = 0; i < count; i++)
		answers[i].bytes = answer(objects[i]);
	canned_start(&canned, answers, count);
	CHECK(conf_set(platform.conf, OPENCTI_URL, canned.url, fail) &&
		conf_set(platform.conf, OPENCTI_TOKEN, "secret", fail));
	platform.graphql = graphql_open(platform.conf, fail);
	bool ok = entity_read(&platform, "first", &entity, &list, fail);
	CHECK(ok == !!wanted_entity);
	if (ok) {
		CHECK_TEXT(buf_str(&entity), wanted_entity);
		CHECK_TEXT(buf_str(&list), wanted_objects);
	}
	for (size_t i = 0; i < count; i++) {
		canned_request(&canned, &request);
		CHECK(strstr(request.data, ids[i]) != NULL);
	}
	platform_close(&platform);
	canned_stop(&canned);
	for (size_t i = 0; i < count; i++)
		free((void *)answers[i].bytes);
	free(answers);
	buf_release(&entity);
	buf_release(&list);
	buf_release(&request);
}

int main(void)
{
	struct fail fail = { 0 };
	static const char *const report[] = {
		"{\"id\": \"report--1\", \"created_by_ref\":\"identity--1\", \"object_refs\": "
		"[\"tool--1\"], "
		"\"object_marking_refs\":[\"marking-definition--1\", "
		"\"marking-definition--2\"]}",
		"{\"id\":\"identity--1\",\"created_by_ref\":\"identity--1\",\"object_marking_"
		"refs\":"
		"[\"marking-definition--1\",\"marking-definition--3\"],\"x_ref\":\"report--"
		"1\"}",
		"{\"id\":\"marking-definition--1\"}", "", "{\"id\":\"marking-definition--3\"}"
	};
	static const char *const ids[] = { "\"first\"", "identity--1", "marking-definition--1",
		"marking-definition--2", "marking-definition--3" };
	read_all(report, 5,
		"{\"id\":\"report--1\",\"created_by_ref\":\"identity--1\",\"object_refs\":["
		"\"tool--1\"],"
		"\"object_marking_refs\":[\"marking-definition--1\",\"marking-definition--2\"]"
		"}",
		"[{\"id\":\"report--1\",\"created_by_ref\":\"identity--1\",\"object_refs\":["
		"\"tool--1\"],"
		"\"object_marking_refs\":[\"marking-definition--1\",\"marking-definition--2\"]}"
		", "
		"{\"id\":\"identity--1\",\"created_by_ref\":\"identity--1\",\"object_marking_"
		"refs\":"
		"[\"marking-definition--1\",\"marking-definition--3\"],\"x_ref\":\"report--1\"}"
		", "
		"{\"id\":\"marking-definition--1\"}, {\"id\":\"marking-definition--3\"}]",
		ids, &fail);
	CHECK(!fail.kind);

	static const char *const nothing[] = { "" };
	read_all(nothing, 1, NULL, NULL, ids, &fail);
	CHECK_FAIL(&fail, FAIL_NO, "first: not found");
	static const char *const broken[] = { "{\"id\":" };
	read_all(broken, 1, NULL, NULL, ids, &fail);
	CHECK_FAIL(&fail, FAIL_NO,
		"first: the platform's STIX:1:7: not JSON: the text ends too early");
	return check_end("entity");
}
