#include "split.h"

#include "edit.h"
#include "graph.h"
#include "print.h"
#include "walk.h"

#include <stdlib.h>
#include <string.h>

struct split {
	struct graph graph;
	struct walk walk;
};

struct split *split_new(void)
{
	return calloc(1, sizeof(struct split));
}

void split_free(struct split *split)
{
	if (!split)
		return;
	walk_release(&split->walk);
	graph_release(&split->graph);
	free(split);
}

bool split_add(void *split, struct scan *scan, struct fail *fail)
{
	return graph_add(&((struct split *)split)->graph, scan, fail);
}

/* Sorts the parts by their counts; those of one count stay in their order. */
static bool sort_parts(struct split *split, struct fail *fail)
{
	uint32_t n = split->walk.part_count, *from = split->walk.parts;
	uint32_t *to = malloc((n + 1) * sizeof *to), *other = to;
	if (!to)
		return fail_memory(fail);
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t begin = 0; begin < n; begin += 2 * width) {
			size_t middle = begin + width < n ? begin + width : n;
			size_t end = middle + width < n ? middle + width : n;
			for (size_t a = begin, b = middle, k = begin; k < end; k++) {
				bool second = a == middle ||
					(b < end &&
						count_above(split->graph.objects[from[a]].deps,
							split->graph.objects[from[b]].deps));
				to[k] = from[second ? b++ : a++];
			}
		}
		uint32_t *swap = from;
		from = to;
		to = swap;
	}
	if (from == other)
		memcpy(split->walk.parts, from, n * sizeof *from);
	free(other);
	return true;
}

bool split_run(struct split *split, bool cleanup, struct fail *fail)
{
	split->walk.graph = &split->graph;
	split->walk.cleanup = cleanup;
	return walk_all(&split->walk, fail) && sort_parts(split, fail);
}

size_t split_count(const struct split *split)
{
	return split->walk.part_count;
}

void split_part(const struct split *split, size_t index, const char *id,
	const char *event_version, struct buf *to)
{
	const struct graph_object *object = &split->graph.objects[split->walk.parts[index]];
	buf_text(to, "{\"type\": \"bundle\", \"id\": ");
	buf_text(to, id);
	buf_text(to, ", \"spec_version\": \"2.1\", \"x_opencti_seq\": ");
	count_print(object->deps, to);
	buf_text(to, ", \"objects\": [");
	edit_print(&split->graph, object, to);
	buf_char(to, ']');
	if (event_version) {
		buf_text(to, ", \"x_opencti_event_version\": ");
		print_text(to, event_version);
	}
	buf_char(to, '}');
}

static void print_id(const struct split *split, uint32_t object, struct buf *to)
{
	const struct id *id = &split->graph.ids.all[split->graph.objects[object].id];
	buf_add(to, id->text, id->len);
}

void split_part_id(const struct split *split, size_t index, struct buf *to)
{
	print_id(split, split->walk.parts[index], to);
}

size_t split_incompatible_count(const struct split *split)
{
	return split->walk.incompatible_count;
}

void split_incompatible(const struct split *split, size_t index, struct buf *to)
{
	edit_print(&split->graph, &split->graph.objects[split->walk.incompatible[index]], to);
}

void split_incompatible_id(const struct split *split, size_t index, struct buf *to)
{
	print_id(split, split->walk.incompatible[index], to);
}

const char *split_incompatible_reason(const struct split *split, size_t index)
{
	const struct graph_object *object =
		&split->graph.objects[split->walk.incompatible[index]];
	const char *reason = walk_refusal(&split->graph, object, object->id);
	return reason ? reason : "refused under another of its ids";
}

size_t split_dropped(const struct split *split, split_dropped_fn *each, void *ctx)
{
	size_t count = 0;
	for (uint32_t i = 0; i < split->graph.object_count; i++)
		count += edit_dropped(&split->graph, &split->graph.objects[i], each, ctx);
	return count;
}

size_t split_replaced(const struct split *split)
{
	return split->graph.replaced;
}

bool split_saturated(const struct split *split)
{
	return split->walk.saturated;
}
