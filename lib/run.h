/* run: one run of a connector that starts itself: a program is run, and what it prints is sent. */
#ifndef OCTI_RUN_H
#define OCTI_RUN_H

#include "connector.h"
#include "queue.h"

/* What the directory with a run's files is called (scratch.h). */
#define RUN_SCRATCH "octi-run-state"

/* What does not change from run to run. Texts are borrowed. */
struct run_options {
	char *const *command;     /* the program and its arguments, NULL-terminated */
	const char *registration; /* path of the file with it, for the command */
	const char
		*lock; /* path of the lock that runs of this machine take; NULL: may overlap */
	const char *work; /* what works are called; NULL: after the connector and the time */
	double timeout;   /* seconds that the command may run; 0: any */
	double grace;     /* seconds between SIGTERM and SIGKILL */
	bool cleanup;     /* drop references to what is not in the bundle */
	uint64_t batch;   /* send after so many objects; 0: when the command has ended */
	double linger;    /* send after so many seconds, too; 0: not */
	struct queue_options queue;
};

enum run_end {
	RUN_DONE,    /* all is sent and confirmed, the state is stored, the work is closed */
	RUN_SKIPPED, /* the connector's queue is full, or another copy runs: fail says which */
	RUN_AWAY,   /* platform or broker are away, or a signal came: the same state is there */
	RUN_FAILED, /* the command failed, or printed what is no STIX */
};

/* What the parent is to know, in memory that is shared with it. */
struct run_report {
	double queue_megabytes; /* in the queues, as last looked at; -1: not yet */
	bool buffering;         /* it waits, or was skipped, for they are full */
	int status;             /* of the command (proc.h); -1: it was not run */
	int exit_status; /* of who runs it once: the command's, where that means the same */
};

/*
 * In this order, so that wherever it is killed nothing is lost and the state is never ahead of the data:
 *   works that a killed run left open are closed in error;
 *   when the connector's queue holds CONNECTOR_QUEUE_THRESHOLD megabytes, the run is skipped;
 *   the state is read into a file for the command, so that a reset or an edit counts;
 *   the command runs; what it prints is kept until it exits with 0;
 *   when it has printed anything, a work is opened, the bundle is sent, and every message confirmed;
 *   the state is stored, unless it was reset or edited meanwhile, with `last_run` as pycti's templates keep
 *   it, but for a command that sets it itself;
 *   the work is closed.
 * With batch or linger, objects are sent as they come, under a work that is opened at the first.
 * Signals end the command (clock.h); when it exits with 0 then, it counts.
 */
enum run_end run_carry_out(struct platform *platform, const struct registration *registration,
	const struct run_options *options, const struct connector_info *info,
	struct run_report *report, struct fail *fail);

#endif
