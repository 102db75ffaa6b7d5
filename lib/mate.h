/* mate: a handler that lives beside us: events in, a line each, and an answer out for each. */
#ifndef OCTI_MATE_H
#define OCTI_MATE_H

#include "outlet.h"

/* Zero-initialised, the first rows filled by the owner; mate_release at the end. */
struct mate {
	struct outlet *outlet;
	size_t window; /* events that wait for an answer, at most */

	pid_t pid;      /* 0: it does not run */
	int in, out;    /* our ends of its pipes */
	uint64_t *sent; /* numbers of the events that wait for an answer, in their order */
	size_t sent_count;
	uint64_t
		writing; /* number of the event that is being written, and of its bytes those that are */
	size_t written;
	bool half;         /* it is not written whole */
	struct buf answer; /* what has come of a line */
	unsigned falls;    /* times that it ended since an answer came */
	double closed;     /* when its stdout was closed; 0: it is open */
	double due;        /* when it may be started again */
};

bool mate_open(struct mate *mate, struct fail *fail);

/* What to wait for, at most two, and for how many seconds. */
enum { MATE_POLLS = 2 };
size_t mate_polls(const struct mate *mate, struct pollfd polls[MATE_POLLS]);
double mate_due(const struct mate *mate);

/*
 * Starts it when there are events, gives it as many as the window has room for, and takes its answers, which come
 * in the order of the events: "ok" is done; any other line is a failure, of which it is the reason, and the event
 * is sent again later. When it ends, all that has no answer is sent again to the next one, and the first of it
 * has failed once. Without `giving` nothing new is sent.
 */
bool mate_serve(struct mate *mate, bool giving, struct fail *fail);

/* Closes its stdin: nothing comes any more. */
void mate_finish(struct mate *mate);

void mate_signal(const struct mate *mate, int signal);
void mate_release(struct mate *mate);

#endif
