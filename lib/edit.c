#include "edit.h"

#include "array.h"
#include "print.h"
#include "set.h"

#include <stdlib.h>
#include <string.h>

bool edit_list(struct graph *graph, struct graph_field *field,
	const struct graph_element *elements, uint32_t count, struct fail *fail)
{
	if (!ARRAY_RESERVE(graph, left, (size_t)graph->left_count + count, fail) ||
		!ARRAY_RESERVE(graph, edits, (size_t)graph->edit_count + 1, fail))
		return false;
	if (graph->edit_count > EDIT_MAX - EDIT_FIRST)
		return fail_set(fail, FAIL_NO, "too many references to drop");
	if (count)
		memcpy(graph->left + graph->left_count, elements, count * sizeof *elements);
	graph->edits[graph->edit_count] = (struct graph_edit){ graph->left_count, count };
	graph->left_count += count;
	field->edit = (graph->edit_count++ + EDIT_FIRST) & EDIT_MAX;
	return true;
}

/* A number for a value that is compared; strings and other values never have the same. */
static bool number_of(struct ids *ids, struct span value, uint64_t *number)
{
	uint32_t n = *value.text == '"' ? ids_add_string(ids, value)
					: ids_add(ids, value.text, value.len);
	*number = (uint64_t)n << 1 | (*value.text == '"');
	return n != IDS_NONE;
}

/* What identifies an external reference or a kill chain phase to the platform, as a number.
 * *has is false for a reference that nothing identifies. */
static bool identify(
	enum graph_kind kind, struct span entry, struct ids *ids, uint64_t *number, bool *has)
{
	static const struct span null = { "null", 4 };
	struct span one, two;
	uint64_t a, b = 0;
	*has = true;
	if (kind == GRAPH_PHASES) {
		one = span_find(entry, "phase_name", &one) ? one : null;
		two = span_find(entry, "kill_chain_name", &two) ? two : null;
	} else if (span_find(entry, "url", &one) && !graph_is_null(one)) {
		two = (struct span){ "url", 3 }; /* no JSON value is written so */
	} else if (!span_find(entry, "source_name", &one) || graph_is_null(one) ||
		!span_find(entry, "external_id", &two) || graph_is_null(two)) {
		*has = false;
		return true;
	}
	if (!number_of(ids, one, &a) || !number_of(ids, two, &b))
		return false;
	*number = a << 32 | b;
	return true;
}

/* The entries of the list that are kept, in an array that the caller frees. */
static struct graph_element *first_of_each(const struct graph_object *object,
	enum graph_kind kind, struct span list, uint32_t *count, uint32_t *seen,
	struct fail *fail)
{
	struct ids ids = { 0 };
	struct set known = { 0 };
	struct {
		struct graph_element *kept;
		size_t kept_cap;
	} array = { 0 };
	struct span entry;
	bool ok = true;
	*count = *seen = 0;
	for (const char *at = list.text + 1; ok && span_member(&at, NULL, &entry); ++*seen) {
		uint64_t number = 0;
		bool has, added = false;
		ok = (identify(kind, entry, &ids, &number, &has) &&
			     (!has || set_add(&known, number, &added))) ||
			fail_memory(fail);
		if (!ok || !added)
			continue;
		ok = ARRAY_RESERVE(&array, kept, (size_t)*count + 1, fail);
		if (ok)
			array.kept[(*count)++] =
				(struct graph_element){ (uint32_t)(entry.text - object->text),
					GRAPH_NONE };
	}
	set_release(&known);
	ids_release(&ids);
	if (ok)
		return array.kept;
	free(array.kept);
	return NULL;
}

bool edit_entries(struct graph *graph, const struct graph_object *object,
	struct graph_field *field, struct fail *fail)
{
	struct span value = graph_value(object, field);
	uint32_t count, seen;
	if (field->edit != EDIT_NONE || graph_is_null(value))
		return true;
	if (*value.text != '[') /* "" or {}, which Python walks as nothing */
		return edit_list(graph, field, NULL, 0, fail);
	struct graph_element *kept =
		first_of_each(object, (enum graph_kind)field->kind, value, &count, &seen, fail);
	bool ok = !fail->kind && (count == seen || edit_list(graph, field, kept, count, fail));
	free(kept);
	return ok;
}

bool edit_has_ref(
	const struct graph *graph, const struct graph_object *object, const char *name)
{
	const struct graph_field *field = graph_field(graph, object, name);
	return field && field->edit != EDIT_NULL && !graph_is_null(graph_value(object, field));
}

bool edit_has_refs(
	const struct graph *graph, const struct graph_object *object, const char *name)
{
	const struct graph_field *field = graph_field(graph, object, name);
	if (!field)
		return false;
	if (field->edit >= EDIT_FIRST)
		return graph->edits[field->edit - EDIT_FIRST].count;
	struct span value = graph_value(object, field);
	return *value.text == '[' && *span_space(value.text + 1) != ']';
}

static void print_edit(const struct graph *graph, const struct graph_object *object,
	const struct graph_field *field, struct buf *to)
{
	if (field->kind == GRAPH_NB_DEPS) {
		count_print(object->deps, to);
		return;
	}
	if (field->edit == EDIT_NULL) {
		buf_text(to, "null");
		return;
	}
	const struct graph_edit *edit = &graph->edits[field->edit - EDIT_FIRST];
	buf_char(to, '[');
	for (uint32_t i = 0; i < edit->count; i++) {
		buf_text(to, i ? ", " : "");
		print_value(to, graph_at(object, graph->left[edit->start + i].at));
	}
	buf_char(to, ']');
}

void edit_print(const struct graph *graph, const struct graph_object *object, struct buf *to)
{
	const char *at = object->text;
	bool counted = false;
	for (uint32_t i = 0; i < object->field_count; i++) {
		const struct graph_field *field = &graph->fields[object->fields + i];
		bool is_count = field->kind == GRAPH_NB_DEPS;
		if (field->edit == EDIT_NONE && !is_count)
			continue;
		struct span value = graph_value(object, field);
		print_range(to, at, value.text);
		print_edit(graph, object, field, to);
		at = value.text + value.len;
		counted = counted || is_count;
	}
	print_range(to, at, object->text + object->len - 1);
	if (!counted) {
		buf_text(to, ", \"nb_deps\": ");
		count_print(object->deps, to);
	}
	buf_char(to, '}');
}

typedef void edit_dropped_fn(void *ctx, struct span id, struct span key, struct span dropped);

/* The elements of a list that are not left in it. A reference that is left once is not dropped
 * when it was there more often. */
static size_t dropped_elements(const struct graph *graph, const struct graph_object *object,
	const struct graph_field *field, edit_dropped_fn *each, void *ctx, struct span id)
{
	const struct graph_edit *edit = &graph->edits[field->edit - EDIT_FIRST];
	struct span value = graph_value(object, field), element;
	struct ids left = { 0 };
	size_t count = 0;
	if (*value.text != '[')
		return 0;
	for (uint32_t i = 0; field->kind == GRAPH_REFS && i < edit->count; i++)
		ids_add_string(&left, graph_at(object, graph->left[edit->start + i].at));
	uint32_t next = 0;
	for (const char *at = value.text + 1; span_member(&at, NULL, &element);) {
		if (next < edit->count &&
			object->text + graph->left[edit->start + next].at == element.text) {
			next++;
			continue;
		}
		uint32_t known = IDS_NONE;
		if (field->kind == GRAPH_REFS && ids_find_string(&left, element, &known) &&
			known != IDS_NONE)
			continue;
		count++;
		if (each)
			each(ctx, id, graph_key(object, field), element);
	}
	ids_release(&left);
	return count;
}

size_t edit_dropped(const struct graph *graph, const struct graph_object *object,
	edit_dropped_fn *each, void *ctx)
{
	const struct id *name = &graph->ids.all[object->id];
	struct span id = { name->text, name->len };
	size_t count = 0;
	for (uint32_t i = 0; i < object->field_count; i++) {
		const struct graph_field *field = &graph->fields[object->fields + i];
		if (field->edit == EDIT_NULL) {
			count++;
			if (each)
				each(ctx, id, graph_key(object, field),
					graph_value(object, field));
		} else if (field->edit >= EDIT_FIRST) {
			count += dropped_elements(graph, object, field, each, ctx, id);
		}
	}
	return count;
}
