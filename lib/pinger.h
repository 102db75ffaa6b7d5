/* pinger: tells the platform that the connector is alive, from a process of its own. */
#ifndef OCTI_PINGER_H
#define OCTI_PINGER_H

#include "connector.h"

#include <sys/types.h>

/* Seconds between two pings, as pycti. */
enum { PINGER_PERIOD = 40 };

/* The first rows are the owner's to fill. */
struct pinger {
	const char *file; /* path of the registration, as handlers read it */
	/* What the process does first: it opens the platform and lets go of what is its parent's. */
	bool (*begin)(void *ctx, struct platform *platform, struct fail *fail);
	void *ctx;
	double at;         /* when the next ping is due (clock.h); 0: now */
	const char *state; /* what a ping stores; NULL: what is stored stays */

	pid_t pid;
	double began;
	double heard; /* when the last ping began that was answered (clock.h); 0: none was */
	bool failing, registering;
};

enum pinger_end {
	PINGER_NOTHING,    /* none has ended */
	PINGER_GOOD,       /* the platform has answered */
	PINGER_RESET,      /* the same, and has reset the state */
	PINGER_BAD,        /* it has not, which the process has said */
	PINGER_REGISTERED, /* it has, and the connector was registered: `file` is another */
	PINGER_REFUSED,    /* pinger_register failed, which the process has said */
};

/* Writes a registration where handlers read it. */
bool pinger_share(const struct pinger *pinger, const struct registration *registration,
	struct fail *fail);

/* Pings, unless something is under way; the next one is due a period later. A connector that
 * the platform does not know any more is registered again. */
void pinger_start(struct pinger *pinger, struct platform *platform,
	const struct registration *registration, const struct connector_info *info);

/* Registers the connector as this platform's configuration has it. False: something is under way; call it
 * again when that has ended. */
bool pinger_register(struct pinger *pinger, struct platform *platform);

/* Looks whether the process has ended (after SIGCHLD). */
enum pinger_end pinger_reap(struct pinger *pinger);

/* Ends the process, if there is one: whoever waits for our output is not to wait for the platform. */
void pinger_stop(struct pinger *pinger);

#endif
