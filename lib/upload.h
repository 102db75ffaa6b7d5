/* upload: a file that is sent, from memory or from disk. */
#ifndef OCTI_UPLOAD_H
#define OCTI_UPLOAD_H

#include "fail.h"

#include <stdint.h>
#include <stdio.h>

/* Filled by hand for bytes in memory, else by upload_open. */
struct upload {
	const char *name;  /* what the other side is to call it; borrowed */
	const char *type;  /* content type; NULL leaves it to the library; borrowed */
	const void *bytes; /* borrowed */
	FILE *file;        /* instead of bytes: a regular file, sent from its beginning */
	uint64_t len;
	bool ours; /* the file is, so that it is closed */
};

/*
 * Opens a file. operand: a path, or "-" for stdin. What is no regular file, and stdin unless it is one
 * at its beginning, is copied to a temporary file in $TMPDIR (or /tmp) first, which has no name and
 * is gone afterwards; a signal ends that with FAIL_RETRY. The name is the last part of the path, or
 * "stdin". A file that cannot be read is FAIL_NO. Without success there is nothing to close.
 */
bool upload_open(struct upload *upload, const char *operand, struct fail *fail);
void upload_close(struct upload *upload);

#endif
