/* set: 64-bit numbers, each once. */
#ifndef OCTI_SET_H
#define OCTI_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialised, it is empty. */
struct set {
	uint64_t *slots; /* 0 where free */
	size_t count, slot_count;
	bool zero; /* the number 0 is in it */
};

/* False when memory runs out. *added (NULL is allowed) tells whether the number is new. */
bool set_add(struct set *set, uint64_t number, bool *added);
bool set_has(const struct set *set, uint64_t number);
void set_release(struct set *set);

#endif
