/* lookup: the addresses of a host, in time. */
#ifndef OCTI_LOOKUP_H
#define OCTI_LOOKUP_H

#include "buf.h"

/* Adds "10.0.0.1, ::1", each address once. FAIL_RETRY, and the text is only the reason, when there are none
 * until the deadline (of clock_now): the system's resolver knows no deadline, so that a process of its own
 * asks it. */
bool lookup(const char *host, double deadline, struct buf *addresses, struct fail *fail);

#endif
