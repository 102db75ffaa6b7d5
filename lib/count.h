/*
 * count: how many objects an object depends on. It counts paths, so it doubles with each layer of
 * a diamond, and pycti's integers have no end: 128 bits that stay at their largest value.
 */
#ifndef OCTI_COUNT_H
#define OCTI_COUNT_H

#include "buf.h"

struct count {
	uint64_t high, low;
};

/* False when the sum is larger than the largest value, which it then is. */
bool count_add(struct count *to, struct count n);

bool count_above(struct count a, struct count b);

/* Adds it in decimal. */
void count_print(struct count n, struct buf *to);

#endif
