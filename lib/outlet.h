/* outlet: where the events of a stream go, and when they are done. */
#ifndef OCTI_OUTLET_H
#define OCTI_OUTLET_H

#include "agent.h"
#include "backlog.h"
#include "pace.h"
#include "variables.h"

/* Zero-initialised, the first rows filled by the owner; outlet_release at the end. */
struct outlet {
	struct agent *agent;
	char *const *handler;     /* the program and its arguments; NULL: none */
	const char *registration; /* path of the file with it, for the handler */
	const char *stream;       /* its id, for the handler */
	const char *dead_letter;  /* directory for events that failed; NULL: they end it all */
	unsigned max_tries;       /* of an event */
	double grace;             /* seconds between SIGTERM and SIGKILL */
	struct pace pace;

	struct backlog backlog;
	struct position done; /* where to go on, as far as events are done */
	bool moved;           /* since the owner has looked */
};

/* Adds the handler's part of the environment. */
void outlet_environment(const struct outlet *outlet, struct variables *to);

/* The first so many events are done. */
bool outlet_done(struct outlet *outlet, size_t count, struct fail *fail);

/* The first event has failed for good: it is kept, and is done, or it is a failure (FAIL_NO). */
bool outlet_give_up(struct outlet *outlet, const char *why, struct fail *fail);

/* Seconds before an event that was tried so often is tried again: one at first, up to five minutes. */
double outlet_delay(unsigned tries);

void outlet_release(struct outlet *outlet);

#endif
