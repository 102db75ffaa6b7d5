/* spout: writes to stdout without ever waiting for who reads it. */
#ifndef OCTI_SPOUT_H
#define OCTI_SPOUT_H

#include "fail.h"

#include <stddef.h>

struct spout {
	bool blocked; /* stdout takes nothing now: poll for POLLOUT */
	bool waits;   /* a write to `fd` could wait */
	int fd;       /* stdout, or the pipe that it is, opened once more */
};

/* Before the first write; spout_close at the end. */
void spout_open(struct spout *spout);

/* Writes what stdout takes of the bytes: *written of them, also before a failure (a reader that is gone). */
bool spout_write(
	struct spout *spout, const char *bytes, size_t len, size_t *written, struct fail *fail);

void spout_close(struct spout *spout);

#endif
