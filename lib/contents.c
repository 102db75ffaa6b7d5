#include "contents.h"

#include "stix.h"
#include "uid.h"

static bool is_null(struct span value)
{
	return *value.text == 'n';
}

/* Fixes by taking the member out. */
static void take_out(struct exam *exam, size_t i, const char *reason)
{
	const struct member *all = exam->object.all;
	const char *begin = all[i].key.text, *end = all[i].value.text + all[i].value.len;
	bool last = i + 1 == exam->object.count;
	if (i)
		begin = all[i - 1].value.text + all[i - 1].value.len;
	else if (!last)
		end = all[i + 1].key.text;
	struct span name = text_inside(all[i].key);
	exam_fix(exam, begin, end, (struct span){ "", 0 }, "%.*s is %s", (int)name.len,
		name.text, reason);
}

void contents_id(struct exam *exam)
{
	const struct span *value = object_get(&exam->object, "id");
	struct span id;
	if (!value) {
		exam_report(exam, "it has no id");
		return;
	}
	if (!exam_decode(exam, *value, &id)) {
		exam_report(exam, "its id is not a string");
		return;
	}
	size_t at = id.len > UID_LEN ? id.len - UID_LEN : 0;
	if (at < 3 || memcmp(id.text + at - 2, "--", 2) != 0 || !uid_is(id.text + at, UID_LEN))
		exam_report(exam, "its id is %.*s", (int)id.len, id.text);
}

void contents_type(struct exam *exam)
{
	if (!exam->object.type.len)
		exam_report(exam, "it has no type");
}

void contents_unknown_type(struct exam *exam)
{
	const struct span id = exam->object.id;
	if (id.len && !stix_supported(id.text, id.len))
		exam_report(exam, "%.*s", (int)exam->object.type.len, exam->object.type.text);
}

static struct span plain_type(struct span type)
{
	static const char *const prefixes[] = { "x-opencti-", "x-mitre-" };
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(prefixes[i]);
		if (text_begins(type, prefixes[i]))
			return (struct span){ type.text + n, type.len - n };
	}
	return type;
}

void contents_other_type(struct exam *exam)
{
	const struct object *object = &exam->object;
	const struct span id = object->id, type = object->type;
	if (!id.len || !type.len || id.len < UID_LEN + 3)
		return;
	struct span prefix = plain_type((struct span){ id.text, id.len - UID_LEN - 2 });
	struct span plain = plain_type(type);
	if (prefix.len != plain.len || memcmp(prefix.text, plain.text, plain.len) != 0)
		exam_report(exam, "its type is %.*s", (int)type.len, type.text);
}

/* ---- null, and what is no list ---- */

/* What the importer walks without looking. */
static bool is_walked(const struct exam *exam, struct span key)
{
	if (span_equals(key, "labels") || span_equals(key, "x_opencti_labels"))
		return true;
	if (span_equals(key, "external_references"))
		return (exam->family & FAMILY_RELATIONSHIP) ||
			exam->kind == KIND_ATTACK_PATTERN ||
			exam->kind == KIND_COURSE_OF_ACTION;
	return (exam->family & FAMILY_OBSERVABLE) &&
		(member_is_refs(key) || span_equals(key, "hashes"));
}

void contents_null(struct exam *exam)
{
	for (size_t i = 0; i < exam->object.count; i++)
		if (is_null(exam->object.all[i].value) &&
			is_walked(exam, exam->object.all[i].key))
			take_out(exam, i, "null");
}

void contents_null_ref(struct exam *exam)
{
	for (size_t i = 0; i < exam->object.count; i++)
		if (is_null(exam->object.all[i].value) &&
			member_is_ref(exam->object.all[i].key))
			take_out(exam, i, "null");
}

static bool is_list_of_strings(struct span value)
{
	struct span element;
	if (*value.text != '[')
		return false;
	for (const char *at = value.text + 1; span_member(&at, NULL, &element);)
		if (*element.text != '"')
			return false;
	return true;
}

void contents_refs(struct exam *exam)
{
	for (size_t i = 0; i < exam->object.count; i++) {
		const struct member *member = &exam->object.all[i];
		struct span name = text_inside(member->key);
		bool list = member_is_refs(member->key) || span_equals(member->key, "labels");
		if (is_null(member->value) || (!list && !member_is_ref(member->key)))
			continue;
		if (list ? !is_list_of_strings(member->value) : *member->value.text != '"')
			exam_report(exam,
				list ? "%.*s is not a list of strings" : "%.*s is not a string",
				(int)name.len, name.text);
	}
}

/* ---- what is embedded ---- */

/* Walks the entries of a list of objects; *at is NULL to begin with. */
static bool next_entry(
	const struct exam *exam, const char *name, const char **at, struct span *entry)
{
	struct span list;
	if (!*at) {
		if (!exam_list(exam, name, &list))
			return false;
		*at = list.text + 1;
	}
	while (span_member(at, NULL, entry))
		if (*entry->text == '{')
			return true;
	return false;
}

static bool has(struct span entry, const char *name)
{
	struct span value;
	return span_find(entry, name, &value) && !is_null(value) &&
		!(value.len == 2 && *value.text == '"');
}

void contents_entries(struct exam *exam)
{
	static const char *const names[] = { "external_references", "kill_chain_phases" };
	for (size_t i = 0; i < 2; i++) {
		const struct span *value = object_get(&exam->object, names[i]);
		struct span entry;
		if (!value || is_null(*value))
			continue;
		bool ok = *value->text == '[';
		for (const char *at = value->text + 1; ok && span_member(&at, NULL, &entry);)
			ok = *entry.text == '{';
		if (!ok)
			exam_report(exam, "%s is not a list of objects", names[i]);
	}
}

void contents_source_name(struct exam *exam)
{
	struct span entry;
	bool strict = (exam->family & FAMILY_RELATIONSHIP) ||
		exam->kind == KIND_ATTACK_PATTERN || exam->kind == KIND_COURSE_OF_ACTION;
	for (const char *at = NULL;
		strict && next_entry(exam, "external_references", &at, &entry);)
		if (!has(entry, "source_name") && !has(entry, "description"))
			exam_report(exam, "%.*s", (int)(entry.len < 80 ? entry.len : 80),
				entry.text);
}

void contents_phases(struct exam *exam)
{
	struct span entry;
	for (const char *at = NULL; next_entry(exam, "kill_chain_phases", &at, &entry);)
		if (!has(entry, "kill_chain_name") || !has(entry, "phase_name"))
			exam_report(exam, "%.*s", (int)(entry.len < 80 ? entry.len : 80),
				entry.text);
}

void contents_lost_reference(struct exam *exam)
{
	struct span entry;
	for (const char *at = NULL; next_entry(exam, "external_references", &at, &entry);)
		if (!has(entry, "source_name") ||
			(!has(entry, "url") && !has(entry, "external_id")))
			exam_report(exam, "%.*s", (int)(entry.len < 80 ? entry.len : 80),
				entry.text);
}

void contents_same_reference(struct exam *exam)
{
	struct ids urls = { 0 };
	struct span entry, url;
	for (const char *at = NULL; next_entry(exam, "external_references", &at, &entry);) {
		if (!span_find(entry, "url", &url) || *url.text != '"')
			continue;
		uint32_t known = urls.count, n = ids_add_string(&urls, url);
		if (n == IDS_NONE)
			fail_memory(exam->fail);
		else if (n < known)
			exam_report(exam, "%.*s", (int)url.len - 2, url.text + 1);
	}
	ids_release(&urls);
}

static bool is_base64(struct span data)
{
	size_t pads = 0;
	while (pads < 2 && data.len && data.text[data.len - 1] == '=') {
		data.len--;
		pads++;
	}
	for (size_t i = 0; i < data.len; i++) {
		char c = data.text[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    (c >= '0' && c <= '9') || c == '+' || c == '/'))
			return false;
	}
	return data.len && (data.len + pads) % 4 == 0;
}

void contents_files(struct exam *exam)
{
	struct span entry, name, data;
	for (const char *at = NULL; next_entry(exam, "x_opencti_files", &at, &entry);) {
		name = (struct span){ "", 0 };
		if (span_find(entry, "name", &name) && *name.text == '"')
			name = text_inside(name);
		if (!span_find(entry, "data", &data) || *data.text != '"' || data.len == 2)
			exam_report(exam, "%.*s has no data", (int)name.len, name.text);
		else if (!is_base64(text_inside(data)))
			exam_report(exam, "the data of %.*s is not plain base64", (int)name.len,
				name.text);
	}
}

/* ---- objects that are not data, or too much ---- */

static bool find_operation(const struct exam *exam, struct span *operation)
{
	const struct span *extensions = object_get(&exam->object, "extensions");
	if (object_text(&exam->object, "opencti_operation", operation))
		return true;
	if (!extensions ||
		!span_find(
			*extensions, STIX_OPENCTI_EXTENSION ".opencti_operation", operation) ||
		*operation->text != '"')
		return false;
	*operation = text_inside(*operation);
	return true;
}

/* pycti 7.260817, opencti_stix2.py, apply_opencti_operation */
static bool is_operation(struct span name)
{
	static const char *const names[] = { "delete", "delete_force", "revert_draft",
		"restore", "enroll_playbook", "merge", "patch", "pir_flag_element",
		"pir_unflag_element", "rule_apply", "rule_clear", "rules_rescan", "share",
		"unshare", "clear_access_restriction", "enrichment", "add_organizations",
		"remove_organizations", "add_groups", "remove_groups", "send_email" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_is(name, names[i]))
			return true;
	return false;
}

void contents_operation(struct exam *exam)
{
	struct span operation;
	if (find_operation(exam, &operation) && !is_operation(operation))
		exam_report(exam, "%.*s", (int)operation.len, operation.text);
}

void contents_command(struct exam *exam)
{
	struct span operation;
	if (find_operation(exam, &operation) && is_operation(operation))
		exam_report(exam, "%.*s", (int)operation.len, operation.text);
}

void contents_inferred(struct exam *exam)
{
	const struct span *extensions = object_get(&exam->object, "extensions");
	struct span value;
	if (extensions &&
		span_find(*extensions, STIX_OPENCTI_EXTENSION ".is_inferred", &value) &&
		*value.text == 't')
		exam_report(exam, "is_inferred is true");
}

void contents_old_objects(struct exam *exam)
{
	const struct span *objects = object_get(&exam->object, "objects");
	if (objects && *objects->text == '{')
		exam_report(exam, "it has objects of its own");
}

static size_t count(struct span list)
{
	struct span element;
	size_t n = 0;
	if (*list.text == '[')
		for (const char *at = list.text + 1; span_member(&at, NULL, &element);)
			n++;
	return n;
}

/* As the worker counts (exam_max_import_refs of pycti). */
void contents_many_refs(struct exam *exam)
{
	size_t n = 0;
	if (!exam->max_refs)
		return;
	for (size_t i = 0; i < exam->object.count; i++) {
		const struct member *member = &exam->object.all[i];
		if (member_is_refs(member->key) ||
			span_equals(member->key, "external_references") ||
			span_equals(member->key, "kill_chain_phases"))
			n += count(member->value);
		else
			n += member_is_ref(member->key);
	}
	if (n >= exam->max_refs)
		exam_report(exam, "it has %zu", n);
}
