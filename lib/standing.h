/* standing: the connector and its stream as the platform has them, looked at for octi-doctor. */
#ifndef OCTI_STANDING_H
#define OCTI_STANDING_H

#include "connector.h"
#include "diagnosis.h"

/* Reads the connector's registration, or, when it is asked to, registers; compares it with the configuration
 * and with the token's user. */
void standing_check_registration(struct diagnosis *diagnosis, struct platform *platform,
	const char *user_id, bool may_register, struct registration *registration);

/* Whether CONNECTOR_LIVE_STREAM_ID may be followed: opens it and hangs up. */
void standing_check_stream(struct diagnosis *diagnosis, struct platform *platform);

#endif
