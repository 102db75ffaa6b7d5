/* relay: another program, run as it is, but for its stderr, which is taken line by line. */
#ifndef OCTI_RELAY_H
#define OCTI_RELAY_H

#include "fail.h"

#include <stddef.h>

enum {
	RELAY_LINE_MAX = 1 << 16
}; /* bytes; a longer line comes in parts, between characters of UTF-8 */

/* Takes a line, without its end, a NUL byte as "?". False stops the reading. */
typedef bool relay_take(void *ctx, const char *line, struct fail *fail);

/* Has every line taken that comes through a descriptor, until its end. FAIL_RETRY when it cannot be read. */
bool relay_lines(int fd, relay_take *take, void *ctx, struct fail *fail);

/*
 * Runs a program with our stdin and stdout, in our process group, to its end. SIGHUP, SIGINT, SIGQUIT,
 * SIGTERM, SIGUSR1 and SIGUSR2 that a process sends us are sent on to it (those of a terminal reach it
 * anyhow). *status is as a shell's $?: the exit status; 128 + n when signal n killed it; 126 and 127,
 * with a line that says why, when it could not be run or found. What it left behind may hold its stderr
 * open: what that says later is not taken. False: it could not be started (FAIL_RETRY), or a line was
 * not taken; then it goes on to its end all the same, unread.
 */
bool relay_run(char *const *argv, relay_take *take, void *ctx, int *status, struct fail *fail);

#endif
