/* scratch: a directory in $TMPDIR (or /tmp) for the files of one process, gone when it is. */
#ifndef OCTI_SCRATCH_H
#define OCTI_SCRATCH_H

#include "buf.h"

/* Zero-initialised there is none. */
struct scratch {
	struct buf path; /* empty: none */
	int lock; /* its descriptor, locked while a process lives that has it; -1: where none can be */
};

/* Makes one, of mode 0700, called NAME.XXXXXX. Processes made by fork keep it alive, programs that are
 * run do not. A failure (as of fail_errno) names the path. */
bool scratch_open(struct scratch *scratch, const char *name, struct fail *fail);

/* Removes those of this name that processes of this user have left behind when they were killed, but for such as have
 * directories in them: who knows whose they are. */
void scratch_sweep(const char *name);

/* Adds the path of a file in it. */
void scratch_file(const struct scratch *scratch, const char *file, struct buf *to);

/* Removes it with all that is in it; there is none then. Nothing happens when there was none. */
void scratch_remove(struct scratch *scratch);

#endif
