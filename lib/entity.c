#include "entity.h"

#include "ids.h"
#include "print.h"
#include "reference.h"

#include <string.h>

bool entity_text(struct span value, struct buf *to, struct fail *fail)
{
	struct buf text = { 0 };
	struct scan scan;
	struct span object;
	if (*value.text != '"' || value.len == 2)
		return true;
	span_decode(value, &text);
	if (!buf_ok(&text, fail)) {
		buf_release(&text);
		return false;
	}
	scan_init(&scan, buf_str(&text), text.len);
	bool ok = scan_value(&scan, &object);
	if (ok && scan_peek(&scan) != -1)
		scan.error = "text after the object";
	if (scan.error)
		ok = scan_fail(&scan, "the platform's STIX", fail);
	else if (*object.text != '{')
		ok = fail_set(fail, FAIL_NO, "the platform's STIX is no object");
	else
		print_line(to, object);
	scan_release(&scan);
	buf_release(&text);
	return ok && buf_ok(to, fail);
}

bool entity_find(struct platform *platform, const char *id, struct buf *to, struct fail *fail)
{
	static const char document[] = "query stix($id: String!) { stix(id: $id) }";
	struct span data, value;
	bool ok = graphql_fetch_with(platform->graphql, document, "id", id, &data, fail);
	if (ok && span_find(data, "stix", &value))
		ok = entity_text(value, to, fail) || fail_at(fail, "%s", id);
	return ok;
}

/* Asks with a selection on what the object may be. */
static bool read_one(struct platform *platform, const char *id, const char *selection,
	struct span *value, struct fail *fail)
{
	struct buf text = { 0 };
	struct span data;
	buf_text(&text, "query get($id: String!) { stixObjectOrStixRelationship(id: $id) { ");
	buf_text(&text, selection);
	buf_text(&text, " } }");
	bool ok = buf_ok(&text, fail) &&
		graphql_fetch_with(platform->graphql, text.data, "id", id, &data, fail);
	if (ok &&
		(!span_find(data, "stixObjectOrStixRelationship", value) ||
			*value->text != '{'))
		ok = fail_set(fail, FAIL_NO, "%s: not found", id);
	buf_release(&text);
	return ok;
}

bool entity_fields(struct platform *platform, const char *id, const char *fields,
	struct span *value, struct fail *fail)
{
	struct buf selection = { 0 };
	struct span type;
	bool ok = true;
	if (!fields) {
		buf_text(&selection,
			"... on BasicObject { id standard_id entity_type }"
			" ... on BasicRelationship { id standard_id entity_type }");
	} else if ((ok = read_one(platform, id, "__typename", value, fail))) {
		buf_text(&selection, "... on ");
		if (span_find(*value, "__typename", &type))
			span_decode(type, &selection);
		buf_text(&selection, " { ");
		buf_text(&selection, fields);
		buf_text(&selection, " }");
	}
	ok = ok && buf_ok(&selection, fail) &&
		read_one(platform, id, selection.data, value, fail);
	buf_release(&selection);
	return ok;
}

/* Notes what the object refers to. */
static bool note_references(struct ids *ids, struct span object, struct fail *fail)
{
	struct references references;
	for (references_open(&references, object); references_next(&references);)
		if (!reference_is_content(references.key) &&
			ids_keep(ids, references.id.text, references.id.len) == IDS_NONE)
			return fail_memory(fail);
	return true;
}

bool entity_read(struct platform *platform, const char *id, struct buf *entity,
	struct buf *objects, struct fail *fail)
{
	struct ids ids = { 0 }; /* also the queue of those to read */
	struct span object, own;
	size_t begin = entity->len;
	if (!entity_find(platform, id, entity, fail))
		return false;
	if (entity->len == begin)
		return fail_set(fail, FAIL_NO, "%s: not found", id);
	object = (struct span){ entity->data + begin, entity->len - begin };
	buf_char(objects, '[');
	buf_add(objects, object.text, object.len);
	bool ok = !span_find(object, "id", &own) || *own.text != '"' ||
		ids_add_string(&ids, own) != IDS_NONE || fail_memory(fail);
	uint32_t known = ids.count;
	ok = ok && note_references(&ids, object, fail);
	for (uint32_t i = known; ok && i < ids.count; i++) {
		struct buf text = { 0 };
		buf_add(&text, ids.all[i].text, ids.all[i].len);
		size_t comma = objects->len;
		buf_text(objects, ", ");
		ok = buf_ok(&text, fail) && buf_ok(objects, fail) &&
			entity_find(platform, text.data, objects, fail);
		buf_release(&text);
		if (ok && objects->len == comma + 2) {
			objects->len = comma;
			objects->data[comma] = '\0';
		} else if (ok) {
			object = (struct span){ objects->data + comma + 2,
				objects->len - comma - 2 };
			ok = note_references(&ids, object, fail);
		}
	}
	buf_char(objects, ']');
	ids_release(&ids);
	return ok && buf_ok(objects, fail);
}
