/* brokerage: the broker and the connector's queues, looked at for octi-doctor. */
#ifndef OCTI_BROKERAGE_H
#define OCTI_BROKERAGE_H

#include "connector.h"
#include "diagnosis.h"

/*
 * Looks at the way to the broker, the login, the virtual host, the queues (passive declarations) and
 * whether messages can be published: one without a body is, to the exchange of the push queue with a key
 * that no queue is bound to, and mandatory, so that the broker checks the right to it and sends it back.
 * With a size, one of so many bytes is, which tells whether the broker takes it; 0: none. The
 * registration may be empty.
 */
void brokerage_check(struct diagnosis *diagnosis, const struct conf *conf,
	const struct registration *registration, uint64_t size);

#endif
