/* folder: a directory of our own for the files of a job, while it is worked on. */
#ifndef OCTI_FOLDER_H
#define OCTI_FOLDER_H

#include "scratch.h"

#include <stdio.h>

/* Zero-initialised, there is none; folder_remove at the end. What is wrong with a folder is no fault of
 * the job's and may be right another time: each failure is FAIL_RETRY. */
struct folder {
	struct scratch scratch;
};

/* What it is called, for scratch_sweep. */
#define FOLDER_NAME "octi-job"

/* Makes it in $TMPDIR (or /tmp), for us alone. */
bool folder_make(struct folder *folder, struct fail *fail);

/* Adds the path of a file in it. */
bool folder_file(
	const struct folder *folder, const char *name, struct buf *path, struct fail *fail);

/* Opens such a file, a new one, to write to, and adds its path. NULL on failure. */
FILE *folder_open(
	const struct folder *folder, const char *name, struct buf *path, struct fail *fail);

/* Writes such a file, a new one. */
bool folder_write(const struct folder *folder, const char *name, const void *bytes, size_t n,
	struct fail *fail);

/* With all that lies in it. */
void folder_remove(struct folder *folder);

#endif
