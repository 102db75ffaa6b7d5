#include "marking.h"

#include "array.h"

#include <stdlib.h>
#include <strings.h>

/* As OASIS defines TLP 2.0. */
#define TLP2_EXTENSION "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

static const struct {
	struct marking marking;
	const char *name, *id;
} fixed[] = {
	{ { MARKING_TLP, TLP_CLEAR }, "TLP:CLEAR",
		"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9" },
	{ { MARKING_TLP, TLP_GREEN }, "TLP:GREEN",
		"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da" },
	{ { MARKING_TLP, TLP_AMBER }, "TLP:AMBER",
		"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82" },
	{ { MARKING_TLP, TLP_AMBER_STRICT }, "TLP:AMBER+STRICT",
		"marking-definition--826578e1-40ad-459f-bc73-ede076f81f37" },
	{ { MARKING_TLP, TLP_RED }, "TLP:RED",
		"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed" },
	{ { MARKING_PAP, TLP_CLEAR }, "PAP:CLEAR",
		"marking-definition--4cdff7eb-acb8-543f-8573-829eb9fe8b34" },
	{ { MARKING_PAP, TLP_GREEN }, "PAP:GREEN",
		"marking-definition--89484dde-e3d2-547f-a6c6-d14824429eb1" },
	{ { MARKING_PAP, TLP_AMBER }, "PAP:AMBER",
		"marking-definition--a6f20d4d-0360-59b6-ba22-3b48707828b1" },
	{ { MARKING_PAP, TLP_RED }, "PAP:RED",
		"marking-definition--4e4e3b84-de45-53df-9d9b-b21207699fd8" },
};

enum { FIXED = sizeof fixed / sizeof *fixed };

bool marking_named(const char *name, struct marking *marking)
{
	if (!strcasecmp(name, "PAP:WHITE"))
		name = "PAP:CLEAR";
	for (size_t i = 0; i < FIXED; i++)
		if (fixed[i].marking.scale == MARKING_PAP && !strcasecmp(name, fixed[i].name)) {
			*marking = fixed[i].marking;
			return true;
		}
	*marking = (struct marking){ MARKING_TLP, tlp_named(name) };
	return marking->level != TLP_NONE;
}

static size_t fixed_of(struct marking marking)
{
	size_t i = 0;
	while (i < FIXED - 1 &&
		(fixed[i].marking.scale != marking.scale ||
			fixed[i].marking.level != marking.level))
		i++;
	return i;
}

const char *marking_name(struct marking marking)
{
	return fixed[fixed_of(marking)].name;
}

const char *marking_id(struct marking marking)
{
	return fixed[fixed_of(marking)].id;
}

/* Takes a higher claim; other scales than an earlier claim's do not count. */
static void claim(struct marking *marking, const char *scale, struct span text)
{
	char name[32];
	struct marking claimed;
	size_t n = strlen(scale);
	if (n + text.len >= sizeof name)
		return;
	memcpy(name, scale, n);
	memcpy(name + n, text.text, text.len);
	name[n + text.len] = '\0';
	if (!strchr(name, ':') || !marking_named(name, &claimed))
		return;
	if (marking->scale == MARKING_OTHER ||
		(claimed.scale == marking->scale && claimed.level > marking->level))
		*marking = claimed;
}

static void claim_at(struct marking *marking, const struct object *object, const char *path,
	const char *scale)
{
	struct span value;
	if (span_find(object->text, path, &value) && *value.text == '"')
		claim(marking, scale, text_inside(value));
}

bool markings_add(struct markings *markings, const struct object *object, struct fail *fail)
{
	struct marking marking = { MARKING_OTHER, TLP_NONE };
	claim_at(&marking, object, "x_opencti_definition", "");
	claim_at(&marking, object, "definition.tlp", "TLP:");
	claim_at(&marking, object, "definition.TLP", "");
	claim_at(&marking, object, "definition.pap", "PAP:");
	claim_at(&marking, object, "definition.PAP", "");
	claim_at(&marking, object, "definition", "");
	claim_at(&marking, object, "extensions." TLP2_EXTENSION ".tlp_2_0", "TLP:");
	claim_at(&marking, object, "name", "");
	const struct span *id = object_get(object, "id");
	if (!id || *id->text != '"')
		return true;
	uint32_t n = ids_add_string(&markings->ids, *id);
	if (n == IDS_NONE)
		return fail_memory(fail);
	if (!ARRAY_RESERVE(markings, all, (size_t)n + 1, fail))
		return false;
	markings->all[n] = marking;
	return true;
}

bool markings_find(const struct markings *markings, struct span id, struct marking *marking)
{
	*marking = (struct marking){ MARKING_TLP, tlp_of_id(id.text, id.len) };
	if (marking->level != TLP_NONE)
		return true;
	for (size_t i = 0; i < FIXED; i++)
		if (text_is(id, fixed[i].id)) {
			*marking = fixed[i].marking;
			return true;
		}
	*marking = (struct marking){ MARKING_OTHER, TLP_NONE };
	uint32_t n = ids_find(&markings->ids, id.text, id.len);
	if (n == IDS_NONE)
		return false;
	*marking = markings->all[n];
	return true;
}

void markings_release(struct markings *markings)
{
	ids_release(&markings->ids);
	free(markings->all);
	*markings = (struct markings){ 0 };
}

static void note(
	const struct markings *markings, struct span ref, enum tlp *levels, bool *unknown)
{
	struct marking marking = { MARKING_OTHER, TLP_NONE };
	struct buf id = { 0 };
	if (*ref.text == '"')
		span_decode(ref, &id);
	if (!markings_find(markings, (struct span){ buf_str(&id), id.len }, &marking))
		*unknown = true;
	buf_release(&id);
	if (marking.level > levels[marking.scale])
		levels[marking.scale] = marking.level;
}

void markings_of(
	const struct markings *markings, const struct object *object, struct marked *marked)
{
	const struct span *refs = object_get(object, "object_marking_refs");
	const struct span *granular = object_get(object, "granular_markings");
	struct span entry, ref;
	*marked = (struct marked){ 0 };
	if (refs && *refs->text == '[')
		for (const char *at = refs->text + 1; span_member(&at, NULL, &ref);)
			note(markings, ref, marked->whole, &marked->unknown);
	if (granular && *granular->text == '[')
		for (const char *at = granular->text + 1; span_member(&at, NULL, &entry);)
			if (span_find(entry, "marking_ref", &ref))
				note(markings, ref, marked->parts, &marked->unknown);
}
