/* spout: writes lines to stdout without ever waiting for who reads them. */
#ifndef OCTI_SPOUT_H
#define OCTI_SPOUT_H

#include "buf.h"

/* Zero-initialised. */
struct spout {
	size_t written; /* of the line that is under way */
	bool blocked;   /* stdout takes nothing now: poll for POLLOUT */
};

/* Writes the line, or goes on with it: *whole says whether all of it is written. A reader that is gone is a
 * failure. */
bool spout_write(struct spout *spout, const struct buf *line, bool *whole, struct fail *fail);

#endif
