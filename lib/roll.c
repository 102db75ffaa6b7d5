#include "roll.h"

#include <stdlib.h>

/* The part of a hash that is kept; never 0. */
static uint64_t kept(uint64_t hash)
{
	uint64_t part = hash & ~UINT64_C(0xff);
	return part ? part : 0x100;
}

static uint64_t *slot_of(uint64_t *slots, size_t count, uint64_t part)
{
	size_t i = (size_t)(part >> 8) & (count - 1);
	while (slots[i] && (slots[i] & ~UINT64_C(0xff)) != part)
		i = (i + 1) & (count - 1);
	return &slots[i];
}

static bool grow(struct roll *roll)
{
	size_t count = roll->slot_count ? roll->slot_count * 2 : 1024;
	uint64_t *slots = calloc(count, sizeof *slots);
	if (!slots)
		return false;
	for (size_t i = 0; i < roll->slot_count; i++)
		if (roll->slots[i])
			*slot_of(slots, count, roll->slots[i] & ~UINT64_C(0xff)) =
				roll->slots[i];
	free(roll->slots);
	roll->slots = slots;
	roll->slot_count = count;
	return true;
}

bool roll_put(struct roll *roll, uint64_t hash, unsigned char number)
{
	if (roll->count >= roll->slot_count / 4 * 3 && !grow(roll))
		return false;
	uint64_t part = kept(hash), *slot = slot_of(roll->slots, roll->slot_count, part);
	roll->count += !*slot;
	*slot = part | number;
	return true;
}

bool roll_find(const struct roll *roll, uint64_t hash, unsigned char *number)
{
	if (!roll->count)
		return false;
	uint64_t slot = *slot_of(roll->slots, roll->slot_count, kept(hash));
	*number = (unsigned char)slot;
	return slot != 0;
}

void roll_release(struct roll *roll)
{
	free(roll->slots);
	*roll = (struct roll){ 0 };
}
