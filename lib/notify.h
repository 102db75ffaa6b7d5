/* notify: tells the service manager how a command fares (sd_notify(3), of which this is the protocol). */
#ifndef OCTI_NOTIFY_H
#define OCTI_NOTIFY_H

#include "buf.h"

struct notify {
	int fd;          /* -1: nobody wants to know */
	double watchdog; /* seconds between two signs of life; 0: none are wanted */
	double due;      /* when the next one is (clock.h) */
	struct buf said; /* the last status */
};

/*
 * Looks who wants to be told: $NOTIFY_SOCKET, a path or, after "@", an abstract name; $WATCHDOG_USEC, when
 * $WATCHDOG_PID is us or not set. Takes all three out of the environment, so that no program that is run
 * speaks for us. A socket that is not there, or is none of these, is as none.
 */
void notify_open(struct notify *notify);

/* READY=1: it serves, or serves again after notify_reloading. */
void notify_ready(struct notify *notify);

/* RELOADING=1, with the time, as Type=notify-reload wants it; notify_ready ends it. */
void notify_reloading(struct notify *notify);

/* STOPPING=1. */
void notify_stopping(struct notify *notify);

/* STATUS=: a few words for people, sent when they are others than before. */
void notify_status(struct notify *notify, const char *format, ...) FAIL_PRINTF(2, 3);

/* Sends the sign of life when it is due: at half of the time that the manager gives us. */
void notify_serve(struct notify *notify);

/* Seconds until notify_serve is due, at least 0; HUGE_VAL: never. */
double notify_timeout(const struct notify *notify);

void notify_close(struct notify *notify);

#endif
