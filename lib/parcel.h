/* parcel: a bundle on its way: read, shared, split, and counted. */
#ifndef OCTI_PARCEL_H
#define OCTI_PARCEL_H

#include "bundle.h"
#include "split.h"

struct parcel_options {
	bool cleanup;              /* drop references to what is not in the bundle */
	const char *event_version; /* NULL: none */
	const char *organizations; /* to share every object with, separated by commas; NULL */
	bool whole;                /* the unsplit bundle will be asked for */
};

/* Zero-initialised; parcel_release at the end. */
struct parcel {
	struct parcel_options options;
	struct inputs inputs;
	struct bundle_reader reader;
	struct split *split;
	struct span *objects; /* as they were read (or shared); with `whole` only */
	size_t object_count, object_cap;
	char **copies; /* texts of shared objects */
	size_t copy_count, copy_cap;
	struct buf id; /* of the bundle, as JSON */
};

/* Reads the operands (stdin when there are none) and splits. A bundle without objects is FAIL_NO
 * ("nothing to import", as pycti). */
bool parcel_read(struct parcel *parcel, const struct parcel_options *options,
	char *const *operands, size_t count, struct fail *fail);

/* The same for bytes, which must outlive the parcel, called `name` in errors. */
bool parcel_take(struct parcel *parcel, const struct parcel_options *options, const char *name,
	struct span bytes, struct fail *fail);

void parcel_release(struct parcel *parcel);

/* Adds part `index`, or the whole bundle, on one line. */
void parcel_part(const struct parcel *parcel, size_t index, struct buf *to);
void parcel_whole(const struct parcel *parcel, struct buf *to);

#endif
