/* account: what the platform says to the token, looked at for octi-doctor. */
#ifndef OCTI_ACCOUNT_H
#define OCTI_ACCOUNT_H

#include "diagnosis.h"
#include "platform.h"

/* Asks the platform, once, if the way to it is free: whether it answers, whom the token belongs to, which capabilities the connector's
 * type needs and that user has, the version and the clock. *user_id: the user's, empty when it is not known. */
void account_check(struct diagnosis *diagnosis, struct platform *platform, struct buf *user_id);

#endif
