/* array: room in arrays that grow. */
#ifndef OCTI_ARRAY_H
#define OCTI_ARRAY_H

#include "fail.h"

#include <stddef.h>

/* Makes room for `need` elements of `size` bytes in *array (a pointer to a pointer), whose capacity is
 * *cap. FAIL_RETRY when memory runs out, FAIL_NO at four billion: elements are numbered in 32 bits. */
bool array_reserve(void *array, size_t *cap, size_t need, size_t size, struct fail *fail);

/* The same for the array `owner->name` with its capacity in `owner->name_cap`. */
#define ARRAY_RESERVE(owner, name, need, fail)                                                 \
	array_reserve(                                                                         \
		&(owner)->name, &(owner)->name##_cap, (need), sizeof *(owner)->name, (fail))

#endif
