/* runner: runs, each in a process of its own, one at a time. */
#ifndef OCTI_RUNNER_H
#define OCTI_RUNNER_H

#include "agent.h"
#include "run.h"

/* The first rows are the owner's to fill. */
struct runner {
	struct agent *agent;
	const struct run_options *options;

	struct run_report *report; /* shared with the process */
	pid_t pid;                 /* 0: nothing goes on */
	bool sweeping; /* it does not run anything, and only closes what a killed run left open */
	bool sweep_due; /* that is to be done, at the start and after a run was killed; a run does it too */
};

bool runner_open(struct runner *runner, struct fail *fail);

/* Begins a run, or only closes what a killed run left open. The process says what came of it. False: there is
 * no room for a process now. */
bool runner_run(struct runner *runner);
bool runner_sweep(struct runner *runner);

/* Looks whether the process has ended (after SIGCHLD), and notes what it told meanwhile in the agent's info, and
 * has the platform told at once when it waits for room in the queue. True when a run has ended. A run that was
 * killed is RUN_FAILED. */
bool runner_reap(struct runner *runner, enum run_end *end);

/* Passes a signal on; SIGKILL to all that belongs to the run. */
void runner_signal(const struct runner *runner, int signal);

#endif
