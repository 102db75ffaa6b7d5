/* entity: an object of the platform as STIX, and what is embedded in it. */
#ifndef OCTI_ENTITY_H
#define OCTI_ENTITY_H

#include "platform.h"
#include "scan.h"

/*
 * Adds the STIX object that a value of an answer holds (toStix, stix): a JSON string with JSON in
 * it, checked, on one line. Adds nothing for null and for the empty string, which is how the
 * platform says that there is none.
 */
bool entity_text(struct span value, struct buf *to, struct fail *fail);

/*
 * Adds the object with that id (internal, standard or any other), on one line; nothing when there
 * is none, or none that may be seen.
 */
bool entity_find(struct platform *platform, const char *id, struct buf *to, struct fail *fail);

/*
 * Reads fields of the object with that id (`fields`: GraphQL; NULL: id, standard_id and
 * entity_type, of whatever it is). *value points into the client's answer until its next call.
 * FAIL_NO when there is none. Fields take two calls, for they differ from type to type.
 */
bool entity_fields(struct platform *platform, const char *id, const char *fields,
	struct span *value, struct fail *fail);

/*
 * What an enrichment is given: adds the object to `entity`, and to `objects` a JSON list of it
 * and of all that its *_ref and *_refs lead to (author, markings, ...) and theirs, each once, but
 * not of what a container holds (object_refs). One call each; what may not be seen is left out.
 * Standard ids are expected in the references, as the platform writes them. FAIL_NO when the
 * object itself is not there.
 */
bool entity_read(struct platform *platform, const char *id, struct buf *entity,
	struct buf *objects, struct fail *fail);

#endif
