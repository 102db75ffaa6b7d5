/* scribe: prints the events of a stream as lines, as fast as stdout takes them. */
#ifndef OCTI_SCRIBE_H
#define OCTI_SCRIBE_H

#include "outlet.h"
#include "spout.h"

#include <poll.h>

/* Zero-initialised but for its outlet; scribe_open before the rest, scribe_close at the end. */
struct scribe {
	struct outlet *outlet;
	struct spout spout;
	size_t begun;       /* bytes of the first line that are printed */
	uint64_t tried;     /* where the last line ended when printing was tried (backlog.h) */
	struct fail failed; /* why it could not be printed while events came */
};

void scribe_open(struct scribe *scribe);

/* An event has come. When many have, they are printed at once, for what comes together need not be in memory
 * together; what fails then, scribe_serve tells. */
void scribe_take(struct scribe *scribe);

/* Prints what stdout takes. Not giving, it ends the line that is under way: half of one is none. */
bool scribe_serve(struct scribe *scribe, bool giving, struct fail *fail);

/* What to wait for, and for how many seconds at most, before scribe_serve. */
size_t scribe_polls(const struct scribe *scribe, struct pollfd polls[1]);
double scribe_due(const struct scribe *scribe);

void scribe_close(struct scribe *scribe);

#endif
