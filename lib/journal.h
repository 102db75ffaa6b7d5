/* journal: jobs in files, so that they outlive the process that works on them. */
#ifndef OCTI_JOURNAL_H
#define OCTI_JOURNAL_H

#include "pool.h"

/*
 * Takes the directory for this process and those it forks, until all of them have ended: *lock is to
 * stay open. FAIL_RETRY when another has it for five seconds more: another octi-listen, or the jobs of
 * one that was killed, which end soon.
 */
bool journal_lock(const char *directory, int *lock, struct fail *fail);

/* Writes a job into a directory, as a file of its own, synced; adds its path to `path` (NULL: not
 * wanted). A failure (as of fail_errno) names the path, here and below. */
bool journal_write(
	const char *directory, const struct buf *body, struct buf *path, struct fail *fail);

/* Whether files can be kept in that directory; else a failure names it. */
bool journal_usable(const char *directory, struct fail *fail);

/* Whether both are one directory, where a job that failed would be taken in hand again. */
bool journal_same(const char *directory, const char *other);

/* Takes the jobs of the directory in hand, oldest first: the files that journal_write names. Of those
 * that were never whole nothing is left. */
bool journal_load(const char *directory, struct pool *pool, struct fail *fail);

/* Removes a job's file; that there is none is no failure. */
bool journal_remove(const char *path, struct fail *fail);

#endif
