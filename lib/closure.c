#include "closure.h"

#include "array.h"
#include "entity.h"
#include "filter.h"
#include "listing.h"
#include "page.h"
#include "print.h"
#include "question.h"
#include "reference.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is known of ids ---- */

static uint32_t number_of(struct closure *closure, struct span id, struct fail *fail)
{
	uint32_t n = ids_keep(&closure->ids, id.text, id.len);
	if (n == IDS_NONE) {
		fail_memory(fail);
		return IDS_NONE;
	}
	size_t before = closure->states_cap;
	if (!ARRAY_RESERVE(closure, states, (size_t)n + 1, fail))
		return IDS_NONE;
	memset(closure->states + before, CLOSURE_UNSEEN, closure->states_cap - before);
	before = closure->needed_cap;
	if (!ARRAY_RESERVE(closure, needed, closure->states_cap, fail))
		return IDS_NONE;
	memset(closure->needed + before, 0, closure->needed_cap - before);
	return n;
}

static enum closure_state state_of(const struct closure *closure, struct span id)
{
	uint32_t n = ids_find(&closure->ids, id.text, id.len);
	return n == IDS_NONE ? CLOSURE_UNSEEN : (enum closure_state)closure->states[n];
}

static bool want(struct closure *closure, struct span id, struct fail *fail)
{
	uint32_t n = number_of(closure, id, fail);
	if (n == IDS_NONE)
		return false;
	if (closure->states[n] != CLOSURE_UNSEEN && closure->states[n] != CLOSURE_VISIBLE)
		return true;
	if (!ARRAY_RESERVE(closure, wanted, closure->wanted_count + 1, fail))
		return false;
	closure->states[n] = CLOSURE_ASKED;
	closure->wanted[closure->wanted_count++] = n;
	return true;
}

/* ---- batches ---- */

struct span closure_text(const struct batch *batch, size_t index)
{
	const struct held *held = &batch->all[index];
	return (struct span){ batch->texts.data + held->begin, held->len };
}

static bool hold(struct closure *closure, struct batch *batch, struct span object, bool root,
	struct fail *fail)
{
	struct references references;
	struct span id;
	if (!span_find(object, "id", &id) || *id.text != '"' || !span_is_raw(id))
		return fail_set(fail, FAIL_NO, "an object of the platform has no id");
	id = (struct span){ id.text + 1, id.len - 2 };
	uint32_t n = number_of(closure, id, fail);
	if (n == IDS_NONE)
		return false;
	bool known = closure->states[n] == CLOSURE_ADMITTED;
	if (closure->states[n] == CLOSURE_REFUSED)
		return true;
	if (!root && (known || closure->states[n] == CLOSURE_LATER))
		return true;
	if (!ARRAY_RESERVE(batch, all, batch->count + 1, fail))
		return false;
	struct held *held = &batch->all[batch->count++];
	*held = (struct held){ batch->texts.len, object.len, n, root, false, known };
	for (references_open(&references, object); references_next(&references);)
		held->container |= reference_is_content(references.key);
	closure->states[n] = CLOSURE_ADMITTED;
	buf_add(&batch->texts, object.text, object.len);
	return buf_ok(&batch->texts, fail);
}

void batch_clear(struct batch *batch)
{
	buf_clear(&batch->texts);
	batch->count = 0;
}

void batch_release(struct batch *batch)
{
	buf_release(&batch->texts);
	free(batch->all);
	*batch = (struct batch){ 0 };
}

/* ---- asking the platform ---- */

bool closure_take(struct closure *closure, struct batch *batch, struct span node, bool root,
	struct fail *fail)
{
	struct span value;
	buf_clear(&closure->line);
	if (*node.text != '{' || !span_find(node, "toStix", &value))
		return true;
	if (!entity_text(value, &closure->line, fail))
		return false;
	struct span object = { buf_str(&closure->line), closure->line.len };
	return !object.len || hold(closure, batch, object, root, fail);
}

/* Notes that the element may be seen. */
static bool note_visible(struct closure *closure, struct span node, struct fail *fail)
{
	struct span value;
	if (*node.text != '{' || !span_find(node, "standard_id", &value) || *value.text != '"')
		return true;
	uint32_t n = number_of(closure, (struct span){ value.text + 1, value.len - 2 }, fail);
	if (n != IDS_NONE && closure->states[n] == CLOSURE_ASKED)
		closure->states[n] = CLOSURE_VISIBLE;
	return n != IDS_NONE;
}

static bool ask_some(struct closure *closure, struct batch *batch, const uint32_t *some,
	size_t count, struct fail *fail)
{
	struct listing any = listing_any();
	struct question question = { 0 };
	struct buf values = { 0 }, group = { 0 }, document = { 0 };
	struct span node;
	for (size_t i = 0; i < count; i++) {
		const struct id *id = &closure->ids.all[some[i]];
		buf_text(&values, i ? ", " : "");
		print_string(&values, id->text, id->len);
	}
	filter_any_of("ids", buf_str(&values), closure->access, &group);
	question_json(&question, "filters", "FilterGroup",
		(struct span){ buf_str(&group), group.len });
	/* one row more than there can be, so that the page is never full and no other follows it */
	struct pages pages = { .platform = closure->platform,
		.size = count + 1,
		.limit = UINT64_MAX,
		.tries = PAGE_TRIES };
	bool ok = buf_ok(&values, fail) && buf_ok(&group, fail) &&
		question_document(
			&question, any.name, batch ? any.stix : any.id, &document, fail);
	pages.document = buf_str(&document);
	pages.variables = buf_str(&question.variables);
	while (ok && pages_next(&pages, fail))
		while (ok && pages_node(&pages, &node))
			ok = batch ? closure_take(closure, batch, node, false, fail)
				   : note_visible(closure, node, fail);
	pages_release(&pages);
	question_release(&question);
	buf_release(&values);
	buf_release(&group);
	buf_release(&document);
	return ok && !fail->kind;
}

/* Asks for what is wanted. What does not come is refused. batch: NULL asks only whether it may be seen. */
static bool ask(struct closure *closure, struct batch *batch, struct fail *fail)
{
	for (size_t at = 0, n; at < closure->wanted_count; at += n) {
		n = closure->wanted_count - at;
		n = n < CLOSURE_BATCH ? n : CLOSURE_BATCH;
		if (!ask_some(closure, batch, closure->wanted + at, n, fail))
			return false;
	}
	for (size_t i = 0; i < closure->wanted_count; i++) {
		unsigned char *state = &closure->states[closure->wanted[i]];
		if (*state == CLOSURE_ASKED) {
			*state = CLOSURE_REFUSED;
			closure->refused++;
		}
	}
	closure->wanted_count = 0;
	return true;
}

/* ---- deciding ---- */

static bool want_all(
	struct closure *closure, struct span object, bool content, struct fail *fail)
{
	struct references references;
	for (references_open(&references, object); references_next(&references);)
		if (reference_is_content(references.key) == content &&
			!want(closure, references.id, fail))
			return false;
	return true;
}

/* Whether an end is missing: all of the places of a sighting, or one of the others. */
static bool is_broken(const struct closure *closure, struct span object)
{
	struct references references;
	size_t places = 0, lost = 0;
	for (references_open(&references, object); references_next(&references);) {
		if (!reference_is_end(references.key))
			continue;
		bool refused = state_of(closure, references.id) == CLOSURE_REFUSED;
		if (references.list) {
			places++;
			lost += refused;
		} else if (refused) {
			return true;
		}
	}
	return places && lost == places;
}

/* Reads what the batch's objects embed, and so on. */
static bool complete(struct closure *closure, struct batch *batch, struct fail *fail)
{
	for (size_t from = 0; from < batch->count;) {
		size_t end = batch->count;
		for (; from < end; from++)
			if (!want_all(closure, closure_text(batch, from), false, fail))
				return false;
		if (!ask(closure, batch, fail))
			return false;
	}
	return true;
}

/* Refuses what has lost an end; that may be the end of another. */
static void refuse_broken(struct closure *closure, const struct batch *batch)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < batch->count; i++) {
			unsigned char *state = &closure->states[batch->all[i].id];
			if (*state == CLOSURE_REFUSED || batch->all[i].done ||
				!is_broken(closure, closure_text(batch, i)))
				continue;
			*state = CLOSURE_REFUSED;
			closure->refused++;
			changed = true;
		}
	}
}

/* Passes over what nothing embeds but what is refused. The first `own` are there for themselves. */
static void drop_unneeded(struct closure *closure, struct batch *batch, size_t own)
{
	struct references references;
	for (size_t i = 0; i < own; i++)
		closure->needed[batch->all[i].id] = 1;
	for (bool changed = own < batch->count; changed;) {
		changed = false;
		for (size_t i = 0; i < batch->count; i++) {
			uint32_t id = batch->all[i].id;
			if (closure->needed[id] != 1 || closure->states[id] == CLOSURE_REFUSED)
				continue;
			closure->needed[id] = 2; /* and so is what it embeds */
			for (references_open(&references, closure_text(batch, i));
				references_next(&references);) {
				uint32_t n = ids_find(
					&closure->ids, references.id.text, references.id.len);
				if (reference_is_content(references.key) || n == IDS_NONE ||
					closure->needed[n])
					continue;
				closure->needed[n] = 1;
				changed = true;
			}
		}
	}
	for (size_t i = own; i < batch->count; i++) {
		struct held *held = &batch->all[i];
		if (closure->needed[held->id] || closure->states[held->id] == CLOSURE_REFUSED)
			continue;
		closure->states[held->id] = CLOSURE_UNSEEN;
		held->done = true;
	}
	memset(closure->needed, 0, closure->needed_cap);
}

bool closure_settle(struct closure *closure, struct batch *batch, struct fail *fail)
{
	size_t own = batch->count, refused = closure->refused;
	if (!complete(closure, batch, fail))
		return false;
	refuse_broken(closure, batch);
	if (closure->refused > refused)
		drop_unneeded(closure, batch, own);
	if (closure->whole || !closure->access.len)
		return true;
	for (size_t i = 0; i < batch->count; i++)
		if (batch->all[i].container &&
			!want_all(closure, closure_text(batch, i), true, fail))
			return false;
	return ask(closure, NULL, fail);
}

/* ---- writing ---- */

static bool keeps(void *ctx, struct span key, struct span id)
{
	const struct closure *closure = ctx;
	enum closure_state state = state_of(closure, id);
	if (closure->whole && reference_is_content(key))
		return state == CLOSURE_ADMITTED || state == CLOSURE_LATER;
	if (key.len == 19 && !memcmp(key.text, "object_marking_refs", 19))
		return true;
	return state != CLOSURE_REFUSED;
}

static bool write_one(
	struct closure *closure, struct batch *batch, size_t index, struct fail *fail)
{
	struct held *held = &batch->all[index];
	struct references references;
	struct span text = closure_text(batch, index);
	bool same = true;
	for (references_open(&references, text); same && references_next(&references);)
		same = keeps(closure, references.key, references.id);
	held->done = true;
	closure->written++;
	if (same)
		return closure->write(closure->ctx, text, fail);
	buf_clear(&closure->line);
	reference_prune(text, keeps, closure, &closure->line);
	return buf_ok(&closure->line, fail) &&
		closure->write(closure->ctx,
			(struct span){ buf_str(&closure->line), closure->line.len }, fail);
}

bool closure_write(struct closure *closure, struct batch *batch, struct fail *fail)
{
	for (size_t i = batch->count; i-- > 0;) {
		struct held *held = &batch->all[i];
		if (held->done || closure->states[held->id] == CLOSURE_REFUSED)
			continue;
		if (closure->whole && held->container) {
			if (!held->root)
				closure->states[held->id] = CLOSURE_LATER;
			continue;
		}
		if (!write_one(closure, batch, i, fail))
			return false;
	}
	return true;
}

bool closure_write_roots(struct closure *closure, struct batch *batch, struct fail *fail)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->all[i].root && batch->all[i].container && !batch->all[i].done &&
			closure->states[batch->all[i].id] != CLOSURE_REFUSED &&
			!write_one(closure, batch, i, fail))
			return false;
	return true;
}

/* Reads what is wanted in batches of its own. */
static bool bring(struct closure *closure, bool as_root, struct fail *fail)
{
	struct batch batch = { 0 };
	bool ok = ask(closure, &batch, fail);
	for (size_t i = 0; i < batch.count; i++)
		batch.all[i].root = as_root;
	ok = ok && closure_settle(closure, &batch, fail) &&
		closure_write(closure, &batch, fail) &&
		closure_write_roots(closure, &batch, fail);
	batch_release(&batch);
	return ok;
}

bool closure_write_content(struct closure *closure, struct span object, struct fail *fail)
{
	struct references references;
	for (references_open(&references, object); references_next(&references);) {
		if (!reference_is_content(references.key))
			continue;
		if (!want(closure, references.id, fail))
			return false;
		if (closure->wanted_count == CLOSURE_BATCH && !bring(closure, false, fail))
			return false;
	}
	return !closure->wanted_count || bring(closure, false, fail);
}

bool closure_finish(struct closure *closure, struct fail *fail)
{
	/* ids that are met on the way come after it */
	for (uint32_t n = 0; n < closure->ids.count; n++) {
		if (closure->states[n] == CLOSURE_LATER) {
			if (!ARRAY_RESERVE(closure, wanted, closure->wanted_count + 1, fail))
				return false;
			closure->states[n] = CLOSURE_ASKED;
			closure->wanted[closure->wanted_count++] = n;
		}
		bool last = n + 1 == closure->ids.count;
		if ((closure->wanted_count == CLOSURE_BATCH ||
			    (last && closure->wanted_count)) &&
			!bring(closure, true, fail))
			return false;
	}
	return true;
}

void closure_release(struct closure *closure)
{
	ids_release(&closure->ids);
	free(closure->states);
	free(closure->needed);
	free(closure->wanted);
	buf_release(&closure->line);
}
