/* file: writing a file whole or not at all. */
#ifndef OCTI_FILE_H
#define OCTI_FILE_H

#include "fail.h"

#include <stddef.h>
#include <sys/types.h>

/* Writes PATH.tmp beside the file, syncs it, and renames it over PATH. On failure nothing is left of
 * the new contents and PATH is as it was; a full disk is FAIL_RETRY. */
bool file_replace(const char *path, const void *bytes, size_t n, mode_t mode, struct fail *fail);

#endif
