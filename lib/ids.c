#include "ids.h"

#include <stdlib.h>
#include <string.h>

static uint32_t *slot_of(const struct ids *ids, const char *text, size_t len, uint32_t hash)
{
	uint32_t mask = ids->slot_count - 1;
	for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &ids->slots[i];
		if (!*slot)
			return slot;
		const struct id *id = &ids->all[*slot - 1];
		if (id->hash == hash && id->len == len && !memcmp(id->text, text, len))
			return slot;
	}
}

static bool grow(struct ids *ids)
{
	if (ids->slot_count > UINT32_MAX / 2)
		return false;
	uint32_t old = ids->slot_count, count = old ? old * 2 : 16;
	uint32_t *slots = calloc(count, sizeof *slots);
	if (!slots)
		return false;
	free(ids->slots);
	ids->slots = slots;
	ids->slot_count = count;
	for (uint32_t n = 0; n < ids->count; n++) {
		uint32_t i = ids->all[n].hash & (count - 1);
		while (slots[i])
			i = (i + 1) & (count - 1);
		slots[i] = n + 1;
	}
	return true;
}

uint32_t ids_find(const struct ids *ids, const char *text, size_t len)
{
	if (!ids->count)
		return IDS_NONE;
	uint32_t slot = *slot_of(ids, text, len, (uint32_t)scan_hash(text, len));
	return slot ? slot - 1 : IDS_NONE;
}

uint32_t ids_add(struct ids *ids, const char *text, size_t len)
{
	if (len > UINT32_MAX)
		return IDS_NONE;
	if (ids->count >= ids->slot_count / 4 * 3 && !grow(ids))
		return IDS_NONE;
	uint32_t hash = (uint32_t)scan_hash(text, len);
	uint32_t *slot = slot_of(ids, text, len, hash);
	if (*slot)
		return *slot - 1;
	if (ids->count == ids->cap) {
		uint32_t cap = ids->cap ? ids->cap * 2 : 16;
		struct id *all = realloc(ids->all, cap * sizeof *all);
		if (!all)
			return IDS_NONE;
		ids->all = all;
		ids->cap = cap;
	}
	ids->all[ids->count] = (struct id){ text, (uint32_t)len, hash };
	*slot = ++ids->count;
	return ids->count - 1;
}

uint32_t ids_keep(struct ids *ids, const char *text, size_t len)
{
	uint32_t known = ids_find(ids, text, len);
	if (known != IDS_NONE)
		return known;
	size_t n = ids->copy_count;
	if (!(n & (n - 1))) { /* full: there is room for a power of two */
		char **copies = realloc(ids->copies, (n ? n * 2 : 1) * sizeof *copies);
		if (!copies)
			return IDS_NONE;
		ids->copies = copies;
	}
	char *copy = malloc(len + 1);
	if (!copy)
		return IDS_NONE;
	memcpy(copy, text, len);
	copy[len] = '\0';
	ids->copies[ids->copy_count++] = copy;
	return ids_add(ids, copy, len);
}

uint32_t ids_add_string(struct ids *ids, struct span string)
{
	if (span_is_raw(string))
		return ids_add(ids, string.text + 1, string.len - 2);
	struct buf text = { 0 };
	span_decode(string, &text);
	uint32_t known = ids_find(ids, buf_str(&text), text.len);
	if (known != IDS_NONE || text.state != BUF_OK) {
		buf_release(&text);
		return known;
	}
	uint32_t number = ids_keep(ids, buf_str(&text), text.len);
	buf_release(&text);
	return number;
}

bool ids_find_string(const struct ids *ids, struct span string, uint32_t *number)
{
	if (span_is_raw(string)) {
		*number = ids_find(ids, string.text + 1, string.len - 2);
		return true;
	}
	struct buf text = { 0 };
	span_decode(string, &text);
	bool ok = text.state == BUF_OK;
	if (ok)
		*number = ids_find(ids, buf_str(&text), text.len);
	buf_release(&text);
	return ok;
}

void ids_release(struct ids *ids)
{
	for (size_t i = 0; i < ids->copy_count; i++)
		free(ids->copies[i]);
	free(ids->copies);
	free(ids->all);
	free(ids->slots);
	*ids = (struct ids){ 0 };
}
