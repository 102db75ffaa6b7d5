/* enrichment: what is known of the entity that a job wants enriched. */
#ifndef OCTI_ENRICHMENT_H
#define OCTI_ENRICHMENT_H

#include "job.h"
#include "platform.h"
#include "tlp.h"

/* The first rows are filled by the caller; enrichment_release at the end. */
struct enrichment {
	struct platform *platform;
	const struct job *job; /* an enrichment, or a playbook's */
	enum tlp max_tlp;      /* TLP_NONE: any */
	bool with_entity;      /* api_entity is wanted */

	bool passed; /* the playbook's step is not for this connector: the bundle goes on */
	struct buf entity;  /* the STIX object */
	struct buf objects; /* a JSON list of it and what is embedded in it; may stay empty */
	struct buf api_entity;    /* as the API shows it */
	struct buf organizations; /* that it is shared with, ids between commas */
};

/*
 * Takes the entity from the message, or from the playbook's bundle, else asks the platform for it.
 * FAIL_NO for a type that is not in CONNECTOR_SCOPE ("not-applicable" is any), though
 * not in a playbook, which would end there: then nothing is read and `passed` is set. FAIL_NO for an entity
 * that is marked above max_tlp: it is not to leave.
 */
bool enrichment_read(struct enrichment *enrichment, struct fail *fail);
void enrichment_release(struct enrichment *enrichment);

#endif
