/* work: what the platform shows of a job: how much of it is expected, and how much is done. */
#ifndef OCTI_WORK_H
#define OCTI_WORK_H

#include "platform.h"

struct json;

/*
 * Opens a work of a connector and adds its id. On platforms that know multipart works (7) it
 * completes after work_processed only; on older ones, where it would complete as soon as the
 * expectations so far are met, one expectation more is held open until work_processed. name: NULL
 * for none. message: NULL, or what the work shows from the start.
 */
bool work_start(struct platform *platform, const char *connector_id, const char *name,
	const char *message, struct buf *id, struct fail *fail);

/*
 * What is said of a work. The platform answers as if all were well when there is no such work
 * (7.x); work_alive tells. message, error and source may be NULL.
 */
bool work_received(
	struct platform *platform, const char *id, const char *message, struct fail *fail);
bool work_expect(struct platform *platform, const char *id, long long count, struct fail *fail);
bool work_report(struct platform *platform, const char *id, const char *error,
	const char *source, struct fail *fail);
bool work_draft(
	struct platform *platform, const char *id, const char *draft_id, struct fail *fail);
/* Adds the draft that the work was told of with work_draft; nothing when there is none. */
bool work_find_draft(
	struct platform *platform, const char *id, struct buf *draft_id, struct fail *fail);
bool work_ping(struct platform *platform, const char *id, struct fail *fail);
bool work_delete(struct platform *platform, const char *id, struct fail *fail);

/* Closes it; a work that is gone is FAIL_NO. Without error it shows the message among its
 * messages, else among its errors. */
bool work_processed(struct platform *platform, const char *id, const char *message,
	bool in_error, struct fail *fail);

/* Whether there is such a work (a complete one is alive). */
bool work_alive(struct platform *platform, const char *id, bool *alive, struct fail *fail);

/* The work as the platform tells it, to be freed with json_free: `id`, `status`, `tracking`,
 * `messages`, `errors`... A work that is gone is FAIL_NO. The text is added to `to` unless NULL. */
struct json *work_show(
	struct platform *platform, const char *id, struct buf *to, struct fail *fail);

/* Adds the connector's works, newest first, one a line, at most `limit`. */
bool work_list(struct platform *platform, const char *connector_id, uint64_t limit,
	struct buf *to, struct fail *fail);

/* Makes the work expect so many reports in all, whatever was added before (one more is held open where
 * work_start held it): for a work that nobody else adds to. */
bool work_settle(struct platform *platform, const char *id, size_t reports, struct fail *fail);

/* Takes back what is expected and not processed, and closes the work in error: for works whose
 * owner died. */
bool work_abandon(
	struct platform *platform, const char *id, const char *message, struct fail *fail);

#endif
