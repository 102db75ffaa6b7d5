#include "links.h"

#include "marking.h"
#include "matrix.h"
#include "stix.h"

/* ---- the ends of relationships and sightings ---- */

/* The first of the properties that is a string, without quotes; false when none is. */
static bool end_of(
	const struct exam *exam, const char *name, const char *other, struct span *id)
{
	return object_text(&exam->object, name, id) ||
		(other && object_text(&exam->object, other, id));
}

static bool has_places(const struct exam *exam, const char *name)
{
	struct span list;
	return exam_list(exam, name, &list) && *span_space(list.text + 1) != ']';
}

void links_ends(struct exam *exam)
{
	struct span id;
	if (exam->family & FAMILY_SIGHTING) {
		if (!end_of(exam, "sighting_of_ref", "x_opencti_sighting_of_ref", &id))
			exam_report(exam, "it has no sighting_of_ref");
		if (!has_places(exam, "where_sighted_refs") &&
			!has_places(exam, "x_opencti_where_sighted_refs"))
			exam_report(exam, "it has no where_sighted_refs");
		return;
	}
	if (!end_of(exam, "source_ref", NULL, &id))
		exam_report(exam, "it has no source_ref");
	if (!end_of(exam, "target_ref", NULL, &id))
		exam_report(exam, "it has no target_ref");
}

static bool ends(const struct exam *exam, struct span *from, struct span *to)
{
	return end_of(exam, "source_ref", NULL, from) && end_of(exam, "target_ref", NULL, to);
}

void links_same_ends(struct exam *exam)
{
	struct span from, to;
	if (ends(exam, &from, &to) && from.len == to.len &&
		!memcmp(from.text, to.text, from.len))
		exam_report(exam, "both are %.*s", (int)from.len, from.text);
}

void links_unknown(struct exam *exam)
{
	struct span name;
	if (exam_text(exam, "relationship_type", &name) && !matrix_name(name))
		exam_report(exam, "%.*s", (int)name.len, name.text);
}

void links_say(enum kind from, const char *relationship, enum kind to, struct buf *reason)
{
	buf_format(
		reason, "%s %s %s; there is: ", kind_name(from), relationship, kind_name(to));
	matrix_print(from, to, reason);
}

void links_matrix(struct exam *exam)
{
	struct span from, to, text;
	bool from_met, to_met;
	const char *name;
	if (!ends(exam, &from, &to) || !exam_text(exam, "relationship_type", &text) ||
		!(name = matrix_name(text)))
		return;
	enum kind from_kind = ties_kind(&exam->ties, from, &from_met);
	enum kind to_kind = ties_kind(&exam->ties, to, &to_met);
	if (!matrix_allows(from_kind, text, to_kind)) {
		struct buf reason = { 0 };
		links_say(from_kind, name, to_kind, &reason);
		exam_report(exam, "%s", buf_str(&reason));
		buf_release(&reason);
		return;
	}
	/* When only what the ids tell is allowed, what they turn out to be may not be. */
	struct place place =
		ties_place(&exam->ties, exam->input, exam->line, exam->number, exam->object.id);
	bool open = (!from_met && kind_has_parts(from_kind)) ||
		(!to_met && kind_has_parts(to_kind));
	if (open && !ties_postpone(&exam->ties, from, name, to, &place))
		fail_memory(exam->fail);
}

/* ---- references ---- */

static bool is_needed(const struct exam *exam, struct span key)
{
	if (exam->family & FAMILY_SIGHTING)
		return span_equals(key, "sighting_of_ref") ||
			span_equals(key, "where_sighted_refs");
	return (exam->family & FAMILY_RELATIONSHIP) &&
		(span_equals(key, "source_ref") || span_equals(key, "target_ref"));
}

static bool is_everywhere(struct span id)
{
	static const struct markings none;
	struct marking marking;
	return text_begins(id, "marking-definition--") && markings_find(&none, id, &marking);
}

/* Calls each with every reference of the object that is a string without escapes. */
static void each_reference(
	struct exam *exam, void (*each)(struct exam *exam, struct span key, struct span id))
{
	for (size_t i = 0; i < exam->object.count; i++) {
		const struct member *member = &exam->object.all[i];
		struct span value = member->value, element;
		if (member_is_ref(member->key) && *value.text == '"') {
			each(exam, member->key, text_inside(value));
		} else if (member_is_refs(member->key) && *value.text == '[') {
			for (const char *at = value.text + 1; span_member(&at, NULL, &element);)
				if (*element.text == '"')
					each(exam, member->key, text_inside(element));
		}
	}
}

static bool has_dashes(struct span id)
{
	for (size_t i = 0; i + 1 < id.len; i++)
		if (id.text[i] == '-' && id.text[i + 1] == '-')
			return true;
	return false;
}

static void note(struct exam *exam, struct span key, struct span id)
{
	/* An id of the platform itself tells nothing, and it is no use to wait for itself. */
	if (!has_dashes(id) || !stix_supported(id.text, id.len) || is_everywhere(id))
		return;
	if (id.len == exam->object.id.len && !memcmp(id.text, exam->object.id.text, id.len))
		return;
	unsigned char kind;
	if (roll_find(&exam->ties.met, scan_hash(id.text, id.len), &kind))
		return;
	struct place place =
		ties_place(&exam->ties, exam->input, exam->line, exam->number, exam->object.id);
	if (!ties_refer(&exam->ties, id, is_needed(exam, key), &place))
		fail_memory(exam->fail);
}

void links_absent(struct exam *exam)
{
	each_reference(exam, note);
}

static void find_unknown_type(struct exam *exam, struct span key, struct span id)
{
	if (!stix_supported(id.text, id.len))
		exam_report(exam, "%.*s is %.*s", (int)key.len - 2, key.text + 1, (int)id.len,
			id.text);
}

void links_unknown_type(struct exam *exam)
{
	each_reference(exam, find_unknown_type);
}

void links_author(struct exam *exam)
{
	static const char *const names[] = { "created_by_ref", "x_opencti_created_by_ref" };
	for (size_t i = 0; i < 2; i++) {
		struct span id;
		if (!object_text(&exam->object, names[i], &id) || !has_dashes(id))
			continue;
		if (kind_of_id(id) != KIND_IDENTITY)
			exam_report(exam, "%s is %.*s", names[i], (int)id.len, id.text);
	}
}

void links_no_times(struct exam *exam)
{
	struct span list, entry, text;
	if (object_get(&exam->object, "start_time") && object_get(&exam->object, "stop_time"))
		return;
	if (!exam_list(exam, "external_references", &list))
		return;
	for (const char *at = list.text + 1; span_member(&at, NULL, &entry);) {
		if (*entry.text != '{' || !span_find(entry, "description", &text))
			continue;
		for (size_t i = 1; i + 10 < text.len; i++) {
			const char *c = text.text + i;
			bool date = c[4] == '-' && c[7] == '-';
			for (size_t d = 0; date && d < 10; d++)
				date = d == 4 || d == 7 || (c[d] >= '0' && c[d] <= '9');
			if (!date)
				continue;
			exam_report(exam, "a reference's description has %.10s", c);
			return;
		}
	}
}

/* ---- containers and their own relationships ---- */

static uint64_t pair(struct span container, struct span relationship)
{
	return scan_hash(container.text, container.len) * 0x9e3779b97f4a7c15u ^
		scan_hash(relationship.text, relationship.len);
}

static void add_pair(struct exam *exam, struct span container, struct span relationship)
{
	if (!set_add(&exam->inside, pair(container, relationship), NULL))
		fail_memory(exam->fail);
}

static bool is_container(struct span id)
{
	return kind_family(kind_of_id(id)) & FAMILY_CONTAINER;
}

/* Of a container that comes first its relationships are noted; one that comes later tells. */
void links_container_first(struct exam *exam)
{
	struct span list, ref, end;
	static const char *const names[] = { "source_ref", "target_ref" };
	if ((exam->family & FAMILY_CONTAINER) && exam_list(exam, "object_refs", &list)) {
		for (const char *at = list.text + 1; span_member(&at, NULL, &ref);)
			if (ref.len > 16 && text_begins(ref, "\"relationship--"))
				add_pair(exam, exam->object.id, text_inside(ref));
		return;
	}
	for (size_t i = 0; (exam->family & FAMILY_RELATIONSHIP) && i < 2; i++)
		if (object_text(&exam->object, names[i], &end) && is_container(end) &&
			set_has(&exam->inside, pair(end, exam->object.id)))
			exam_report(exam, "it is in %.*s, which came before it and is its %s",
				(int)end.len, end.text, names[i]);
}

/* And the other way round. */
void links_relationship_first(struct exam *exam)
{
	struct span list, ref, end;
	static const char *const names[] = { "source_ref", "target_ref" };
	for (size_t i = 0; (exam->family & FAMILY_RELATIONSHIP) && i < 2; i++)
		if (object_text(&exam->object, names[i], &end) && is_container(end))
			add_pair(exam, exam->object.id, end);
	if (!(exam->family & FAMILY_CONTAINER) || !exam_list(exam, "object_refs", &list))
		return;
	for (const char *at = list.text + 1; span_member(&at, NULL, &ref);)
		if (*ref.text == '"' &&
			set_has(&exam->inside, pair(text_inside(ref), exam->object.id)))
			exam_report(exam, "%.*s", (int)ref.len - 2, ref.text + 1);
}

/* ---- markings ---- */

void links_markings(struct exam *exam)
{
	static const struct markings none;
	struct span list, ref, first = { 0 };
	if (!exam_list(exam, "object_marking_refs", &list))
		return;
	for (const char *at = list.text + 1; span_member(&at, NULL, &ref);) {
		struct marking marking;
		if (*ref.text != '"' || !markings_find(&none, text_inside(ref), &marking) ||
			marking.scale != MARKING_TLP)
			continue;
		if (first.len &&
			(first.len != ref.len || memcmp(first.text, ref.text, ref.len) != 0)) {
			exam_report(exam, "%.*s and %.*s", (int)first.len - 2, first.text + 1,
				(int)ref.len - 2, ref.text + 1);
			return;
		}
		first = ref;
	}
}

static void find_tlp2(struct exam *exam, struct span key, struct span id)
{
	enum tlp level = tlp_of_id(id.text, id.len);
	(void)key;
	if (level == TLP_NONE)
		return;
	const char *ours = marking_id((struct marking){ MARKING_TLP, level });
	if (!text_is(id, ours))
		exam_fix(exam, id.text, id.text + id.len, (struct span){ ours, strlen(ours) },
			"%.*s is %s", (int)id.len, id.text, tlp_name(level));
}

void links_tlp2(struct exam *exam)
{
	each_reference(exam, find_tlp2);
}

void links_definition(struct exam *exam)
{
	struct span type;
	enum tlp level = tlp_of_id(exam->object.id.text, exam->object.id.len);
	if (level == TLP_NONE || object_get(&exam->object, "x_opencti_definition") ||
		!object_text(&exam->object, "definition_type", &type) || text_is(type, "tlp") ||
		text_is(type, "TLP"))
		return;
	struct buf text = { 0 };
	const char *at = exam->object.text.text + exam->object.text.len - 1;
	buf_format(&text,
		", \"x_opencti_definition_type\": \"TLP\", \"x_opencti_definition\": \"%s\"",
		tlp_name(level));
	if (buf_ok(&text, exam->fail))
		exam_fix(exam, at, at, (struct span){ text.data, text.len },
			"it has the id of %s and definition_type %.*s", tlp_name(level),
			(int)type.len, type.text);
	buf_release(&text);
}
