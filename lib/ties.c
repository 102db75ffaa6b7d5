#include "ties.h"

#include "array.h"
#include "uid.h"

#include <stdlib.h>

/* ---- ids in little room ---- */

static struct tag tag_of(struct ties *ties, struct span id)
{
	struct tag tag = { KIND_NONE, { 0 } };
	enum kind kind = kind_of_id(id);
	const char *type = kind_type(kind);
	size_t n = type ? strlen(type) : 0;
	if (type && id.len == n + 38 && text_begins(id, type) &&
		uid_read(id.text + n + 2, UID_LEN, tag.bytes)) {
		tag.kind = (unsigned char)kind;
		return tag;
	}
	uint32_t number = ids_keep(&ties->odd, id.text, id.len);
	memset(tag.bytes, 0, sizeof tag.bytes);
	memcpy(tag.bytes, &number, sizeof number);
	return tag;
}

void ties_print(const struct ties *ties, const struct tag *id, struct buf *to)
{
	if (id->kind == KIND_NONE) {
		uint32_t number;
		memcpy(&number, id->bytes, sizeof number);
		if (number < ties->odd.count)
			buf_add(to, ties->odd.all[number].text, ties->odd.all[number].len);
		return;
	}
	buf_format(to, "%s--", kind_type((enum kind)id->kind));
	for (size_t i = 0; i < 16; i++)
		buf_format(to, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			id->bytes[i]);
}

struct place ties_place(
	struct ties *ties, const char *input, size_t line, size_t number, struct span id)
{
	return (struct place){ input, line, (uint32_t)number, tag_of(ties, id) };
}

/* ---- what is waited for ---- */

static uint32_t *slot_of(const struct ties *ties, uint64_t hash)
{
	size_t i = (size_t)hash & (ties->slot_count - 1);
	while (ties->slots[i] && ties->absents[ties->slots[i] - 1].hash != hash)
		i = (i + 1) & (ties->slot_count - 1);
	return &ties->slots[i];
}

static bool grow(struct ties *ties)
{
	uint32_t *old = ties->slots;
	size_t count = ties->slot_count;
	if (ties->waiting < count / 4 * 3)
		return true;
	uint32_t *slots = calloc(count ? count * 2 : 64, sizeof *slots);
	if (!slots)
		return false;
	ties->slots = slots;
	ties->slot_count = count ? count * 2 : 64;
	for (size_t i = 0; i < count; i++)
		if (old[i])
			*slot_of(ties, ties->absents[old[i] - 1].hash) = old[i];
	free(old);
	return true;
}

/* Frees a slot, and moves up what stands behind it because it was taken. */
static void free_slot(struct ties *ties, uint32_t *slot)
{
	size_t mask = ties->slot_count - 1, gap = (size_t)(slot - ties->slots);
	for (size_t i = (gap + 1) & mask; ties->slots[i]; i = (i + 1) & mask) {
		size_t home = (size_t)ties->absents[ties->slots[i] - 1].hash & mask;
		if (((i - home) & mask) >= ((i - gap) & mask)) {
			ties->slots[gap] = ties->slots[i];
			gap = i;
		}
	}
	ties->slots[gap] = 0;
}

static void forget(struct ties *ties, uint64_t hash)
{
	uint32_t *slot = ties->waiting ? slot_of(ties, hash) : NULL;
	if (!slot || !*slot)
		return;
	struct absent *absent = &ties->absents[*slot - 1];
	uint32_t number = *slot;
	free_slot(ties, slot);
	absent->count = 0;
	absent->next = ties->free;
	ties->free = number;
	ties->waiting--;
}

bool ties_meet(struct ties *ties, struct span id, enum kind kind)
{
	uint64_t hash = scan_hash(id.text, id.len);
	forget(ties, hash);
	return roll_put(&ties->met, hash, (unsigned char)kind);
}

enum kind ties_kind(const struct ties *ties, struct span id, bool *met)
{
	unsigned char kind;
	*met = roll_find(&ties->met, scan_hash(id.text, id.len), &kind);
	return *met ? (enum kind)kind : kind_of_id(id);
}

bool ties_refer(struct ties *ties, struct span id, bool needed, const struct place *place)
{
	uint64_t hash = scan_hash(id.text, id.len);
	unsigned char kind;
	struct fail fail = { 0 };
	if (roll_find(&ties->met, hash, &kind))
		return true;
	if (!grow(ties))
		return false;
	uint32_t *slot = slot_of(ties, hash);
	struct absent *absent = *slot ? &ties->absents[*slot - 1] : NULL;
	if (!absent) {
		if (ties->free) {
			absent = &ties->absents[ties->free - 1];
			*slot = ties->free;
			ties->free = absent->next;
		} else {
			if (!ARRAY_RESERVE(ties, absents, ties->absent_count + 1, &fail)) {
				fail_clear(&fail);
				return false;
			}
			absent = &ties->absents[ties->absent_count++];
			*slot = (uint32_t)ties->absent_count;
		}
		*absent = (struct absent){ hash, tag_of(ties, id), needed, *place, 0, 0 };
		ties->waiting++;
	} else if (needed && !absent->needed) {
		absent->needed = true;
		absent->place = *place;
	}
	absent->count++;
	return true;
}

bool ties_postpone(struct ties *ties, struct span from, const char *relationship,
	struct span to, const struct place *place)
{
	struct fail fail = { 0 };
	if (!ARRAY_RESERVE(ties, laters, ties->later_count + 1, &fail)) {
		fail_clear(&fail);
		return false;
	}
	ties->laters[ties->later_count++] = (struct later){ *place, relationship,
		scan_hash(from.text, from.len), scan_hash(to.text, to.len),
		(unsigned char)kind_of_id(from), (unsigned char)kind_of_id(to) };
	return true;
}

static enum kind known(const struct ties *ties, uint64_t hash, unsigned char kind)
{
	unsigned char is;
	return (enum kind)(roll_find(&ties->met, hash, &is) ? is : kind);
}

void ties_ends(
	const struct ties *ties, const struct later *later, enum kind *from, enum kind *to)
{
	*from = known(ties, later->from, later->from_kind);
	*to = known(ties, later->to, later->to_kind);
}

static int by_place(const void *a, const void *b)
{
	const struct absent *x = a, *y = b;
	if (x->place.number != y->place.number)
		return x->place.number < y->place.number ? -1 : 1;
	return memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}

void ties_settle(struct ties *ties)
{
	size_t left = 0;
	for (size_t i = 0; i < ties->absent_count; i++)
		if (ties->absents[i].count)
			ties->absents[left++] = ties->absents[i];
	if (left > 1)
		qsort(ties->absents, left, sizeof *ties->absents, by_place);
}

void ties_release(struct ties *ties)
{
	roll_release(&ties->met);
	ids_release(&ties->odd);
	free(ties->absents);
	free(ties->laters);
	free(ties->slots);
	*ties = (struct ties){ 0 };
}
