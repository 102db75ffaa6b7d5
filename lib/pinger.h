/* pinger: tells the platform that the connector is alive, from a process of its own. */
#ifndef OCTI_PINGER_H
#define OCTI_PINGER_H

#include "connector.h"

#include <sys/types.h>

/* The first rows are the caller's to fill. */
struct pinger {
	struct platform *platform;
	struct registration *registration;
	const char *file;                 /* path of the registration, as handlers read it */
	bool (*begin)(struct fail *fail); /* what the process does first: opens the platform */

	double at; /* when the next ping is due (clock.h) */
	pid_t pid;
	bool failing;
};

/* Writes the registration where handlers read it. */
bool pinger_share(const struct pinger *pinger, struct fail *fail);

/* Pings, unless a ping is under way; the next one is due 40 seconds later, pycti's period. A connector
 * that the platform does not know any more is registered again. */
void pinger_start(struct pinger *pinger);

/* Looks whether the ping has ended (after SIGCHLD). True: the connector was registered again, and
 * `registration` is the new one. */
bool pinger_reap(struct pinger *pinger);

#endif
