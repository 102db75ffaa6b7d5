/* owner: works that a process opens and has to close, even when it is killed. */
#ifndef OCTI_OWNER_H
#define OCTI_OWNER_H

#include "platform.h"

/*
 * Opens a work of the connector (work_start) that says among its messages which process of which
 * host it belongs to: owner_begin. Before that, owner_open closes the works of processes that are gone
 * (owner_sweep).
 */
bool owner_open(struct platform *platform, const char *connector_id, const char *name,
	struct buf *id, struct fail *fail);
bool owner_begin(struct platform *platform, const char *connector_id, const char *name,
	struct buf *id, struct fail *fail);

enum { OWNER_MARK_SECONDS = 5 };

/* What owner_sweep is to look for. */
struct owner_watch {
	double patience; /* seconds after which a process of another host is taken for gone; 0: never */
	const char *mine; /* NULL, or a work that is not to be found */
	/* NULL, or what works of ours are called, or begin with: one that is called so, and has no mark although
	 * its process had a few seconds for it, belonged to one that was killed just then. */
	const char *name;
	bool young; /* there is one that may yet get its mark: look again in OWNER_MARK_SECONDS */
	struct buf
		rival; /* the work of a process that may still run, the oldest; empty: none */
};

/* Closes works of processes of this host that are gone in error, and names them on stderr: a work that is
 * not closed stays in progress on the platform. watch: NULL, or what is looked for meanwhile. */
bool owner_sweep(struct platform *platform, const char *connector_id, struct owner_watch *watch,
	struct fail *fail);

/* Closes it. In error, it first makes the work expect no more than `reports`, those that still come: how
 * much was added before may not be known. SIZE_MAX leaves that as it is. */
bool owner_close(struct platform *platform, const char *id, size_t reports, const char *message,
	bool in_error, struct fail *fail);

#endif
