/* intake: the bytes of a file or of stdin, a window at a time. */
#ifndef OCTI_INTAKE_H
#define OCTI_INTAKE_H

#include "fail.h"

#include <stddef.h>

/*
 * What has been read and not yet used lies from `at` to `end`; whoever uses it moves `at` on, and
 * may change the bytes. intake_more moves them, so that what is to be kept over it is an offset.
 */
struct intake {
	const char *name; /* as errors show it: the operand, or "stdin" */
	char *at, *end;
	bool ended; /* nothing comes behind `end` */

	int fd;
	char *bytes;
	size_t cap;
};

/*
 * operand: a path; NULL or "-" is stdin. The name is borrowed. A byte order mark at the beginning is
 * passed over. A file that cannot be read, or is UTF-16 by its mark, is FAIL_NO. Without success
 * there is nothing to close.
 */
bool intake_open(struct intake *intake, const char *operand, struct fail *fail);
void intake_close(struct intake *intake);

/*
 * Reads more behind `end`, at least a byte unless the file ends, which sets `ended`. A large window
 * is at least doubled, so that looking at all of it again each time stays cheap.
 */
bool intake_more(struct intake *intake, struct fail *fail);

#endif
