/* port: the connector's own HTTP port, where workers post its jobs (CONNECTOR_LISTEN_PROTOCOL=API). */
#ifndef OCTI_PORT_H
#define OCTI_PORT_H

#include "agent.h"
#include "callback.h"

/* The first rows are the owner's to fill. */
struct port {
	struct agent *agent;
	bool (*take)(void *ctx, const struct buf *job); /* see callback.h */
	void *ctx;

	struct web *web;
	struct callback callback;
	struct web_route route;
	struct buf path; /* of the route */
	bool tls;
	double said,
		asked; /* when somebody was refused aloud, and for the sake of new keys (clock.h) */
};

/* Whether the configuration wants one; FAIL_USAGE when CONNECTOR_LISTEN_PROTOCOL is neither AMQP nor API. */
bool port_wanted(const struct conf *conf, bool *wanted, struct fail *fail);

/*
 * Listens as the agent's configuration has it, which is to be loaded; the registration is not needed
 * before port_serve. FAIL_USAGE for a certificate or key that cannot be used, FAIL_RETRY for a port that
 * is taken. SIGPIPE is to be ignored (clock.h).
 */
bool port_open(struct port *port, struct fail *fail);

/* To wait for until it can be read (-1: it is closed); seconds until port_serve is due all the same,
 * HUGE_VAL: never. */
int port_fd(const struct port *port);
double port_timeout(const struct port *port);

/*
 * Takes what has come. A refusal is said, once a minute; a token with an unknown key has the agent register
 * again, once a minute, for the platform's keys change with its encryption key, and come with the
 * registration.
 */
void port_serve(struct port *port);

/* Listens as the configuration has it now, with the certificate that is there now; when that fails, says so
 * and goes on as it was. Requests that are under way are cut, unless nothing has changed. */
void port_renew(struct port *port);

/* In a process made by fork: closes the descriptors. */
void port_forget(struct port *port);

void port_close(struct port *port);

#endif
