/* source: bytes that are read while they are sent, from memory or from a file. */
#ifndef OCTI_SOURCE_H
#define OCTI_SOURCE_H

#include "fail.h"

#include <stdint.h>
#include <stdio.h>

/* Filled by hand up to `len`. */
struct source {
	const char *bytes; /* borrowed */
	FILE *file;        /* instead of bytes: a regular file, read from its beginning */
	uint64_t len;
	uint64_t at; /* how much has been read */
	int error;   /* errno of a read that failed */
	bool cut;    /* the file has become shorter than len */
};

/* Reads at most `max` bytes; *n is 0 at the end. False on a failure, which source_ok tells. */
bool source_read(struct source *source, char *to, size_t max, size_t *n);

/* Goes to a place; false when there is none. */
bool source_seek(struct source *source, long long at);

/* False with what went wrong so far: FAIL_RETRY for a file that has become shorter. */
bool source_ok(const struct source *source, struct fail *fail);

#endif
