/*
 * roll: ids that were met, each with a small number: eight bytes for each, and free ones.
 *
 * An id is known by 56 bits of its hash: of ten million different ids two are taken for the same
 * with a probability of one in a thousand.
 */
#ifndef OCTI_ROLL_H
#define OCTI_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialised, it is empty. */
struct roll {
	uint64_t *slots; /* 0 where free */
	size_t count, slot_count;
};

/* Puts the number in place of the one that the hash may have. False when memory runs out. */
bool roll_put(struct roll *roll, uint64_t hash, unsigned char number);

/* False when the hash is not there. */
bool roll_find(const struct roll *roll, uint64_t hash, unsigned char *number);

void roll_release(struct roll *roll);

#endif
