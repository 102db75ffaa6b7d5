/* event: what a stream tells, read and printed. */
#ifndef OCTI_EVENT_H
#define OCTI_EVENT_H

#include "sse.h"
#include "span.h"

/* Borrowed from the sse_event that it was read from. */
struct event {
	const char *id;   /* NULL: none */
	const char *name; /* what happened; the platform writes it anew for who listens, the
			   * `type` inside the data it does not */
	const struct buf *text;
	struct span data;   /* the text, when it is JSON; else empty */
	struct span object; /* the STIX object in it; empty when there is none */
	struct span type, pattern_type, extensions; /* of the object, as written; or empty */
	struct span entity_type; /* what OpenCTI calls its type, in its extension; or empty */
	bool dependency; /* sent because an event that is to come, under the same id, needs it */
};

void event_read(struct event *event, const struct sse_event *from);

/* The text at a path in the data, decoded; false when there is none. */
bool event_text(const struct event *event, const char *path, struct buf *to);

/* Adds {"id": ..., "event": ..., "data": ...}, or with `stix` the object alone, and a newline. The data is as
 * it came, on one line; what is no JSON comes out as a string. */
void event_print(const struct event *event, bool stix, struct buf *to);

#endif
