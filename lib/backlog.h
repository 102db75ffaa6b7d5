/* backlog: events that have come and are not done. */
#ifndef OCTI_BACKLOG_H
#define OCTI_BACKLOG_H

#include "position.h"

struct backlog_event {
	struct buf line, id; /* as it is handed on */
	struct buf
		resume; /* where to go on once it and all before it are done; empty: as before */
	double came;    /* (clock.h) */
	double due;     /* not to be handed on earlier */
	unsigned tries;
	struct buf why; /* the last one failed */
	bool handed, done;
};

/* Zero-initialised, it is empty. */
struct backlog {
	struct backlog_event *events;
	size_t first, events_cap;
	size_t count, bytes;
	uint64_t dropped; /* so many were there before the first of now */
};

/* Takes in an event that came at this time (clock.h); the line is moved out of `line`. */
bool backlog_add(struct backlog *backlog, struct buf *line, const char *id, double came,
	struct fail *fail);

/* Once all that has come is done, go on here. */
bool backlog_resume(struct backlog *backlog, const char *from, struct fail *fail);

/* The event of this index, below `count`. Valid until the next backlog_add or backlog_drop. */
struct backlog_event *backlog_at(const struct backlog *backlog, size_t index);

/* The first so many are done: the position moves. */
bool backlog_drop(
	struct backlog *backlog, size_t count, struct position *position, struct fail *fail);

void backlog_clear(struct backlog *backlog);
void backlog_release(struct backlog *backlog);

#endif
