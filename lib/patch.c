#include "patch.h"

#include "array.h"

#include <stdlib.h>

bool patch_replace(struct patch *patch, const char *from, const char *to, const char *text,
	size_t len, struct fail *fail)
{
	if (!ARRAY_RESERVE(patch, edits, patch->count + 1, fail))
		return false;
	patch->edits[patch->count] =
		(struct patch_edit){ from, to, patch->texts.len, len, patch->count };
	patch->count++;
	buf_add(&patch->texts, text, len);
	return buf_ok(&patch->texts, fail);
}

static int by_place(const void *a, const void *b)
{
	const struct patch_edit *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static bool overlap(const struct patch_edit *a, const struct patch_edit *b)
{
	return a->from < b->to && b->from < a->to;
}

/* Takes out, in order of place, what an earlier change stands in the way of. */
static size_t settle(struct patch *patch)
{
	size_t left = 0;
	for (size_t i = 0; i < patch->count; i++) {
		const struct patch_edit edit = patch->edits[i];
		bool wins = true;
		while (wins && left && overlap(&patch->edits[left - 1], &edit)) {
			if (patch->edits[left - 1].number < edit.number)
				wins = false;
			else
				left--;
		}
		if (wins)
			patch->edits[left++] = edit;
	}
	size_t lost = patch->count - left;
	patch->count = left;
	return lost;
}

bool patch_write(
	struct patch *patch, const char *end, FILE *to, size_t *lost, struct fail *fail)
{
	if (!buf_ok(&patch->texts, fail))
		return false;
	if (patch->count > 1)
		qsort(patch->edits, patch->count, sizeof *patch->edits, by_place);
	size_t dropped = settle(patch);
	if (lost)
		*lost = dropped;
	for (size_t i = 0; i < patch->count; i++) {
		const struct patch_edit *edit = &patch->edits[i];
		fwrite(patch->at, 1, (size_t)(edit->from - patch->at), to);
		fwrite(buf_str(&patch->texts) + edit->text, 1, edit->len, to);
		patch->at = edit->to;
	}
	fwrite(patch->at, 1, (size_t)(end - patch->at), to);
	patch->at = end;
	patch->count = 0;
	buf_clear(&patch->texts);
	return true;
}

void patch_release(struct patch *patch)
{
	free(patch->edits);
	buf_release(&patch->texts);
	*patch = (struct patch){ 0 };
}

void patch_keep(struct patch_list *list, const char *end)
{
	*list = (struct patch_list){ end, true };
}

void patch_drop(struct patch_list *list, const char *begin, const char *end, const char *next,
	const char **from, const char **to)
{
	*from = list->kept ? list->end : begin;
	*to = list->kept || !next ? end : next;
	list->end = end;
}
