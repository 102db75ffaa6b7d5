/* bookmark: keeps a position where the next start finds it: in a file, or with the connector on the platform. */
#ifndef OCTI_BOOKMARK_H
#define OCTI_BOOKMARK_H

#include "agent.h"
#include "position.h"

/* The first rows are the owner's to fill. */
struct bookmark {
	struct agent *agent;
	const char *file; /* NULL: on the platform, where pings bring it */
	double period;    /* seconds between two stores, at least */

	struct buf state, text; /* as it was found; with the position in it */
	double at;              /* when it may be stored next */
	bool moved;             /* it is to be stored soon */
	bool drifted;           /* it is to be stored at the end at least */
};

/* Reads the position, or begins one. The agent is open and not yet started. */
bool bookmark_open(struct bookmark *bookmark, struct position *position, struct fail *fail);

/* The position is another. Unless that matters, because something was done, a platform is not bothered: it is told
 * with its next ping. */
bool bookmark_move(struct bookmark *bookmark, const struct position *position, bool matters,
	struct fail *fail);

/* The state was reset on the platform: there is nothing in it but the position. */
bool bookmark_reset(
	struct bookmark *bookmark, const struct position *position, struct fail *fail);

/* Stores it when that is due; seconds until then. A file that cannot be written is a failure; a platform that is
 * away takes it another time. */
bool bookmark_serve(struct bookmark *bookmark, struct fail *fail);
double bookmark_due(const struct bookmark *bookmark);

/* Stores what has moved, now. */
bool bookmark_store(struct bookmark *bookmark, struct fail *fail);
void bookmark_release(struct bookmark *bookmark);

#endif
