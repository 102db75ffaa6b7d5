#include "array.h"

#include <stdint.h>
#include <stdlib.h>

bool array_reserve(void *array, size_t *cap, size_t need, size_t size, struct fail *fail)
{
	if (need <= *cap)
		return true;
	if (need >= UINT32_MAX)
		return fail_set(fail, FAIL_NO, "too many objects or references");
	size_t more = *cap ? *cap + *cap / 2 : 64;
	if (more < need)
		more = need;
	void *data = realloc(*(void **)array, more * size);
	if (!data)
		return fail_memory(fail);
	*(void **)array = data;
	*cap = more;
	return true;
}
