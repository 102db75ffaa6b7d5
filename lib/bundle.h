/* bundle: reads STIX objects from any mix of bundles, objects and arrays of both, one after
 * another or one a line. */
#ifndef OCTI_BUNDLE_H
#define OCTI_BUNDLE_H

#include "input.h"
#include "scan.h"

/* Zero-initialised but for `object`, ctx and perhaps typed; reads one input after another. */
struct bundle_reader {
	/* Called where an object begins; must pass over it with scan (scan_value, or a walk). On
	 * false either scan->error is set or fail. */
	bool (*object)(void *ctx, struct scan *scan, struct fail *fail);
	void *ctx;
	bool typed; /* only what is of type bundle, or of none, is an envelope: not all that has objects */

	/* What was read: */
	size_t objects;
	size_t bundles; /* envelopes */
	size_t loose;   /* objects outside of any envelope */
	struct span
		id; /* the id of the last envelope, of any JSON type; empty when it has none */
};

/*
 * Reads a whole input, which must stay open as long as its objects are in use. A byte order mark
 * at its beginning is passed over. Failures (FAIL_NO) name the place: "NAME:LINE:COLUMN: ..." or
 * "NAME:LINE: object 17 (ID): ...". An input without any value is not a failure.
 */
bool bundle_read(struct bundle_reader *reader, const struct input *input, struct fail *fail);

/* Reads all inputs. None of them having any value is FAIL_NO. */
bool bundle_read_all(
	struct bundle_reader *reader, const struct inputs *inputs, struct fail *fail);

/* Adds the id that belongs on what was read, as JSON: that of the envelope, when all came in one
 * that has one; else a new "bundle--UUID" (version 4). */
void bundle_id(const struct bundle_reader *reader, struct buf *to);

/* Adds the beginning of a bundle with that id, up to its first object; the end is "]}". */
void bundle_head(const struct bundle_reader *reader, struct buf *to);

#endif
