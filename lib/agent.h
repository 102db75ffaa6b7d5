/*
 * agent: what a command that runs for months has beside its own work: the connector's registration,
 * pings, a configuration that is read again on SIGHUP, processes of its own, and one place that waits.
 *
 *   agent_load, agent_open, agent_start; then, until agent_stopped: its own work, agent_wait; agent_close
 */
#ifndef OCTI_AGENT_H
#define OCTI_AGENT_H

#include "monitor.h"
#include "notify.h"
#include "pinger.h"
#include "scratch.h"

#include <poll.h>

/* The first rows are the owner's to fill, before agent_load. */
struct agent {
	struct platform platform; /* its options */
	const struct tool *tool;
	const char *link; /* what it is to be connected to, as /health says it; NULL: nothing */
	/* Called in a process made by fork: closes what the owner has open. NULL: nothing to close. */
	void (*forget)(void *ctx);
	/* The registration is another, or the configuration: connect anew. What was borrowed from
	 * the old ones is void when it returns. NULL: nobody minds. */
	void (*renewed)(void *ctx);
	void *ctx;
	struct connector_info info; /* what pings tell */
	bool linked;                /* it is connected to `link` */
	bool reset; /* a ping found the state reset on the platform; the owner's to clear */

	struct registration registration;
	struct buf file;        /* the path of the registration, as handlers read it */
	struct buf turn;        /* that of the lock on the state (connector_turn) */
	struct scratch scratch; /* they are in there */
	struct pinger pinger;
	struct platform fresh; /* read after SIGHUP, while the platform looks at it */
	struct metrics *metrics;
	struct monitor monitor;
	struct notify notify;
	bool hung_up, reloading, ready, stopped;
	int wake[2]; /* a pipe that SIGCHLD writes to */
};

/* Reads the configuration, and logs as that says from now on. agent_close is due in any case. */
bool agent_load(struct agent *agent, struct fail *fail);

/* Registers the connector and writes the registration for handlers. Signals are to be
 * caught before (clock.h). */
bool agent_open(struct agent *agent, struct fail *fail);

/* Pings, serves /metrics and /health, and notices when processes end, from now on. The platform is closed: processes open their own. */
bool agent_start(struct agent *agent, struct fail *fail);

/* What a process made by fork begins with: lets go of what is its parent's, and opens the platform. agent_fork does
 * the first of these alone. */
void agent_fork(struct agent *agent);
bool agent_child(struct agent *agent, struct fail *fail);

/* Whether a signal said that it is to end, or agent_stop was called; true from then on. SIGHUP does not. */
bool agent_stopped(struct agent *agent);
void agent_stop(struct agent *agent);

/* It does its work now, which the service manager is told, once; and a few words on how it fares. */
void agent_ready(struct agent *agent);
void agent_status(struct agent *agent, bool running, const char *text);

/* Says a line of the log; an error is counted. */
void agent_say(struct agent *agent, enum log_level level, const struct log_note *notes,
	const char *format, ...) FAIL_PRINTF(4, 5);

/* A ping is due. What pings store from now on, borrowed; NULL: what is stored stays. */
void agent_ping(struct agent *agent);
void agent_state(struct agent *agent, const char *state);

/* The connector is to be registered anew, as after SIGHUP. */
void agent_register(struct agent *agent);

enum { AGENT_POLLS = 4 }; /* descriptors of an owner, at most */

/*
 * Waits for the owner's descriptors, for so many seconds at most (HUGE_VAL: any), or until a signal comes or
 * a process ends; does meanwhile, before and after, what the agent has to do. It returns early.
 */
void agent_wait(struct agent *agent, struct pollfd *polls, size_t count, double seconds);

/* Ends. Flushes stdout and says the failure, if there is one, in the log; calls and configurations that are
 * wrong are told as tool_end does. Returns the exit status. */
int agent_close(struct agent *agent, struct fail *fail);

#endif
