/* journal: jobs in files, so that they outlive the process that works on them. */
#ifndef OCTI_JOURNAL_H
#define OCTI_JOURNAL_H

#include "pool.h"

/* Writes a job into a directory, as a file of its own, synced; adds its path to `path` (NULL: not
 * wanted). */
bool journal_write(
	const char *directory, const struct buf *body, struct buf *path, struct fail *fail);

/* Takes the jobs of the directory in hand, oldest first. */
bool journal_load(const char *directory, struct pool *pool, struct fail *fail);

#endif
