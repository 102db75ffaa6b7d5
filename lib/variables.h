/* variables: what the environment of another program has beside ours, as proc wants it. */
#ifndef OCTI_VARIABLES_H
#define OCTI_VARIABLES_H

#include "fail.h"

#include <stddef.h>

enum { VARIABLES_MAX = 16 };

/* Zero-initialised; variables_release at the end. */
struct variables {
	char *list[VARIABLES_MAX +
		1]; /* owned, NULL-terminated: "NAME=VALUE" is set, "NAME" taken out */
	size_t count;
	bool failed; /* there was no memory */
};

/* Adds one; NULL: it is not to be there, not even from our own environment. More than VARIABLES_MAX are a
 * bug. What fails is seen by variables_ok. */
void variables_add(struct variables *variables, const char *name, const char *value);

/* The same, for a file in a directory. */
void variables_add_path(
	struct variables *variables, const char *name, const char *directory, const char *file);

/* True when all were added; else false with FAIL_RETRY. */
bool variables_ok(const struct variables *variables, struct fail *fail);

/* The list, as proc_options.extra and proc_start take it. Borrowed. */
const char *const *variables_list(const struct variables *variables);

void variables_release(struct variables *variables);

#endif
