/* backlog: events that have come and are not done. */
#ifndef OCTI_BACKLOG_H
#define OCTI_BACKLOG_H

#include "position.h"
#include "span.h"

struct backlog_event {
	uint64_t at; /* where its line begins, in bytes since the first of all */
	size_t len;  /* of the line */
	struct buf id;
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
	struct backlog_event *events; /* a ring */
	size_t first, cap;
	size_t count, bytes;
	uint64_t dropped;  /* so many were there before the first of now */
	struct buf lines;  /* of all events, one behind the other */
	uint64_t from, to; /* where `lines` begins, and where the last line ends */
};

/* Where the line of the next event is to be added, as it is handed on. */
struct buf *backlog_room(struct backlog *backlog);

/* Takes in the event whose line that was; it came at this time (clock.h). id may be NULL. */
bool backlog_add(struct backlog *backlog, const char *id, double came, struct fail *fail);

/* Once all that has come is done, go on here. */
bool backlog_resume(struct backlog *backlog, const char *from, struct fail *fail);

/* The event of this index, below `count`, and its line; the next one's follows in memory. Valid until the next
 * backlog_room, backlog_add or backlog_drop. */
struct backlog_event *backlog_at(const struct backlog *backlog, size_t index);
struct span backlog_line(const struct backlog *backlog, size_t index);

/* The first so many are done: the position moves. */
bool backlog_drop(
	struct backlog *backlog, size_t count, struct position *position, struct fail *fail);

void backlog_clear(struct backlog *backlog);
void backlog_release(struct backlog *backlog);

#endif
