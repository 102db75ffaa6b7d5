/* playbook: the answer to a step of a playbook. */
#ifndef OCTI_PLAYBOOK_H
#define OCTI_PLAYBOOK_H

#include "job.h"
#include "parcel.h"
#include "platform.h"

/* Answers the step that the job names (playbookStepExecution) with the parcel's whole bundle, or, with
 * NULL, with the bundle that came, so that the playbook goes on. The platform not knowing the playbook
 * or the step any more is FAIL_NO. */
bool playbook_answer(struct platform *platform, const struct job *job,
	const struct parcel *parcel, struct fail *fail);

#endif
