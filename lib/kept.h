/* kept: bytes that come, kept until all are there: in memory, or, when they are many, in a file. */
#ifndef OCTI_KEPT_H
#define OCTI_KEPT_H

#include "input.h"

#include <stdio.h>

/* Zero-initialised it is empty. */
struct kept {
	size_t most; /* bytes in memory; what is above goes to a file without a name in $TMPDIR */
	struct buf bytes;
	FILE *file; /* NULL: all is in memory */
};

/* False when memory or disk are full (FAIL_RETRY). */
bool kept_add(struct kept *kept, const void *bytes, size_t n, struct fail *fail);

/* All of it, to which nothing is added any more; to be closed with input_close, before kept_release. name: borrowed, as errors show it. */
bool kept_open(struct kept *kept, struct input *input, const char *name, struct fail *fail);

void kept_release(struct kept *kept);

#endif
