/* job: a message of the platform that asks a connector to do something. */
#ifndef OCTI_JOB_H
#define OCTI_JOB_H

#include "scan.h"

enum job_kind { JOB_IMPORT, JOB_ENRICHMENT, JOB_PLAYBOOK, JOB_EXPORT, JOB_ANALYSIS };

/* Zero-initialised; job_release at the end. Texts are "" when the message has none. */
struct job {
	enum job_kind kind;
	struct buf body;           /* the message as it came */
	struct span event;         /* in the body: a JSON object */
	struct span playbook;      /* in the body: a JSON object; empty outside of playbooks */
	struct span configuration; /* in the body: a JSON value; empty when there is none */
	struct buf work_id, applicant_id, draft_id, entity_id, entity_type, validation_mode;
	bool in_draft_context; /* draft_id is to be told, even when it is empty */
	bool force_validation, bypass_validation;
};

/*
 * Reads a message for a connector of that CONNECTOR_TYPE. Older platforms leave out much of it; unknown
 * keys are passed over. FAIL_NO for what is no JSON object with an event.
 */
bool job_read(struct job *job, const char *bytes, size_t len, const char *connector_type,
	struct fail *fail);
void job_release(struct job *job);

/*
 * Adds the event as the handler gets it, on one line: with `configuration` copied into it, and with
 * stix_entity and stix_objects as JSON where they are text holding JSON. entity and objects (empty:
 * as in the message) take their place; enrichment (empty: none) goes to enrichment_entity.
 */
void job_print_event(const struct job *job, struct span entity, struct span objects,
	struct span enrichment, struct buf *to);

/* A string of the event, decoded; "" when it is absent or no string. */
void job_text(const struct job *job, const char *key, struct buf *to);

/* The strings of a list of the event, decoded, between commas; nothing when it is absent or no list. */
void job_list(const struct job *job, const char *key, struct buf *to);

#endif
