/* marking: marking definitions that say how far an object may go: TLP, and PAP. */
#ifndef OCTI_MARKING_H
#define OCTI_MARKING_H

#include "ids.h"
#include "object.h"
#include "tlp.h"

enum marking_scale { MARKING_OTHER, MARKING_TLP, MARKING_PAP, MARKING_SCALES };

/* A level on a scale. PAP has those of TLP but AMBER+STRICT. Of other markings there is none. */
struct marking {
	enum marking_scale scale;
	enum tlp level;
};

/* The marking of a name such as "amber", "TLP:AMBER" or "PAP:AMBER", in any case; without a scale it
 * is of TLP. False when it is none. */
bool marking_named(const char *name, struct marking *marking);

/* "TLP:RED". Static. */
const char *marking_name(struct marking marking);

/* The id under which every OpenCTI has it (database/data-initialization.js). Static. */
const char *marking_id(struct marking marking);

/* What a stream's own marking definitions are. Zero-initialised; markings_release at the end. */
struct markings {
	struct ids ids;
	struct marking *all; /* by number in ids */
	size_t all_cap;
};

/*
 * Takes in a marking definition. It is TLP or PAP by x_opencti_definition, definition (TLP 1.0),
 * the extension of TLP 2.0, or its name; of several the highest counts. The text must stay.
 */
bool markings_add(struct markings *markings, const struct object *object, struct fail *fail);

/* What the marking definition of that id is: one of OpenCTI's, of TLP 2.0, or of the stream. False
 * for one that is none of these. */
bool markings_find(const struct markings *markings, struct span id, struct marking *marking);

void markings_release(struct markings *markings);

/* The highest level of an object, on each scale. */
struct marked {
	enum tlp whole[MARKING_SCALES]; /* of the object, by object_marking_refs */
	enum tlp parts[MARKING_SCALES]; /* of parts of it, by granular_markings */
	bool unknown;                   /* a marking that is not known is among them */
};

void markings_of(
	const struct markings *markings, const struct object *object, struct marked *marked);

#endif
