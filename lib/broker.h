/* broker: where the connector's broker is, and how to reach it. */
#ifndef OCTI_BROKER_H
#define OCTI_BROKER_H

#include "registration.h"
#include "wire.h"

/*
 * Fills options with the registration's connection and MQ_* of the configuration over it, as pycti
 * does; what neither says is "/", "" and port 5672. The text is borrowed from both. A port that is
 * none is FAIL_USAGE.
 */
bool broker_options(const struct registration *registration, const struct conf *conf,
	struct wire_options *options, struct fail *fail);

/* Warns, once for a platform, of a broker whose certificate is not checked. */
void broker_warn(struct platform *platform, const struct wire_options *options);

#endif
