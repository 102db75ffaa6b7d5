#include "cascade.h"

#include "array.h"

#include <stdlib.h>

/* id: a JSON string. */
static uint32_t node_of(struct cascade *cascade, struct span id, struct fail *fail)
{
	uint32_t known = cascade->ids.count, n = ids_add_string(&cascade->ids, id);
	if (n == IDS_NONE) {
		fail_memory(fail);
		return IDS_NONE;
	}
	if (n < known)
		return n;
	if (!ARRAY_RESERVE(cascade, nodes, (size_t)n + 1, fail))
		return IDS_NONE;
	cascade->nodes[n] = (struct cascade_node){ 0 };
	return n;
}

/* Notes that `who` depends on what the JSON string refers to. */
static bool depend(
	struct cascade *cascade, uint32_t who, struct span ref, bool whole, struct fail *fail)
{
	if (*ref.text != '"')
		return true;
	uint32_t on = node_of(cascade, ref, fail);
	if (on == IDS_NONE || !ARRAY_RESERVE(cascade, edges, cascade->edge_count + 1, fail))
		return false;
	cascade->edges[cascade->edge_count] =
		(struct cascade_edge){ who, cascade->nodes[on].first, whole };
	cascade->nodes[on].first = (uint32_t)++cascade->edge_count;
	cascade->nodes[who].left += !whole;
	return true;
}

static bool depend_on_list(
	struct cascade *cascade, uint32_t who, struct span list, struct fail *fail)
{
	struct span ref;
	if (*list.text != '[')
		return true;
	for (const char *at = list.text + 1; span_member(&at, NULL, &ref);)
		if (!depend(cascade, who, ref, false, fail))
			return false;
	return true;
}

bool cascade_add(struct cascade *cascade, const struct object *object, struct fail *fail)
{
	static const char *const ends[] = { "source_ref", "target_ref", "sighting_of_ref",
		"x_opencti_sighting_of_ref" };
	bool sighting = text_is(object->type, "sighting");
	const struct span *list =
		object_get(object, sighting ? "where_sighted_refs" : "object_refs");
	bool link = sighting || text_is(object->type, "relationship");
	const struct span *id = object_get(object, "id");
	if (!id || *id->text != '"' || (!link && !list))
		return true;
	uint32_t who = node_of(cascade, *id, fail);
	if (who == IDS_NONE)
		return false;
	for (size_t i = 0; link && i < sizeof ends / sizeof *ends; i++) {
		const struct span *end = object_get(object, ends[i]);
		if (end && !depend(cascade, who, *end, true, fail))
			return false;
	}
	return !list || depend_on_list(cascade, who, *list, fail);
}

static bool drop(struct cascade *cascade, uint32_t n, struct fail *fail)
{
	if (cascade->nodes[n].dropped)
		return true;
	if (!ARRAY_RESERVE(cascade, waiting, cascade->waiting_count + 1, fail))
		return false;
	cascade->nodes[n].dropped = true;
	cascade->waiting[cascade->waiting_count++] = n;
	return true;
}

bool cascade_drop(struct cascade *cascade, struct span id, struct fail *fail)
{
	if (*id.text != '"')
		return true;
	uint32_t n = node_of(cascade, id, fail);
	return n != IDS_NONE && drop(cascade, n, fail);
}

bool cascade_settle(struct cascade *cascade, struct fail *fail)
{
	while (cascade->waiting_count) {
		uint32_t n = cascade->waiting[--cascade->waiting_count];
		for (uint32_t e = cascade->nodes[n].first; e; e = cascade->edges[e - 1].next) {
			const struct cascade_edge *edge = &cascade->edges[e - 1];
			bool gone = edge->whole || !--cascade->nodes[edge->to].left;
			if (gone && !drop(cascade, edge->to, fail))
				return false;
		}
	}
	return true;
}

bool cascade_dropped(const struct cascade *cascade, struct span id)
{
	uint32_t n = IDS_NONE;
	if (*id.text == '"')
		ids_find_string(&cascade->ids, id, &n);
	return n != IDS_NONE && cascade->nodes[n].dropped;
}

void cascade_release(struct cascade *cascade)
{
	ids_release(&cascade->ids);
	free(cascade->nodes);
	free(cascade->edges);
	free(cascade->waiting);
	*cascade = (struct cascade){ 0 };
}
