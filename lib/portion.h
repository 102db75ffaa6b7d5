/* portion: an input that is read a portion at a time, each a run of whole JSON values. */
#ifndef OCTI_PORTION_H
#define OCTI_PORTION_H

#include "input.h"

/* Zero-initialised; portion_close at the end. `wait` may be set once it is open. */
struct portions {
	const char *name; /* as errors show it */
	int fd;
	struct buf bytes; /* read, from the portion that is out on */
	size_t begin,
		scanned; /* where the next portion begins, and how far it has been looked at */
	size_t line;     /* lines before `begin` */
	size_t depth;    /* of brackets that are open at `scanned` */
	bool quoted, ended;
	/* Called before it is waited for more; NULL: nothing is. */
	void (*wait)(void *ctx);
	void *ctx;
};

/* operand: a path; NULL or "-" is stdin. The name is borrowed. FAIL_NO for a file that cannot be read. */
bool portion_open(struct portions *portions, const char *operand, struct fail *fail);

/*
 * The next portion, which stays until the call after: about a megabyte, or one value when that is
 * longer; more than one value in it may be no JSON, which is for the reader to find. At the end its length is 0.
 */
bool portion_next(struct portions *portions, struct input *portion, struct fail *fail);

void portion_close(struct portions *portions);

#endif
