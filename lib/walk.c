#include "walk.h"

#include "array.h"
#include "edit.h"
#include "stix.h"

#include <stdlib.h>
#include <string.h>

/* A visit that goes on. Its list of references, while it has one, lies on walk->lists: first the
 * elements, when they come from an edited list and not from the text, then those kept so far. */
struct walk_frame {
	struct count deps;
	uint32_t id, object;
	uint32_t below; /* an earlier visit to the same object that goes on, GRAPH_NONE */
	uint32_t field;
	uint32_t source, source_count; /* on walk->lists */
	uint32_t cursor; /* the next element: in the source or in the text; 0: no list */
	uint32_t seen;   /* elements taken */
	uint32_t kept, kept_count; /* on walk->lists */
};

static void add(struct walk *walk, struct walk_frame *f, struct count n)
{
	if (!count_add(&f->deps, n))
		walk->saturated = true;
}

static bool fail_in(const struct walk *walk, uint32_t object, struct fail *fail)
{
	const struct id *id = &walk->graph->ids.all[walk->graph->objects[object].id];
	return fail_at(fail, "object %u (%.*s)", object + 1,
		(int)(id->len < 200 ? id->len : 200), id->text);
}

static bool is_supported(struct span ref, bool *known)
{
	if (span_is_raw(ref)) {
		*known = stix_supported(ref.text + 1, ref.len - 2);
		return true;
	}
	struct buf text = { 0 };
	span_decode(ref, &text);
	bool ok = text.state == BUF_OK;
	*known = ok && stix_supported(buf_str(&text), text.len);
	buf_release(&text);
	return ok;
}

/* Whether the visit keeps the reference, which is `id` in the index (GRAPH_NONE: not in the
 * bundle). False when memory runs out. */
static bool keeps(const struct walk *walk, const struct walk_frame *f, struct span ref,
	uint32_t id, bool *kept, struct fail *fail)
{
	if (!is_supported(ref, kept))
		return fail_memory(fail);
	if (*kept && id == GRAPH_NONE)
		*kept = !walk->cleanup;
	else if (*kept)
		*kept = !walk->graph->targets[id].on_path && id != f->id &&
			!set_has(&walk->pairs, (uint64_t)id << 32 | f->id);
	return true;
}

/*
 * Counts a reference that is kept: at once when the target was visited, is missing, or else
 * *child tells which visit comes first. The pair is asked for by visits under the id `id` only, so
 * it is noted only when there are such, now or later.
 */
static bool follow(struct walk *walk, struct walk_frame *f, uint32_t id, uint32_t *child,
	struct fail *fail)
{
	if (id == GRAPH_NONE)
		return true;
	const struct graph_target *target = &walk->graph->targets[id];
	if ((target->done == GRAPH_NONE || target->entered) &&
		!set_add(&walk->pairs, (uint64_t)f->id << 32 | id, NULL))
		return fail_memory(fail);
	if (target->done != GRAPH_NONE)
		add(walk, f, walk->graph->objects[target->done].deps);
	else
		*child = id;
	return true;
}

static bool visit_ref(struct walk *walk, struct walk_frame *f, struct graph_field *field,
	uint32_t *child, struct fail *fail)
{
	const struct graph_object *object = &walk->graph->objects[f->object];
	struct span value = graph_value(object, field);
	if (field->edit == EDIT_NULL || graph_is_null(value))
		return true;
	if (*value.text != '"') {
		if (walk->cleanup && *value.text != '{' && *value.text != '[') {
			field->edit = EDIT_NULL;
			return true;
		}
		struct span key = graph_key(object, field);
		return fail_set(fail, FAIL_NO, "%.*s is no id: %.*s", (int)key.len, key.text,
			(int)(value.len < 60 ? value.len : 60), value.text);
	}
	uint32_t id;
	bool kept;
	if (!ids_find_string(&walk->graph->ids, value, &id))
		return fail_memory(fail);
	if (!keeps(walk, f, value, id, &kept, fail))
		return false;
	if (kept)
		return follow(walk, f, id, child, fail);
	field->edit = EDIT_NULL;
	return true;
}

/* Takes repeats out of a list on walk->lists, keeping the first of each. */
static bool dedupe(struct walk *walk, const struct graph_object *object, uint32_t start,
	uint32_t *count, struct fail *fail)
{
	if (*count < 2)
		return true;
	struct graph_element *list = walk->lists + start;
	uint32_t left = 0, mark = ++walk->mark;
	struct ids missing = { 0 };
	for (uint32_t i = 0; i < *count; i++) {
		uint32_t id = list[i].id;
		if (id != GRAPH_NONE) {
			if (walk->graph->targets[id].mark == mark)
				continue;
			walk->graph->targets[id].mark = mark;
		} else {
			uint32_t known = missing.count;
			uint32_t n = ids_add_string(&missing, graph_at(object, list[i].at));
			if (n == IDS_NONE) {
				ids_release(&missing);
				return fail_memory(fail);
			}
			if (n < known)
				continue;
		}
		list[left++] = list[i];
	}
	ids_release(&missing);
	*count = left;
	return true;
}

/* The list that an earlier visit to the same object, which is still at this field, has put in
 * the field's place: what it kept before the reference that led here. */
static const struct walk_frame *live_list(const struct walk *walk, const struct walk_frame *f)
{
	for (uint32_t i = f->below; i != GRAPH_NONE; i = walk->frames[i].below) {
		const struct walk_frame *g = &walk->frames[i];
		if (g->field > f->field)
			return NULL;
		if (g->field == f->field && g->cursor && g->seen > 1)
			return g;
	}
	return NULL;
}

/* Copies elements onto walk->lists. */
static bool push_list(struct walk *walk, const struct graph_element *from, bool on_lists,
	uint32_t start, uint32_t count, struct fail *fail)
{
	if (!ARRAY_RESERVE(walk, lists, (size_t)walk->list_count + count, fail))
		return false;
	if (count)
		memmove(walk->lists + walk->list_count, (on_lists ? walk->lists : from) + start,
			count * sizeof *from);
	walk->list_count += count;
	return true;
}

/* Begins the list of a field. Without any elements, cursor stays 0. */
static bool begin_list(
	struct walk *walk, struct walk_frame *f, struct graph_field *field, struct fail *fail)
{
	const struct graph_object *object = &walk->graph->objects[f->object];
	const struct walk_frame *live = live_list(walk, f);
	f->source = walk->list_count;
	f->source_count = f->seen = f->kept_count = 0;
	if (live || field->edit >= EDIT_FIRST) {
		uint32_t start, count;
		if (live) {
			start = live->kept;
			count = live->kept_count - 1;
			if (!push_list(walk, walk->lists, true, start, count, fail))
				return false;
		} else {
			start = walk->graph->edits[field->edit - EDIT_FIRST].start;
			count = walk->graph->edits[field->edit - EDIT_FIRST].count;
			if (!push_list(walk, walk->graph->left, false, start, count, fail))
				return false;
		}
		if (!dedupe(walk, object, f->source, &count, fail))
			return false;
		walk->list_count = f->source + count;
		if (!count)
			return edit_list(walk->graph, field, NULL, 0, fail);
		f->source_count = count;
		f->cursor = 1;
	} else {
		struct span value = graph_value(object, field);
		const char *first = *value.text == '[' ? span_space(value.text + 1) : "]";
		f->cursor = *first == ']' ? 0 : (uint32_t)(first - object->text);
	}
	f->kept = walk->list_count;
	return true;
}

/* The next element of the list. False at its end, and with fail when memory runs out. */
static bool next_element(const struct walk *walk, struct walk_frame *f,
	struct graph_element *element, struct span *ref, struct fail *fail)
{
	const struct graph_object *object = &walk->graph->objects[f->object];
	if (f->source_count) {
		if (f->cursor > f->source_count)
			return false;
		*element = walk->lists[f->source + f->cursor++ - 1];
		*ref = graph_at(object, element->at);
		return true;
	}
	const char *at = object->text + f->cursor;
	if (!span_member(&at, NULL, ref))
		return false;
	f->cursor = (uint32_t)(at - object->text);
	element->at = (uint32_t)(ref->text - object->text);
	return ids_find_string(&walk->graph->ids, *ref, &element->id) || fail_memory(fail);
}

static bool end_list(
	struct walk *walk, struct walk_frame *f, struct graph_field *field, struct fail *fail)
{
	uint32_t count = f->kept_count;
	if (!dedupe(walk, &walk->graph->objects[f->object], f->kept, &count, fail))
		return false;
	if (!f->source_count && count == f->seen)
		field->edit = EDIT_NONE;
	else if (!edit_list(
			 walk->graph, field, count ? walk->lists + f->kept : NULL, count, fail))
		return false;
	walk->list_count = f->source;
	f->cursor = 0;
	return true;
}

/* Goes on with a list until a visit has to come first (*child) or it ends (*ended). */
static bool visit_refs(struct walk *walk, struct walk_frame *f, struct graph_field *field,
	uint32_t *child, bool *ended, struct fail *fail)
{
	struct graph_element element;
	struct span ref;
	*ended = false;
	if (!f->cursor && !begin_list(walk, f, field, fail))
		return false;
	if (!f->cursor) {
		*ended = true;
		return true;
	}
	while (next_element(walk, f, &element, &ref, fail)) {
		bool kept;
		f->seen++;
		if (!keeps(walk, f, ref, element.id, &kept, fail))
			return false;
		if (!kept)
			continue;
		if (!ARRAY_RESERVE(walk, lists, (size_t)walk->list_count + 1, fail) ||
			!follow(walk, f, element.id, child, fail))
			return false;
		walk->lists[walk->list_count++] = element;
		f->kept_count++;
		if (*child != GRAPH_NONE)
			return true;
	}
	if (fail->kind)
		return false;
	*ended = true;
	return end_list(walk, f, field, fail);
}

/* Goes on with the topmost visit until another one has to come first; *child stays GRAPH_NONE when the
 * visit is at its end. */
static bool advance(struct walk *walk, uint32_t *child, struct fail *fail)
{
	struct walk_frame *f = &walk->frames[walk->frame_count - 1];
	struct graph_object *object = &walk->graph->objects[f->object];
	while (f->field < object->field_count && *child == GRAPH_NONE) {
		struct graph_field *field = &walk->graph->fields[object->fields + f->field];
		bool ok = true, ended = true;
		switch ((enum graph_kind)field->kind) {
		case GRAPH_REF:
			ok = visit_ref(walk, f, field, child, fail);
			break;
		case GRAPH_REFS:
			ok = visit_refs(walk, f, field, child, &ended, fail);
			break;
		case GRAPH_EXTERNAL:
		case GRAPH_PHASES:
			ok = edit_entries(walk->graph, object, field, fail);
			break;
		case GRAPH_NB_DEPS:
			break;
		}
		if (!ok)
			return fail_in(walk, f->object, fail);
		f->field += ended;
	}
	return true;
}

static bool enter(struct walk *walk, uint32_t id, struct fail *fail)
{
	if (!ARRAY_RESERVE(walk, frames, (size_t)walk->frame_count + 1, fail))
		return false;
	struct graph_target *target = &walk->graph->targets[id];
	struct graph_object *object = &walk->graph->objects[target->object];
	walk->frames[walk->frame_count] = (struct walk_frame){
		.deps = { 0, 1 }, .id = id, .object = target->object, .below = object->frame
	};
	object->frame = walk->frame_count++;
	target->entered++;
	/* The way begins after the root, which can so be come to once more. */
	target->on_path = walk->frame_count > 1;
	return true;
}

/* Why the platform would not take the object, NULL when it would. */
const char *walk_refusal(
	const struct graph *graph, const struct graph_object *object, uint32_t id)
{
	const struct id *name = &graph->ids.all[id];
	switch ((enum graph_type)object->type) {
	case GRAPH_RELATIONSHIP:
		return !edit_has_ref(graph, object, "source_ref")    ? "no source_ref"
			: !edit_has_ref(graph, object, "target_ref") ? "no target_ref"
								     : NULL;
	case GRAPH_SIGHTING:
		return !edit_has_ref(graph, object, "sighting_of_ref") ? "no sighting_of_ref"
			: !edit_has_refs(graph, object, "where_sighted_refs")
			? "no where_sighted_refs"
			: NULL;
	case GRAPH_OTHER:
		break;
	}
	return stix_supported(name->text, name->len) ? NULL : "type not supported";
}

/* Ends the topmost visit. */
static bool leave(struct walk *walk, struct fail *fail)
{
	struct walk_frame f = walk->frames[--walk->frame_count];
	struct graph_object *object = &walk->graph->objects[f.object];
	struct graph_target *target = &walk->graph->targets[f.id];
	object->deps = f.deps;
	object->frame = f.below;
	target->entered--;
	if (walk->frame_count) {
		target->on_path = false;
		add(walk, &walk->frames[walk->frame_count - 1], f.deps);
	}
	if (target->done != GRAPH_NONE)
		return true;
	if (!walk_refusal(walk->graph, object, f.id)) {
		if (!ARRAY_RESERVE(walk, parts, (size_t)walk->part_count + 1, fail))
			return false;
		walk->parts[walk->part_count++] = f.object;
	} else {
		if (!ARRAY_RESERVE(
			    walk, incompatible, (size_t)walk->incompatible_count + 1, fail))
			return false;
		walk->incompatible[walk->incompatible_count++] = f.object;
	}
	target->done = f.object;
	for (int i = 0; object->alias != GRAPH_NONE && i < 2; i++)
		if (walk->graph->aliases[object->alias][i] != GRAPH_NONE)
			walk->graph->targets[walk->graph->aliases[object->alias][i]].done =
				f.object;
	return true;
}

static bool visit(struct walk *walk, uint32_t root, struct fail *fail)
{
	if (walk->graph->targets[root].done != GRAPH_NONE)
		return true;
	if (!enter(walk, root, fail))
		return false;
	while (walk->frame_count) {
		uint32_t child = GRAPH_NONE;
		if (!advance(walk, &child, fail))
			return false;
		if (!(child != GRAPH_NONE ? enter(walk, child, fail) : leave(walk, fail)))
			return false;
	}
	return true;
}

bool walk_all(struct walk *walk, struct fail *fail)
{
	for (uint32_t i = 0; i < walk->graph->object_count; i++)
		if (!visit(walk, walk->graph->objects[i].id, fail))
			return false;
	free(walk->frames);
	free(walk->lists);
	set_release(&walk->pairs);
	walk->frames = NULL;
	walk->lists = NULL;
	walk->frames_cap = walk->lists_cap = 0;
	return true;
}

void walk_release(struct walk *walk)
{
	free(walk->frames);
	free(walk->lists);
	free(walk->parts);
	free(walk->incompatible);
	set_release(&walk->pairs);
	*walk = (struct walk){ 0 };
}
