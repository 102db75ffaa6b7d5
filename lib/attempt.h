/* attempt: one try at a job: the handler is run on it, and what it prints is sent where it belongs. */
#ifndef OCTI_ATTEMPT_H
#define OCTI_ATTEMPT_H

#include "job.h"
#include "queue.h"
#include "registration.h"
#include "tlp.h"

/* What does not change from job to job. Texts are borrowed. */
struct attempt_options {
	char *const *handler;     /* the program and its arguments, NULL-terminated */
	const char *registration; /* path of the file with it, for the handler */
	bool fetch;               /* download the file of an import first */
	bool entity;              /* give the GraphQL entity of an enrichment too */
	enum tlp max_tlp;         /* TLP_NONE: any */
	double timeout;           /* seconds that the handler may run; 0: any */
	double grace;             /* seconds between SIGTERM and SIGKILL */
	struct queue_options queue;
};

/* One try at a job. */
struct attempt_try {
	bool again; /* there was another before, perhaps */
	bool last;  /* there will be none after it */
	int status; /* of the handler (proc.h); -1: it was not run */
};

enum attempt_end {
	ATTEMPT_DONE, /* sent, confirmed, and the work is closed */
	ATTEMPT_RETRY, /* the handler asked for another try: fail says why; the work is still open */
	ATTEMPT_AWAY, /* the same, but the job is not to blame: platform or broker are away, or a
			 * signal came */
	ATTEMPT_FAILED, /* fail says why; the work is closed in error */
};

/*
 * Takes the job from "received" to "processed": a handler that exits with 0 is done when all it printed is
 * confirmed; 75 asks for another try, and so does a platform that does not take the output now, though it
 * answers; anything else fails. With `last`, what asks for another try fails too. A platform or a broker that
 * is away otherwise, and a signal (clock.h), which ends the handler, are nobody's fault. With `again`, what an
 * earlier try announced to the work and did not send is taken back first. The handler's environment is that of
 * octi-listen(1).
 *   enrichment  prints STIX, sent to the queue (or the API, a draft, a workbench), shared with the
 *               entity's organizations
 *   playbook    the same, as the answer of the playbook's step; nothing printed is "nothing to add"
 *   import      prints STIX, the same
 *   export      prints the file that was asked for
 *   analysis    prints the analysis
 */
enum attempt_end attempt_run(struct platform *platform, const struct registration *registration,
	const struct job *job, const struct attempt_options *options, struct attempt_try *this,
	struct fail *fail);

/* Closes the job's work in error, if it has one: ATTEMPT_FAILED, also when the work is gone, with
 * `why` in fail; or ATTEMPT_AWAY. */
enum attempt_end attempt_give_up(
	struct platform *platform, const struct job *job, const char *why, struct fail *fail);

#endif
