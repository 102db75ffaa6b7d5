#include "set.h"

#include <stdlib.h>

static size_t find(const struct set *set, uint64_t number)
{
	size_t mask = set->slot_count - 1;
	uint64_t hash = number * 0x9e3779b97f4a7c15u;
	size_t i = (size_t)(hash ^ hash >> 32) & mask;
	while (set->slots[i] && set->slots[i] != number)
		i = (i + 1) & mask;
	return i;
}

static bool grow(struct set *set)
{
	struct set wider = { .slot_count = set->slot_count ? set->slot_count * 2 : 16 };
	wider.slots = calloc(wider.slot_count, sizeof *wider.slots);
	if (!wider.slots)
		return false;
	for (size_t i = 0; i < set->slot_count; i++)
		if (set->slots[i])
			wider.slots[find(&wider, set->slots[i])] = set->slots[i];
	free(set->slots);
	set->slots = wider.slots;
	set->slot_count = wider.slot_count;
	return true;
}

bool set_add(struct set *set, uint64_t number, bool *added)
{
	bool ignored;
	added = added ? added : &ignored;
	if (!number) {
		*added = !set->zero;
		set->zero = true;
		return true;
	}
	if (set->count >= set->slot_count / 4 * 3 && !grow(set))
		return false;
	size_t i = find(set, number);
	*added = !set->slots[i];
	set->slots[i] = number;
	set->count += *added;
	return true;
}

bool set_has(const struct set *set, uint64_t number)
{
	if (!number)
		return set->zero;
	return set->count && set->slots[find(set, number)];
}

void set_release(struct set *set)
{
	free(set->slots);
	*set = (struct set){ 0 };
}
