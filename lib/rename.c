#include "rename.h"

#include "array.h"
#include "canonical.h"
#include "tlp.h"

#include <stdlib.h>

bool rename_learn(struct rename *rename, struct span object, struct fail *fail)
{
	struct span id;
	if (!span_find(object, "id", &id) || *id.text != '"')
		return true;
	uint32_t known = rename->ids.count, n = ids_add_string(&rename->ids, id);
	if (n == IDS_NONE)
		return fail_memory(fail);
	if (!ARRAY_RESERVE(rename, entries, rename->ids.count, fail))
		return false;
	if (n == known)
		rename->entries[n] = (struct rename_entry){ 0 };
	rename->entries[n].object = object;
	return true;
}

/* Computes the new id, once. While it is computed, and after it failed, there is none. */
static bool settle(struct rename *rename, uint32_t n, struct fail *fail)
{
	struct rename_entry *entry = &rename->entries[n];
	struct buf id = { 0 };
	if (entry->state != RENAME_NEW)
		return true;
	entry->state = RENAME_BEGUN;
	bool ok = rename->compute(rename->ctx, entry->object, &id, fail) && buf_ok(&id, fail);
	struct id old = rename->ids.all[n];
	if (ok && id.len && (id.len != old.len || memcmp(id.data, old.text, id.len) != 0)) {
		entry->to = buf_take(&id);
		ok = entry->to || fail_memory(fail);
	}
	entry->state = RENAME_DONE;
	buf_release(&id);
	return ok;
}

/* What takes the place of a string; NULL when it stays. */
static bool find(struct rename *rename, struct span string, const char **to, struct fail *fail)
{
	uint32_t n;
	*to = NULL;
	if (!ids_find_string(&rename->ids, string, &n))
		return fail_memory(fail);
	if (n != IDS_NONE) {
		if (!settle(rename, n, fail))
			return false;
		*to = rename->entries[n].to;
		return true;
	}
	/* A marking of the Traffic Light Protocol 2.0, which everybody has and nobody sends. */
	const char *known = tlp_id(tlp_of_id(string.text + 1, string.len - 2));
	if (known && !span_equals(string, known))
		*to = known;
	return true;
}

bool rename_print(struct rename *rename, struct span value, struct buf *to, struct fail *fail)
{
	const char *at = value.text, *end = at + value.len, *run = at, *renamed;
	while (at < end) {
		if (*at != '"') {
			at++;
			continue;
		}
		struct span string = { at, (size_t)(span_skip(at) - at) };
		at += string.len;
		if (!find(rename, string, &renamed, fail))
			return false;
		if (!renamed)
			continue;
		buf_add(to, run, (size_t)(string.text - run));
		canonical_string(to, renamed, strlen(renamed));
		run = at;
	}
	buf_add(to, run, (size_t)(end - run));
	return buf_ok(to, fail);
}

bool rename_map(struct rename *rename, struct buf *to, struct fail *fail)
{
	for (uint32_t n = 0; n < rename->ids.count; n++) {
		if (!settle(rename, n, fail))
			return false;
		const char *renamed = rename->entries[n].to;
		if (!renamed)
			continue;
		buf_text(to, "{\"from\":");
		canonical_string(to, rename->ids.all[n].text, rename->ids.all[n].len);
		buf_text(to, ",\"to\":");
		canonical_string(to, renamed, strlen(renamed));
		buf_text(to, "}\n");
	}
	return buf_ok(to, fail);
}

void rename_release(struct rename *rename)
{
	for (uint32_t n = 0; n < rename->ids.count; n++)
		free(rename->entries[n].to);
	free(rename->entries);
	ids_release(&rename->ids);
}
