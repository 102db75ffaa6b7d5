/* progress: a bar on stderr, for work that takes longer than a second, on a terminal only. */
#ifndef OCTI_PROGRESS_H
#define OCTI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised but for the label. */
struct progress {
	const char *label; /* a word or two */
	double start, shown;
	bool begun, drawn;
};

/* Tells how far it is; total 0 is not known yet. Draws ten times a second at most. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);

/* Takes the bar away, before other text and at the end. */
void progress_clear(struct progress *progress);

#endif
