#include "graph.h"

#include "array.h"
#include "print.h"
#include "stix.h"

#include <stdlib.h>
#include <string.h>

void graph_release(struct graph *graph)
{
	for (uint32_t i = 0; i < graph->copy_count; i++)
		free(graph->copies[i]);
	free(graph->copies);
	free(graph->targets);
	free(graph->objects);
	free(graph->fields);
	free(graph->left);
	free(graph->edits);
	free(graph->aliases);
	ids_release(&graph->ids);
	*graph = (struct graph){ 0 };
}

struct span graph_value(const struct graph_object *object, const struct graph_field *field)
{
	const char *at = span_space(span_space(span_skip(object->text + field->key)) + 1);
	return (struct span){ at, (size_t)(span_skip(at) - at) };
}

struct span graph_key(const struct graph_object *object, const struct graph_field *field)
{
	const char *at = object->text + field->key;
	return (struct span){ at, (size_t)(span_skip(at) - at) };
}

static inline bool ends_with(struct span key, const char *end)
{
	size_t n = strlen(end);
	return key.len >= n + 2 && !memcmp(key.text + key.len - 1 - n, end, n);
}

/* True for the keys that matter. The key has no escapes. */
static bool kind_of(struct span key, enum graph_kind *kind)
{
	if (ends_with(key, "_refs"))
		*kind = GRAPH_REFS;
	else if (ends_with(key, "_ref"))
		*kind = GRAPH_REF;
	else if (span_equals(key, "external_references"))
		*kind = GRAPH_EXTERNAL;
	else if (span_equals(key, "kill_chain_phases"))
		*kind = GRAPH_PHASES;
	else if (span_equals(key, "nb_deps"))
		*kind = GRAPH_NB_DEPS;
	else
		return false;
	return true;
}

/* The key as a string without escapes; those are written out in `plain`. */
static struct span plain_key(struct span key, struct buf *plain)
{
	buf_clear(plain);
	buf_char(plain, '"');
	span_decode(key, plain);
	buf_char(plain, '"');
	return (struct span){ buf_str(plain), plain->len };
}

bool graph_is_null(struct span value)
{
	return *value.text == 'n';
}

/* Whether pycti could walk this value as a list, and what is wrong when not. Python also walks
 * the characters of a string and the keys of an object: `odd` says so when there are any. */
static bool check_field(
	enum graph_kind kind, struct span key, struct span value, bool *odd, struct fail *fail)
{
	if (kind == GRAPH_NB_DEPS || kind == GRAPH_REF || graph_is_null(value))
		return true;
	bool list = *value.text == '[';
	bool walkable = list || *value.text == '{' || *value.text == '"';
	const char *inside = walkable ? span_space(value.text + 1) : value.text;
	bool empty = *value.text == '"' ? value.len == 2 : *inside == ']' || *inside == '}';
	if (!walkable || (kind != GRAPH_REFS && !list && !empty))
		return fail_set(fail, FAIL_NO, "%.*s is not a list", (int)key.len, key.text);
	*odd = *odd || (!list && !empty && kind == GRAPH_REFS);
	if (!list)
		return true;
	struct span element;
	char first = kind == GRAPH_REFS ? '"' : '{';
	for (const char *at = value.text + 1; span_member(&at, NULL, &element);)
		if (*element.text != first)
			return fail_set(fail, FAIL_NO, "%.*s holds what is %s: %.*s",
				(int)key.len, key.text,
				kind == GRAPH_REFS ? "no id" : "no object",
				(int)(element.len < 60 ? element.len : 60), element.text);
	return true;
}

static bool add_field(struct graph *graph, struct graph_object *object, struct span key,
	enum graph_kind kind, struct fail *fail)
{
	if (object->field_count == UINT16_MAX)
		return fail_set(fail, FAIL_NO, "it has more than %d references", UINT16_MAX);
	if (!ARRAY_RESERVE(graph, fields, (size_t)graph->field_count + 1, fail))
		return false;
	graph->fields[graph->field_count++] =
		(struct graph_field){ (uint32_t)(key.text - object->text), (unsigned)kind, 0 };
	object->field_count++;
	return true;
}

/* The number of an id in the index, which is made when it is new. */
static bool intern(struct graph *graph, struct span string, uint32_t *id, struct fail *fail)
{
	uint32_t known = graph->ids.count;
	*id = ids_add_string(&graph->ids, string);
	if (*id == IDS_NONE)
		return fail_memory(fail);
	if (*id < known)
		return true;
	if (!ARRAY_RESERVE(graph, targets, graph->ids.count, fail))
		return false;
	graph->targets[*id] = (struct graph_target){ .object = GRAPH_NONE, .done = GRAPH_NONE };
	return true;
}

/* The text of an object as Python sees it: keys that repeat merged, strings and objects that
 * stand where a list of ids belongs made lists of their characters and keys. */
static void rewrite(struct span text, struct buf *to)
{
	struct buf merged = { 0 }, plain = { 0 };
	print_merged(&merged, text);
	if (merged.state != BUF_OK) {
		to->state = merged.state;
		buf_release(&merged);
		return;
	}
	const char *at = merged.data + 1;
	struct span key, value;
	enum graph_kind kind;
	buf_char(to, '{');
	for (bool first = true; span_member(&at, &key, &value); first = false) {
		buf_text(to, first ? "" : ", ");
		print_value(to, key);
		buf_text(to, ": ");
		struct span name = span_is_raw(key) ? key : plain_key(key, &plain);
		bool odd = kind_of(name, &kind) && kind == GRAPH_REFS &&
			(*value.text == '{' ? value.len > 2
					    : *value.text == '"' && value.len > 2);
		if (!odd) {
			print_value(to, value);
			continue;
		}
		buf_char(to, '[');
		if (*value.text == '{') {
			struct span member, inner;
			const char *in = value.text + 1;
			for (bool head = true; span_member(&in, &member, &inner);
				head = false) {
				buf_text(to, head ? "" : ", ");
				print_value(to, member);
			}
		} else {
			struct buf letters = { 0 };
			span_decode(value, &letters);
			for (size_t i = 0, n; i < letters.len; i += n) {
				for (n = 1;
					((unsigned char)letters.data[i + n] & 0xc0) == 0x80;)
					n++;
				buf_text(to, i ? ", " : "");
				print_string(to, letters.data + i, n);
			}
			if (letters.state != BUF_OK)
				to->state = letters.state;
			buf_release(&letters);
		}
		buf_char(to, ']');
	}
	buf_char(to, '}');
	if (plain.state != BUF_OK)
		to->state = plain.state;
	buf_release(&merged);
	buf_release(&plain);
}

static bool take(struct graph *graph, struct scan *scan, bool rewritten, struct fail *fail);

static bool take_rewritten(struct graph *graph, struct span text, struct fail *fail)
{
	struct buf copy = { 0 };
	rewrite(text, &copy);
	size_t len = copy.len;
	if (!buf_ok(&copy, fail) ||
		!ARRAY_RESERVE(graph, copies, graph->copy_count + 1, fail)) {
		buf_release(&copy);
		return false;
	}
	char *owned = buf_take(&copy);
	graph->copies[graph->copy_count++] = owned;
	struct scan again;
	scan_init(&again, owned, len);
	bool ok = take(graph, &again, true, fail);
	if (again.error) /* it was checked before, so memory it is */
		fail_memory(fail);
	scan_release(&again);
	return ok;
}

/* What is read off an object's top level while its text is checked. */
struct head {
	struct span id, type, alias, extensions;
	bool odd;
	struct fail complaint; /* of a member, which another one of the same key may replace */
};

static bool read_member(struct graph *graph, struct graph_object *object, struct head *head,
	struct span key, struct span name, struct span value, struct fail *fail)
{
	enum graph_kind kind;
	if (span_equals(name, "id"))
		head->id = value;
	else if (span_equals(name, "type"))
		head->type = value;
	else if (span_equals(name, "x_opencti_id"))
		head->alias = value;
	else if (span_equals(name, "extensions"))
		head->extensions = value;
	else if (kind_of(name, &kind))
		return !check_field(kind, key, value, &head->odd, &head->complaint) ||
			add_field(graph, object, key, kind, fail);
	return true;
}

static bool read_head(struct graph *graph, struct scan *scan, bool rewritten,
	struct graph_object *object, struct head *head, struct fail *fail)
{
	struct scan_list list;
	struct span value;
	struct buf plain = { 0 };
	bool ok = true;
	for (scan_open(scan, &list); ok && scan_next(scan, &list);) {
		struct span key = list.key, name = list.escaped ? plain_key(key, &plain) : key;
		ok = scan_value(scan, &value);
		if (ok && (size_t)(scan->at - object->text) >= UINT32_MAX)
			ok = fail_set(fail, FAIL_NO, "it is larger than 4 GiB");
		ok = ok && read_member(graph, object, head, key, name, value, fail);
	}
	buf_release(&plain);
	ok = ok && !scan->error;
	scan->repeated = scan->repeated && !rewritten;
	if (ok && head->complaint.kind && !scan->repeated) {
		*fail = head->complaint;
		return false;
	}
	fail_clear(&head->complaint);
	return ok;
}

/* The id in OpenCTI's extension; empty when there is none. */
static struct span extension_id(struct span extensions)
{
	struct span key, value, id = { 0 };
	if (!extensions.len || *extensions.text != '{')
		return id;
	for (const char *at = extensions.text + 1; span_member(&at, &key, &value);)
		if (span_is(key, STIX_OPENCTI_EXTENSION) && !span_find(value, "id", &id))
			id = (struct span){ 0 };
	return id;
}

static bool add_alias(struct graph *graph, struct graph_object *object, uint32_t index,
	int which, struct span alias, struct fail *fail)
{
	uint32_t id;
	if (alias.len <= 2 || *alias.text != '"')
		return true;
	if (!intern(graph, alias, &id, fail))
		return false;
	graph->targets[id].object = index;
	if (object->alias == GRAPH_NONE) {
		if (!ARRAY_RESERVE(graph, aliases, (size_t)graph->alias_count + 1, fail))
			return false;
		object->alias = graph->alias_count++;
		graph->aliases[object->alias][0] = graph->aliases[object->alias][1] =
			GRAPH_NONE;
	}
	graph->aliases[object->alias][which] = id;
	return true;
}

/* rewritten: no key is in there twice, though two of them may look alike to the scanner. */
static bool take(struct graph *graph, struct scan *scan, bool rewritten, struct fail *fail)
{
	struct graph_object object = { .text = scan->at,
		.alias = GRAPH_NONE,
		.frame = GRAPH_NONE,
		.fields = graph->field_count };
	struct head head = { 0 };
	bool repeated = scan->repeated;
	scan->repeated = false;
	if (!read_head(graph, scan, rewritten, &object, &head, fail))
		return false;
	bool again = !rewritten && (scan->repeated || head.odd);
	scan->repeated = repeated;
	object.len = (uint32_t)(scan->at - object.text);
	if (again) {
		graph->field_count = object.fields;
		return take_rewritten(graph, (struct span){ object.text, object.len }, fail);
	}

	if (!head.id.len)
		return fail_set(fail, FAIL_NO, "it has no id");
	if (*head.id.text != '"')
		return fail_set(fail, FAIL_NO, "its id is not a string");
	if (!head.type.len)
		return fail_set(fail, FAIL_NO, "it has no type");
	object.type = span_is(head.type, "relationship") ? GRAPH_RELATIONSHIP
		: span_is(head.type, "sighting")         ? GRAPH_SIGHTING
							 : GRAPH_OTHER;
	uint32_t index = graph->object_count;
	if (!ARRAY_RESERVE(graph, objects, (size_t)index + 1, fail) ||
		!intern(graph, head.id, &object.id, fail))
		return false;
	struct graph_target *target = &graph->targets[object.id];
	if (target->object != GRAPH_NONE && graph->objects[target->object].id == object.id)
		graph->replaced++;
	target->object = index;
	if (!add_alias(graph, &object, index, 0, head.alias, fail) ||
		!add_alias(graph, &object, index, 1, extension_id(head.extensions), fail))
		return false;
	graph->objects[graph->object_count++] = object;
	return true;
}

bool graph_add(struct graph *graph, struct scan *scan, struct fail *fail)
{
	return take(graph, scan, false, fail);
}

struct span graph_at(const struct graph_object *object, uint32_t at)
{
	const char *text = object->text + at;
	return (struct span){ text, (size_t)(span_skip(text) - text) };
}

struct graph_field *graph_field(
	const struct graph *graph, const struct graph_object *object, const char *name)
{
	for (uint32_t i = 0; i < object->field_count; i++) {
		struct graph_field *field = &graph->fields[object->fields + i];
		if (span_is(graph_key(object, field), name))
			return field;
	}
	return NULL;
}
