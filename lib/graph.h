/* graph: the objects of a bundle, as text, and where in it they refer to one another. */
#ifndef OCTI_GRAPH_H
#define OCTI_GRAPH_H

#include "count.h"
#include "ids.h"
#include "scan.h"

#define GRAPH_NONE UINT32_MAX

enum graph_kind { GRAPH_REF, GRAPH_REFS, GRAPH_EXTERNAL, GRAPH_PHASES, GRAPH_NB_DEPS };

/* A top-level key of an object that matters to the splitter. */
struct graph_field {
	uint32_t key;       /* offset in the object's text, of the key's quote */
	unsigned kind : 3;  /* enum graph_kind */
	unsigned edit : 29; /* 0 as in the text; see edit.h */
};

enum graph_type { GRAPH_OTHER, GRAPH_RELATIONSHIP, GRAPH_SIGHTING };

struct graph_object {
	const char *text;
	struct count deps;
	uint32_t len;
	uint32_t id;     /* in graph->ids */
	uint32_t alias;  /* in graph->aliases, NONE */
	uint32_t frame;  /* for the walk: the latest visit to it that goes on, NONE */
	uint32_t fields; /* in graph->fields */
	uint16_t field_count;
	uint8_t type; /* enum graph_type */
};

/* What an id stands for; one for each entry of graph->ids, which are the ids and aliases of the
 * objects, not all that is referred to. The walk keeps its notes on an id here too. */
struct graph_target {
	uint32_t object;  /* the last one that has it */
	uint32_t done;    /* the one that was visited under it, NONE */
	uint32_t entered; /* visits under it that go on */
	uint32_t mark;    /* the last list in which it was seen */
	bool on_path;
};

/* An element of a list: where it is in the object's text, and its number in graph->ids (NONE: not
 * in the bundle). */
struct graph_element {
	uint32_t at, id;
};

/* What is left of a list: a range of graph->left. */
struct graph_edit {
	uint32_t start, count;
};

/* Zero-initialised; graph_release at the end. */
struct graph {
	struct ids ids;
	struct graph_target *targets;
	struct graph_object *objects;
	struct graph_field *fields;
	struct graph_element *left;
	struct graph_edit *edits;
	uint32_t (*aliases)[2];
	char **copies; /* texts of objects that had to be rewritten */
	size_t targets_cap, objects_cap, fields_cap, left_cap, edits_cap, aliases_cap,
		copies_cap;
	uint32_t object_count, field_count, left_count, edit_count, alias_count, copy_count;
	uint32_t replaced; /* objects whose id a later one has too */
};

/* Takes in the object where scan stands ('{'); its text must outlive the graph. On false either
 * scan->error or fail (FAIL_NO) says why. */
bool graph_add(struct graph *graph, struct scan *scan, struct fail *fail);
void graph_release(struct graph *graph);

/* The key of a field with its quotes, and its value in the text. */
struct span graph_key(const struct graph_object *object, const struct graph_field *field);
struct span graph_value(const struct graph_object *object, const struct graph_field *field);

/* The value at an offset of the object's text. */
struct span graph_at(const struct graph_object *object, uint32_t at);

/* The field of that name, NULL when the object has none. */
struct graph_field *graph_field(
	const struct graph *graph, const struct graph_object *object, const char *name);

bool graph_is_null(struct span value);

#endif
