/* spout: writes lines to stdout without ever waiting for who reads them. */
#ifndef OCTI_SPOUT_H
#define OCTI_SPOUT_H

#include "fail.h"

#include <stddef.h>
#include <sys/uio.h>

struct spout {
	size_t written; /* of the line that is under way */
	bool blocked;   /* stdout takes nothing now: poll for POLLOUT */
	bool waits;     /* a write to `fd` could wait */
	int fd;         /* stdout, or the pipe that it is, opened once more */
};

/* Before the first write; spout_close at the end. */
void spout_open(struct spout *spout);

/* Lines that one call takes, at most. */
enum { SPOUT_LINES = 64 };

/* Writes lines, of which the first may be under way: *whole of them are written then, and something of the next one
 * may be. A reader that is gone is a failure, before which *whole were written. */
bool spout_write(struct spout *spout, const struct iovec *lines, size_t count, size_t *whole,
	struct fail *fail);

void spout_close(struct spout *spout);

#endif
