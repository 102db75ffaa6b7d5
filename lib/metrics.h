/* metrics: figures for a monitor, counted by a process and by those that it forks. */
#ifndef OCTI_METRICS_H
#define OCTI_METRICS_H

#include "conf.h"
#include "buf.h"

/*
 * One row each: word, name, kind, help. The first ones are pycti's, under its names; the rest are ours. A
 * counter's name is exposed with "_total".
 */
/* clang-format off */
#define METRICS(X) \
	X(BUNDLES_SENT, "bundles_sent", COUNTER, "Number of bundles sent") \
	X(RECORDS_SENT, "records_sent", COUNTER, "Number of records (objects per bundle) sent") \
	X(RUNS, "runs", COUNTER, "Number of runs") \
	X(PINGS, "ping_api", COUNTER, "Number of pings to the API") \
	X(PING_ERRORS, "ping_api_errors", COUNTER, "Number of errors when pinging the API") \
	X(ERRORS, "errors", COUNTER, "Number of errors") \
	X(CLIENT_ERRORS, "client_errors", COUNTER, "Number of client errors") \
	X(STATE, "state", STATE, "State of connector") \
	X(JOBS_DONE, "jobs_done", COUNTER, "Number of jobs done") \
	X(JOBS_FAILED, "jobs_failed", COUNTER, "Number of jobs that failed") \
	X(JOBS_RETRIED, "jobs_retried", COUNTER, "Number of tries of jobs that are to be tried again") \
	X(JOBS_IN_HAND, "jobs_in_hand", GAUGE, "Jobs taken and not settled, being worked on or waiting for another try") \
	X(JOBS_RUNNING, "jobs_running", GAUGE, "Jobs being worked on") \
	X(EVENTS_DONE, "events_done", COUNTER, "Number of events of the stream that are done") \
	X(EVENTS_FILTERED, "events_filtered", COUNTER, "Number of events of the stream that are not wanted") \
	X(EVENTS_FAILED, "events_failed", COUNTER, "Number of events of the stream that failed") \
	X(EVENTS_RETRIED, "events_retried", COUNTER, "Number of tries of events that are to be tried again") \
	X(EVENTS_IN_HAND, "events_in_hand", GAUGE, "Events taken from the stream and not done") \
	X(CONNECTED, "connected", GAUGE, "Whether the broker or stream is connected") \
	X(PING_AGE, "ping_age_seconds", GAUGE, "Seconds since the last ping that the platform answered")
/* clang-format on */

enum metric {
#define X(word, name, kind, help) METRIC_##word,
	METRICS(X)
#undef X
		METRIC_COUNT
};

/* Of METRIC_STATE. */
enum metric_state { METRIC_IDLE, METRIC_RUNNING, METRIC_STOPPED };

struct metrics;

/* In memory that processes made by fork share. NULL on failure, as of fail_errno. */
struct metrics *metrics_new(struct fail *fail);

/* Nothing for the processes that share it. NULL does nothing. */
void metrics_free(struct metrics *metrics);

/* Adds to a counter. Any process may, at any time; NULL does nothing. */
void metrics_add(struct metrics *metrics, enum metric metric, uint64_t n);

/* Sets a gauge, to thousandths, or the state. NULL does nothing. */
void metrics_set(struct metrics *metrics, enum metric metric, double value);

/* The value, in the unit of its name; of METRIC_STATE, an enum metric_state. */
double metrics_get(const struct metrics *metrics, enum metric metric);

/*
 * Adds all of them in Prometheus' text format 0.0.4, as its Python client prints them without the
 * samples called _created. namespace, subsystem: before each name, "" for none.
 */
void metrics_print(const struct metrics *metrics, const char *namespace, const char *subsystem,
	struct buf *to);

/* Checks CONNECTOR_METRICS_NAMESPACE and _SUBSYSTEM: FAIL_USAGE for what cannot be in a name. */
bool metrics_check(const struct conf *conf, struct fail *fail);

#endif
