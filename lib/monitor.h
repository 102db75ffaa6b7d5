/* monitor: what monitors ask over HTTP: GET /metrics for Prometheus, GET /health for everybody else. */
#ifndef OCTI_MONITOR_H
#define OCTI_MONITOR_H

#include "metrics.h"
#include "web.h"

/* How a connector is. */
struct health {
	double ping_age; /* seconds since the platform has answered a ping; HUGE_VAL: it never has */
	const char *link; /* what it is to be connected to: "broker", "stream"; NULL: nothing */
	bool linked;
};

/* It is counted as alive by the platform (for five minutes after a ping), and connected. */
bool health_good(const struct health *health);

/* Adds it as JSON. */
void health_print(const struct health *health, struct buf *to);

/* The first rows are the owner's to fill. */
struct monitor {
	struct metrics *metrics;
	void (*look)(void *ctx, struct health *health); /* called before each answer */
	void *ctx;

	const struct conf *conf;
	struct web_route routes[2];
	struct web *web; /* NULL: nobody is served */
};

/* Serves from now on, or goes on, as this configuration (borrowed) has it: CONNECTOR_EXPOSE_METRICS,
 * CONNECTOR_METRICS_PORT, _NAMESPACE, _SUBSYSTEM. Names that are none (metrics_check) leave all as it was, a
 * port that cannot be had leaves the port as it was. */
bool monitor_open(struct monitor *monitor, const struct conf *conf, struct fail *fail);

/* The port that is served; 0: none. */
uint16_t monitor_port(const struct monitor *monitor);

/* To wait for until it can be read (-1: nothing is served), for so many seconds at most. */
int monitor_fd(const struct monitor *monitor);
double monitor_timeout(const struct monitor *monitor);

/* Answers who has asked; never waits for anybody. */
void monitor_serve(struct monitor *monitor);

/* In a process made by fork: closes what is the parent's. */
void monitor_forget(struct monitor *monitor);

void monitor_close(struct monitor *monitor);

#endif
