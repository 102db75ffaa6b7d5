/* listener: a socket on which TCP connections arrive. */
#ifndef OCTI_LISTENER_H
#define OCTI_LISTENER_H

#include "fail.h"

#include <stdint.h>

/*
 * Listens at a numeric address (NULL: on all interfaces, with IPv6 and IPv4, or IPv4 alone where there is no
 * other) and a port (0: any that is free). Returns the socket, not blocking and closed on exec, which the
 * caller closes. -1: FAIL_RETRY for a port that is in use, FAIL_USAGE for an address or port that cannot be had.
 */
int listener_open(const char *address, uint16_t port, struct fail *fail);

#endif
