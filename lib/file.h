/* file: writing a file whole or not at all. */
#ifndef OCTI_FILE_H
#define OCTI_FILE_H

#include "buf.h"

#include <stdio.h>
#include <sys/types.h>

/* Writes PATH.tmp beside the file, syncs it, and renames it over PATH. On failure nothing is left of
 * the new contents and PATH is as it was; a full disk is FAIL_RETRY. */
bool file_replace(
	const char *path, const void *bytes, size_t n, mode_t mode, struct fail *fail);

/* Writes a new file, for as long as we run: it is not synced. */
bool file_write(const char *path, const void *bytes, size_t n, mode_t mode, struct fail *fail);

/* A file without a name in $TMPDIR (or /tmp), which is gone when it is closed; -1 on failure. */
int file_nameless(struct fail *fail);

/* A file that is written as its contents come. Zero-initialised; file_abandon at the end. */
struct file_writer {
	const char *path;  /* borrowed */
	struct buf beside; /* where it is until it is whole: PATH and six letters */
	FILE *to;          /* to write to; NULL when there is nothing to finish */
};

/* Begins one. What is at PATH and is no regular file is refused with FAIL_USAGE. mode: as for open. */
bool file_begin(struct file_writer *writer, const char *path, mode_t mode, struct fail *fail);

/* Syncs it, and renames it over PATH. Without success PATH is as it was. */
bool file_finish(struct file_writer *writer, struct fail *fail);

/* Leaves nothing of a file that was not finished. */
void file_abandon(struct file_writer *writer);

#endif
