/* dial: a TCP connection, made in time. */
#ifndef OCTI_DIAL_H
#define OCTI_DIAL_H

#include "fail.h"

#include <stdint.h>

/* A connected socket, not blocking and closed on exec, which the caller closes. Each address of the
 * host is tried, the time until the deadline (of clock_now) shared between them; looking the
 * host up has the system's own limit. -1: FAIL_RETRY, and the text is only the reason. */
int dial(const char *host, uint16_t port, double deadline, struct fail *fail);

#endif
