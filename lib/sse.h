/* sse: events out of a text/event-stream, in whatever pieces its bytes come. */
#ifndef OCTI_SSE_H
#define OCTI_SSE_H

#include "buf.h"

/* An event. Borrowed until the call that hands it out returns. */
struct sse_event {
	const char *id;         /* NULL when it brought none of its own */
	const char *name;       /* "message" when it has none */
	const struct buf *data; /* the lines of its data, with a newline between them */
};

/* Zero-initialised, the first rows filled by the caller; sse_release at the end. */
struct sse {
	size_t max_bytes; /* of an event, and of a line; 0: no limit */
	/* False ends sse_feed with `fail`. */
	bool (*event)(void *ctx, const struct sse_event *event, struct fail *fail);
	void *ctx;

	struct buf
		last_id; /* to resume after: of the last event that was complete and had one */
	double retry; /* seconds that the server wants us to wait before we connect again; 0: it has not said */

	struct buf line, id, data, name; /* what has come of an event that is not complete */
	bool has_data, has_id, after_cr, begun;
};

/*
 * Takes bytes as they come, and hands out each event that is complete, as the HTML standard has it
 * (9.2.6): lines end with CR, LF or CRLF, a byte order mark at the beginning and comments are nothing,
 * an id with a NUL in it is ignored, an event without data is none. False with FAIL_NO for an event above
 * max_bytes, or what `event` said; the rest of the bytes is then not read.
 */
bool sse_feed(struct sse *sse, const char *bytes, size_t len, struct fail *fail);

/* Forgets what has come of an event that is not complete: the connection was lost. The id stays. */
void sse_reset(struct sse *sse);
void sse_release(struct sse *sse);

#endif
