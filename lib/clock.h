/* clock: waiting, with deadlines, until a signal says stop. */
#ifndef OCTI_CLOCK_H
#define OCTI_CLOCK_H

#include "buf.h"

#include <time.h>

/* Seconds on a clock that only goes forward. */
double clock_now(void);

/* Seconds as poll wants them: milliseconds, rounded up; 0 when they are not positive, and eleven days
 * at most. */
int clock_milliseconds(double seconds);

/* From now on SIGTERM, SIGINT and SIGHUP only set a flag (and end a wait); SIGPIPE is ignored, so
 * that a write tells; children can be waited for, even where who started us ignores SIGCHLD. */
void clock_catch_signals(void);

/* The signal that came, 0 for none. */
int clock_stopped(void);

/* Forgets that signal, if it was the last: it is dealt with. */
void clock_forget(int signal);

/* Waits so many seconds. False when a signal came, before or meanwhile. */
bool clock_wait(double seconds);

/* A number from 1 - part to 1 + part, to spread what many do at once. */
double clock_jitter(double part);

/* Adds the UTC time now, that of another moment, or the local time for file names: "2026-01-31T12:00:00Z", "20260131-120000". */
void clock_print_utc(struct buf *to);
void clock_print_utc_micro(struct buf *to); /* "2026-01-31T12:00:00.123456Z" */
void clock_print_utc_of(struct buf *to, time_t time);
void clock_print_local(struct buf *to);

#endif
