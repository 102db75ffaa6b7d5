/* owner: works that a process opens and has to close, even when it is killed. */
#ifndef OCTI_OWNER_H
#define OCTI_OWNER_H

#include "platform.h"

/*
 * Opens a work of the connector (work_start) that says among its messages which process of which
 * host it belongs to. Before that, works of processes of this host that are gone are closed in
 * error, and named on stderr: a work that is not closed stays in progress on the platform.
 */
bool owner_open(struct platform *platform, const char *connector_id, const char *name,
	struct buf *id, struct fail *fail);

/* Closes it. In error, it first makes the work expect no more than `reports`, those that still come: how
 * much was added before may not be known. SIZE_MAX leaves that as it is. */
bool owner_close(struct platform *platform, const char *id, size_t reports, const char *message,
	bool in_error, struct fail *fail);

#endif
