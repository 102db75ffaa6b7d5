/* export: the objects that an export job names, as STIX. */
#ifndef OCTI_EXPORT_H
#define OCTI_EXPORT_H

#include "platform.h"
#include "scan.h"

struct export_job {
	enum { EXPORT_SINGLE, EXPORT_SELECTION, EXPORT_QUERY } scope;
	bool full; /* with what is related */
	struct span event;
	struct span main_filter, access_filter, list_params; /* empty when there is none */
	struct buf entity_type, applicant_id;
	size_t named; /* elements that the job names; 0 for a query */
};

/*
 * What was written: roots are the elements themselves; refused counts all that the access filter,
 * or the lack of an end, kept back.
 */
struct export_count {
	size_t roots, written, refused;
};

/*
 * Reads a job, a whole message or its event alone; both are checked JSON that must outlive it.
 * FAIL_NO when it is none. export_job_release is due in any case.
 */
bool export_job_read(struct export_job *job, struct span message, struct fail *fail);
void export_job_release(struct export_job *job);

/*
 * Gives the objects to `write`, each once, as they come: the elements, what they embed, and for a
 * full export their relationships and sightings, the other ends of these, and what containers
 * hold. The job's access_filter holds for all of them; closure.h has what becomes of references
 * to what it keeps back.
 */
bool export_run(struct platform *platform, const struct export_job *job,
	bool (*write)(void *ctx, struct span object, struct fail *fail), void *ctx,
	struct export_count *count, struct fail *fail);

#endif
