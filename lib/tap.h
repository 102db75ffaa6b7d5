/* tap: a stream of the platform, whatever happens to its connection. */
#ifndef OCTI_TAP_H
#define OCTI_TAP_H

#include "agent.h"
#include "http.h"
#include "position.h"
#include "sse.h"

/* The first rows are the owner's to fill. */
struct tap {
	struct agent *agent;
	const char *stream;              /* its id; NULL: all that happens, unfiltered */
	const struct position *position; /* where to go on when it connects */
	double silence;                  /* seconds after which a connection is given up */
	struct sse sse;                  /* its first rows: to whom each event goes */

	struct graphql *graphql;
	struct buf url;
	struct request request;
	struct answer answer;
	struct fail stop; /* what the owner said to an event */
	bool going;       /* a request is under way */
	bool paused, flowing, was_flowing;
	bool said_lost, said_away;
	double at, delay; /* when to connect, and how long to wait for the next time */
	double began;     /* when the first of this connection came */
	double heard;     /* when anything came, or could have */
	double now;       /* of this round */
};

/* Connects with the first tap_serve. The agent's `linked` follows, and it is ready when that has been done. */
void tap_open(struct tap *tap);

/* Takes nothing, so that the server waits, until it goes on. Silence meanwhile is ours, and does not count. */
void tap_pause(struct tap *tap, bool paused);

/* What to wait for, and for how many seconds at most, before tap_serve. */
size_t tap_polls(struct tap *tap, struct pollfd polls[HTTP_POLLS]);
double tap_due(struct tap *tap);

/*
 * Connects when it is time to, and hands on what has come. A connection that is lost, silent or refused is made
 * again, after half a second at first, up to half a minute, or as long as the platform says. False: an event is
 * not to be had, or the platform refuses us from the start (401 also for a stream that it does
 * not know, 410 for one that is stopped), and it makes no sense to go on.
 */
bool tap_serve(struct tap *tap, struct fail *fail);

/* Connects anew, at once: where the platform is, who we are, or the position has changed. */
void tap_renew(struct tap *tap);

/* In a process made by fork: closes the descriptors. */
void tap_forget(struct tap *tap);

void tap_close(struct tap *tap);

#endif
